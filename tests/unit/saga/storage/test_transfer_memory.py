"""A transfer's memory does not grow with what it copies."""

import threading
import tracemalloc

from unit.saga.storage.memory_store import MemoryStore

from juncture.saga.exceptions import PermissionDenied
from juncture.saga.storage.store import Store
from juncture.saga.storage.transfer import Request, Transfer
from juncture.saga.storage.values import DIRECTORY, FILE, Stat

IN_EACH = 250
AHEAD = 4000


class Endless(Store):
    """As many directories of small files as one likes; what is written is counted and dropped."""

    def __init__(self, name, directories):
        self.name = name
        self.directories = directories
        self.written = 0
        self.seen = 0
        self.is_ahead = threading.Event()

    def stat(self, path, *, follow=True):
        depth = path.count("/")
        if self.name == "endless://target" and depth == 1:
            return Stat(DIRECTORY, 0, 1.0)
        return Stat(FILE, 2000, 1.0) if depth == 3 else Stat(DIRECTORY, 0, 1.0)

    def scan(self, path):
        is_top = path.count("/") == 1
        for number in range(self.directories if is_top else IN_EACH):
            self.seen += 1
            if self.seen == AHEAD:
                self.is_ahead.set()
            yield f"{number:06}", self.stat(f"{path}/{number}")

    def make_dir(self, path):
        pass

    def read_many(self, paths):
        for _ in paths:
            yield bytes(2000)

    def write_many(self, files, *, replace):
        self.is_ahead.wait()  # what is planned ahead is as much as it will ever be
        for _, data, _ in files:
            self.written += len(data)
            yield None


def peak(directories):
    source = Endless("endless://source", directories)
    target = Endless("endless://target", 0)
    target.is_ahead = source.is_ahead
    transfer = Transfer([Request(source, "/a", target, "/b", recursive=True, merge=True)])
    tracemalloc.start()
    try:
        assert transfer.run() == [None]
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
        assert target.written == directories * IN_EACH * 2000


def test_a_larger_tree_takes_no_more_memory():
    small = peak(24)
    assert peak(96) < 1.5 * small + 500_000


def test_many_requests_hold_no_content():
    here, there = (MemoryStore(f"memory://{name}") for name in ("here", "there"))
    for number in range(1000):
        here.put(f"/{number}", bytes(100_000))
    there.write_many = lambda files, *, replace: (None for _ in files)
    requests = [Request(here, f"/{number}", there, f"/{number}") for number in range(1000)]
    tracemalloc.start()
    try:
        assert Transfer(requests).run() == [None] * 1000
        assert tracemalloc.get_traced_memory()[1] < 32 << 20
    finally:
        tracemalloc.stop()


def test_files_that_cannot_be_read_leave_nothing_in_memory():
    here, there = (MemoryStore(f"memory://{name}") for name in ("here", "there"))
    for number in range(10):
        here.put(f"/t/{number}", bytes(1 << 19))

    def denied(path, offset=0):
        raise PermissionDenied(f"`{path}` is not for this account")

    here.open_read = denied
    transfer = Transfer([Request(here, "/t", there, "/t", recursive=True)])
    (outcome,) = transfer.run()
    assert outcome.count == 10
    assert transfer._stop._wake == set()


def test_failures_of_a_tree_are_counted_and_the_first_are_kept():
    here, there = (MemoryStore(f"memory://{name}") for name in ("here", "there"))
    for number in range(1200):
        here.put(f"/t/{number}", b"data")
    there.faults.bug = ZeroDivisionError("a mistake")
    (outcome,) = Transfer([Request(here, "/t", there, "/t", recursive=True)]).run()
    assert outcome.count == 1200
    assert len(outcome.failures) == 1000
    assert "and 1197 more" in outcome.message
