"""A store in memory whose calls fail when a plan says so: before anything was done, or after it."""

import threading

from unit.saga.storage.memory_store import ALL, MemoryReader, MemoryStore, MemoryWriter

from juncture.saga.exceptions import BadParameter, PermissionDenied
from juncture.saga.storage.failures import ConnectionLost
from juncture.saga.storage.values import DIRECTORY

BEFORE, AFTER, REFUSED, CANCEL = "lost before", "lost after", "refused", "cancel"
KINDS = (BEFORE, AFTER, REFUSED, CANCEL)


class Plan:
    """Which calls fail, and how; a call is one of any of the stores that have this plan.

    Args:
        faults: The kind of failure by the number of the call.
    """

    def __init__(self, faults):
        self.faults = dict(faults)
        self.met = set()
        self.cancel = lambda: None
        self._count = 0
        self._lock = threading.Lock()

    def next(self):
        """Return what happens to this call."""
        with self._lock:
            self._count += 1
            kind = self.faults.get(self._count)
        if kind is not None:
            self.met.add(kind)
        return kind


def failing(cls, *names):
    """Have methods of a class ask the plan."""
    for name in names:
        setattr(cls, name, _failing(getattr(cls, name), name))
    return cls


def _failing(method, name):
    def call(self, *args, **options):
        kind = self.plan.next()
        path = args[-1] if name == "make_link" else self.place(args)
        if kind == BEFORE:
            raise ConnectionLost(f"the connection was lost before {name} of `{path}`")
        if kind == REFUSED:
            raise PermissionDenied(f"`{path}` is not for this account to {name}")
        if kind == CANCEL:
            self.plan.cancel()
        result = method(self, *args, **options)
        if kind == AFTER:
            raise ConnectionLost(f"the connection was lost after {name} of `{path}`")
        return result

    return call


class Store(MemoryStore):
    """The store; only what a back end does counts as a call."""

    def __init__(self, name, plan, traits=ALL):
        super().__init__(name, traits)
        self.plan = plan

    @staticmethod
    def place(args):
        return args[0]

    def scan(self, path):
        yield from list(self.listed(path))

    def listed(self, path):
        if self._node(path).kind != DIRECTORY:
            raise BadParameter(f"`{path}` on {self.name} is not a directory")
        folders = [(name.rpartition("/")[0] or "/", name) for name in list(self.nodes)]
        real = self._real(path)
        return [(name.rpartition("/")[2], None) for at, name in folders if at == real != name]

    def open_read(self, path, offset=0):
        super().open_read(path, offset)
        return Reader(self, path, self._node(path), offset)

    def open_write(self, path, **options):
        writer = super().open_write(path, **options)
        return Writer(self, path, writer._node)


class Reader(MemoryReader):
    def __init__(self, store, path, node, offset):
        super().__init__(store, path, node, offset)
        self.plan = store.plan

    def place(self, _):
        return self._path


class Writer(MemoryWriter):
    def __init__(self, store, path, node):
        super().__init__(store, path, node)
        self.plan = store.plan

    def place(self, _):
        return self._path


failing(
    Store, "stat", "listed", "read_link", "make_dir", "remove", "rename", "make_link", "set_mode",
    "set_times", "open_read", "open_write", "remove_dir",
)  # fmt: skip
failing(Reader, "read")
failing(Writer, "write", "close")
