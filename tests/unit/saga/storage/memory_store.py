"""A store in memory, with faults on demand: what a bad day of a back end looks like."""

from __future__ import annotations

import errno
import hashlib
import threading
import time

from juncture.saga.exceptions import AlreadyExists, BadParameter, DoesNotExist, PermissionDenied
from juncture.saga.storage.failures import ConnectionLost, failure
from juncture.saga.storage.parts import part_name
from juncture.saga.storage.store import Store
from juncture.saga.storage.tree import child
from juncture.saga.storage.values import (
    APPENDS,
    DIRECTORY,
    FILE,
    HOLES,
    LINK,
    LINKS,
    MODES,
    RANDOM,
    TIMES,
    WHOLE,
    Stat,
)

ALL = frozenset({LINKS, MODES, TIMES, RANDOM, APPENDS, HOLES})


class Node:
    def __init__(self, kind, data=b"", mode=0o644):
        self.kind = kind
        self.data = bytearray(data)
        self.text = ""
        self.mode = mode
        self.mtime = time.time()


class Faults:
    """What goes wrong; nothing does unless it is set."""

    def __init__(self):
        self.lose_read_after = None
        """Bytes read after which the connection is lost, once."""
        self.lose_write_after = None
        """Bytes written after which the connection is lost, once."""
        self.lose_times = 1
        self.lose_rename = False
        """The next rename is done and its answer lost."""
        self.keep_parts = False
        """A part cannot be removed by whoever lost the connection."""
        self.room_bytes = None
        """Bytes that can be written before the disk is full."""
        self.denied = set()
        """Paths that are not for this account."""
        self.lie_bytes = 0
        """How much longer files are said to be than they are."""
        self.on_read = None
        """Called with path and offset before each read of a piece."""
        self.on_write = None
        """The same of writes."""
        self.spoil = False
        """What is written is not what was given."""
        self.bug = None
        """Raised by every write."""
        self.lose_names_after = None
        """Names told by `scan` and `stat` after which the connection is lost, again and again."""
        self.names = 0


class MemoryStore(Store):
    def __init__(self, name="memory://a", traits=ALL):
        self.name = name
        self.traits = frozenset(traits)
        self.faults = Faults()
        self.nodes = {"/": Node(DIRECTORY, mode=0o755)}
        self.read_bytes = self.written_bytes = 0
        self.calls = []
        self._lock = threading.RLock()

    # For tests
    def put(self, path, data=b"", mode=0o644):
        self.dirs(path.rpartition("/")[0])
        self.nodes[path] = Node(FILE, data, mode)
        return path

    def dirs(self, path):
        while path and path not in self.nodes:
            self.nodes[path] = Node(DIRECTORY, mode=0o755)
            path = path.rpartition("/")[0]

    def link(self, path, text):
        self.nodes[path] = Node(LINK)
        self.nodes[path].text = text

    def files(self, below="/"):
        """Return the content of each file."""
        return {
            path: bytes(node.data)
            for path, node in sorted(self.nodes.items())
            if node.kind == FILE and path.startswith(below)
        }

    # The contract
    def _told(self):
        faults = self.faults
        faults.names += 1
        if faults.lose_names_after is not None and faults.names > faults.lose_names_after:
            faults.names = 0
            raise self._lost()

    def stat(self, path, *, follow=True):
        self._told()
        node = self._node(path, follow=follow)
        if path in self.faults.denied:
            raise PermissionDenied(f"`{path}` on {self.name} is not for this account")
        size = len(node.data) + self.faults.lie_bytes if node.kind == FILE else 4096
        return Stat(node.kind, size, node.mtime, node.mode)

    def scan(self, path):
        self._check(path)
        real = self._real(path)
        if self._node(path).kind != DIRECTORY:
            raise BadParameter(f"`{path}` on {self.name} is not a directory")
        for below in [name for name in list(self.nodes) if name != "/"]:
            folder, _, name = below.rpartition("/")
            if (folder or "/") == real:
                self._told()
                yield (
                    name,
                    self.stat(below, follow=False)
                    if below not in self.faults.denied
                    else Stat(
                        self.nodes[below].kind, len(self.nodes[below].data), self.nodes[below].mtime
                    ),
                )

    def read_link(self, path):
        return self._node(path, follow=False).text

    def make_dir(self, path):
        with self._lock:
            self._new(path)
            self.nodes[self._place(path)] = Node(DIRECTORY, mode=0o755)

    def write_whole(self, path, data, stat, *, replace):
        try:
            super().write_whole(path, data, stat, replace=replace)
        except ConnectionLost:
            if self.faults.keep_parts:
                self.put(part_name(path), data[:1])
            raise

    def remove(self, path):
        with self._lock:
            if self._node(path, follow=False).kind == DIRECTORY:
                raise BadParameter(f"`{path}` is a directory")
            del self.nodes[self._place(path)]

    def remove_dir(self, path):
        with self._lock:
            self._node(path, follow=False)
            if any(name.startswith(f"{path}/") for name in self.nodes):
                raise BadParameter(f"`{path}` is not empty")
            del self.nodes[path]

    def rename(self, path, new, *, replace):
        with self._lock:
            self._node(path, follow=False)
            self._check(new)
            there = self.nodes.get(self._place(new))
            if there is not None and there.kind == DIRECTORY:
                raise BadParameter(f"`{new}` on {self.name} is a directory")
            if there is not None and not replace:
                raise AlreadyExists(f"`{new}` on {self.name} is there already")
            old, new = self._place(path), self._place(new)
            for name in [name for name in self.nodes if name == old or name.startswith(f"{old}/")]:
                self.nodes[new + name[len(old) :]] = self.nodes.pop(name)
            if self.faults.lose_rename:
                self.faults.lose_rename = False
                raise self._lost()

    def make_link(self, text, path):
        with self._lock:
            self._new(path)
            self.link(self._place(path), text)

    def set_mode(self, path, mode):
        self._node(path).mode = mode

    def set_times(self, path, mtime):
        self._node(path).mtime = mtime

    def open_read(self, path, offset=0):
        self._check(path)
        node = self._node(path)
        if node.kind == DIRECTORY:
            raise BadParameter(f"`{path}` on {self.name} is a directory")
        self.calls.append(("open_read", path, offset))
        return MemoryReader(self, path, node, offset)

    def open_write(self, path, *, append=False, exclusive=False, mode=None):
        with self._lock:
            self._check(path)
            self.calls.append(("open_write", path, append))
            if self.faults.bug:
                raise self.faults.bug
            there = self.nodes.get(self._place(path))
            if exclusive and there is not None:
                raise AlreadyExists(f"`{path}` on {self.name} is there already")
            if there is not None and there.kind == DIRECTORY:
                raise BadParameter(f"`{path}` on {self.name} is a directory")
            node = there if append and there is not None else Node(FILE, mode=mode or 0o644)
            if WHOLE not in self.traits:
                self.nodes[self._place(path)] = node
            return MemoryWriter(self, path, node)

    def checksum(self, path, algorithm):
        return hashlib.new(algorithm, self._node(path).data).hexdigest()

    # Inside
    def _lost(self):
        return ConnectionLost(f"the connection to {self.name} was lost")

    def _check(self, path):
        if path in self.faults.denied:
            raise PermissionDenied(f"`{path}` on {self.name} is not for this account")

    def _new(self, path):
        self._check(path)
        if self._place(path) in self.nodes:
            raise AlreadyExists(f"`{path}` on {self.name} is there already")

    def _place(self, path):
        folder, _, name = path.rstrip("/").rpartition("/")
        real = self._real(folder or "/")
        if self._node(real).kind != DIRECTORY:
            raise BadParameter(f"`{path}` on {self.name} is below something that is no directory")
        return child(real, name) if name else "/"

    def _real(self, path):
        found = "/"
        waiting = [part for part in reversed(path.split("/")) if part]
        links = 0
        while waiting:
            part = waiting.pop()
            if part == "..":
                found = found.rpartition("/")[0] or "/"
                continue
            below = child(found, part)
            node = self.nodes.get(below)
            if node is not None and node.kind == LINK:
                links += 1
                if links > 20:
                    raise BadParameter(f"`{path}` is a link that leads back to itself")
                if node.text.startswith("/"):
                    found = "/"
                waiting += [part for part in reversed(node.text.split("/")) if part]
            else:
                found = below
        return found

    def _node(self, path, *, follow=True):
        try:
            return self.nodes[self._real(path) if follow else self._place(path)]
        except KeyError:
            raise DoesNotExist(f"`{path}` on {self.name} is not there") from None


class MemoryReader:
    def __init__(self, store, path, node, offset):
        self._store, self._path, self._node, self._at = store, path, node, offset

    def read(self, size):
        faults = self._store.faults
        if faults.on_read is not None:
            faults.on_read(self._path, self._at)
        if faults.lose_read_after is not None and self._store.read_bytes >= faults.lose_read_after:
            faults.lose_times -= 1
            faults.lose_read_after = None if faults.lose_times <= 0 else self._store.read_bytes
            raise self._store._lost()
        data = bytes(self._node.data[self._at : self._at + size])
        self._at += len(data)
        self._store.read_bytes += len(data)
        return data

    def close(self):
        pass


class MemoryWriter:
    def __init__(self, store, path, node):
        self._store, self._path, self._node = store, path, node

    def write(self, data):
        store, faults = self._store, self._store.faults
        if faults.on_write is not None:
            faults.on_write(self._path, len(self._node.data))
        if faults.room_bytes is not None:
            faults.room_bytes -= len(data)
            if faults.room_bytes < 0:
                faults.room_bytes = 0
                raise failure(OSError(errno.ENOSPC, "full"), self._path, store.name)
        if faults.lose_write_after is not None and store.written_bytes >= faults.lose_write_after:
            faults.lose_times -= 1
            faults.lose_write_after = None if faults.lose_times <= 0 else store.written_bytes
            raise store._lost()
        self._node.data += bytes(len(data)) if faults.spoil else data
        self._node.mtime = time.time()
        store.written_bytes += len(data)

    def skip(self, size):
        self._node.data += bytes(size)

    def close(self):
        if WHOLE in self._store.traits:
            self._store.nodes[self._store._place(self._path)] = self._node

    def abort(self):
        pass
