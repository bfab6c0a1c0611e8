"""A bounded queue between the thread that reads and the one that writes, and how both are stopped.

What it holds is bounded in bytes, not in pieces, so that neither a thousand small files nor one
large one takes more memory than was said.
"""

from __future__ import annotations

import threading
from collections import deque
from typing import Generic, TypeVar

from juncture.saga.storage.failures import Canceled

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

T = TypeVar("T")


class Stop:
    """Whether somebody asked for an end; whoever waits is woken then."""

    def __init__(self) -> None:
        self.asked = False
        self._lock = threading.Lock()
        self._wake: set[Callable[[], None]] = set()

    def set(self) -> None:
        """Ask for the end."""
        with self._lock:
            self.asked = True
            waiting = list(self._wake)
        for wake in waiting:
            wake()

    def check(self) -> None:
        """Raise Canceled if the end was asked for."""
        if self.asked:
            raise Canceled("the transfer was canceled before it was done")

    def add(self, wake: Callable[[], None]) -> None:
        """Have something called when the end is asked for; at once if it was."""
        with self._lock:
            self._wake.add(wake)
            asked = self.asked
        if asked:
            wake()

    def drop(self, wake: Callable[[], None]) -> None:
        """Forget what `add` was given."""
        with self._lock:
            self._wake.discard(wake)


class Pipe(Generic[T]):
    """A queue with one writer and one reader.

    Args:
        limit_bytes: How much it holds; one thing always finds room.
        stop: Ends it from outside.
    """

    def __init__(self, limit_bytes: int, stop: Stop) -> None:
        self._limit = limit_bytes
        self._stop = stop
        self._things: deque[tuple[T, int]] = deque()
        self._held = 0
        self._ended = False
        self._broken = False
        self._failure: BaseException | None = None
        # It is entered by its lock: an interrupt may end `Condition.__enter__` with it held.
        self._lock = threading.Lock()
        self._change = threading.Condition(self._lock)
        stop.add(self.break_off)

    def put(self, thing: T, size: int) -> bool:
        """Give something to the reader, when there is room.

        Returns:
            Whether there still is one who reads.
        """
        with self._lock:
            while self._held and self._held + size > self._limit and not self._broken:
                self._change.wait()
            if self._broken:
                return False
            self._things.append((thing, size))
            self._held += size
            self._change.notify_all()
            return True

    def end(self, failure: BaseException | None = None) -> None:
        """Say that there is no more, and why if there should be."""
        with self._lock:
            self._ended = True
            self._failure = failure
            self._change.notify_all()

    def break_off(self) -> None:
        """Read no more; whoever waits goes on."""
        with self._lock:
            self._broken = True
            self._change.notify_all()

    def close(self) -> None:
        """Let go of it, as the reader."""
        self._stop.drop(self.break_off)
        self.break_off()

    def __iter__(self) -> Iterator[T]:
        """Yield what comes, then raise why there is no more if there should be.

        Raises:
            Canceled: the end was asked for.
        """
        while True:
            with self._lock:
                while not self._things and not self._ended and not self._broken:
                    self._change.wait()
                self._stop.check()
                if not self._things or self._broken:
                    if self._failure is not None:
                        raise self._failure
                    return
                thing, size = self._things.popleft()
                self._held -= size
                self._change.notify_all()
            yield thing


def ahead(portions: Iterator[list[T]], most: int, stop: Stop) -> Iterator[list[T]]:
    """Yield portions that a thread makes ahead, no more than so many things of them."""
    pipe: Pipe[list[T]] = Pipe(most, stop)

    def make() -> None:
        try:
            for portion in portions:
                if not pipe.put(portion, len(portion)):
                    break
        except BaseException as error:  # noqa: BLE001 - it is raised where they are used
            pipe.end(error)
        else:
            pipe.end()

    try:
        threading.Thread(target=make, name="juncture-ahead", daemon=True).start()
        yield from pipe
    finally:
        pipe.close()
