"""The threads that tell people: what a job has become is told here, never in the I/O thread.

A callback may do what it likes, also start jobs or wait for one: while one thread is held up,
another tells the rest. There are two at the most; a callback that waits for one that waits must not
wait for a third. They begin with the first work, and stay while somebody wants to be called from
time to time.
"""

from __future__ import annotations

import os
import threading
import time
import weakref
from collections import deque

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Protocol

    class Regular(Protocol):
        """Somebody who wants to be called from time to time."""

        def look(self) -> bool:
            """Do what is due, without blocking for long; say whether to be called again."""
            ...


_MOST = 2
_IDLE_S = 5.0


class Notifier:
    """Calls functions in order, each once."""

    def __init__(self) -> None:
        # It is entered by its lock: an interrupt may end `Condition.__enter__` with it held.
        self._lock = threading.Lock()
        self._changed = threading.Condition(self._lock)
        self._queue: deque[Callable[[], object]] = deque()
        self._regulars: weakref.WeakSet[Regular] = weakref.WeakSet()
        self._threads = 0
        self._idle = 0
        self._looked = 0.0

    def put(self, function: Callable[[], object]) -> None:
        """Have a function called soon, by a thread that may block."""
        with self._lock:
            self._queue.append(function)
            if len(self._queue) <= self._idle:
                self._changed.notify()
                return
            if self._threads == _MOST:
                return
            self._threads += 1
        self._begin()

    def regularly(self, regular: Regular) -> None:
        """Call `regular.look()` every few seconds until it says that it has nothing to look at."""
        with self._lock:
            self._regulars.add(regular)
            if self._threads:
                return
            self._threads += 1
        self._begin()

    def _begin(self) -> None:
        try:
            threading.Thread(target=self._serve, name="juncture-jobs", daemon=True).start()
        except RuntimeError:  # no thread is left; who comes next tries again
            with self._lock:
                self._threads -= 1
            raise

    def _serve(self) -> None:
        while (function := self._next()) is not None:
            try:
                function()
            except Exception:
                import logging

                logging.getLogger(__name__).exception("telling of a job failed")
            del function

    def _next(self) -> Callable[[], object] | None:
        with self._lock:
            while not self._queue:
                if self._is_due():
                    return self._look
                self._idle += 1
                woken = self._changed.wait(_IDLE_S)
                self._idle -= 1
                if not woken and not self._queue and (not self._regulars or self._threads > 1):
                    self._threads -= 1
                    return None
            return self._look if self._is_due() else self._queue.popleft()

    def _is_due(self) -> bool:
        if not self._regulars or time.monotonic() - self._looked < _IDLE_S:
            return False
        self._looked = time.monotonic()
        return True

    def _look(self) -> None:
        for regular in tuple(self._regulars):
            if not regular.look():
                with self._lock:
                    self._regulars.discard(regular)


notifier = Notifier()


def _forget_after_fork() -> None:
    """A child process has none of its parent's threads."""
    notifier.__init__()  # type: ignore[misc]


os.register_at_fork(after_in_child=_forget_after_fork)
