"""The one bounded thread pool: it runs the synchronous form of a call that was made asynchronously.

Threads come when there is work and go when there has been none for a while. They are daemon
threads: a program that ends does not wait for calls that hang, so a call whose end matters is
waited for. A call that waits for another call of the pool runs that one itself (see `Task.wait`),
so a full pool cannot wait for itself for ever.
"""

from __future__ import annotations

import os
import threading
from collections import deque

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

SIZE = 16
"""Most calls that run at one time; the rest wait in line."""
IDLE_SECONDS = 5.0


class Pool:
    """Threads that run calls in the order in which they were submitted.

    Args:
        size: Most threads.
        idle_seconds: How long a thread without work stays.
    """

    def __init__(self, size: int = SIZE, idle_seconds: float = IDLE_SECONDS) -> None:
        self._size = size
        self._idle_seconds = idle_seconds
        # It is entered by its lock: an interrupt may end `Condition.__enter__` with it held.
        self._lock = threading.Lock()
        self._changed = threading.Condition(self._lock)
        self._queue: deque[Callable[[], object]] = deque()
        self._idle = 0
        self._threads: set[int] = set()
        self._count = 0

    def submit(self, work: Callable[[], object]) -> None:
        """Run `work` on a thread of the pool; it must not raise.

        Raises:
            RuntimeError: there is no thread, and the system gives none.
        """
        with self._lock:
            self._queue.append(work)
            if len(self._queue) <= self._idle:
                self._changed.notify()
                return
            if self._count >= self._size:
                return
            self._count += 1
        try:
            threading.Thread(target=self._serve, name="juncture-saga", daemon=True).start()
        except RuntimeError:
            with self._lock:
                self._count -= 1
                if self._count:  # those that there are come to it
                    return
                self._queue.remove(work)
            raise

    def is_member(self) -> bool:
        """Say whether the calling thread is one of the pool's."""
        return threading.get_ident() in self._threads

    @property
    def thread_count(self) -> int:
        """How many threads there are now."""
        return self._count

    def _serve(self) -> None:
        ident = threading.get_ident()
        self._threads.add(ident)
        while (work := self._next()) is not None:
            try:
                work()
            except Exception:
                import logging

                logging.getLogger(__name__).exception("a call on the pool raised")
            del work
        self._threads.discard(ident)

    def _next(self) -> Callable[[], object] | None:
        with self._lock:
            if not self._queue:
                self._idle += 1
                self._changed.wait(self._idle_seconds)
                self._idle -= 1
            if self._queue:
                return self._queue.popleft()
            self._count -= 1
            return None


pool = Pool()


def _forget_after_fork() -> None:
    """A child process has none of its parent's threads, and none of their work."""
    pool.__init__()  # type: ignore[misc]


os.register_at_fork(after_in_child=_forget_after_fork)
