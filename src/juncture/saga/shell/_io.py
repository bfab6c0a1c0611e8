"""The one thread of a process that waits for what shells say.

Channels and terminals hand it a descriptor with a function for what is ready; it calls that function
and nothing else, so it costs nothing while nothing happens. The functions run in this thread: they
must neither block nor raise. After a fork the child has a thread of its own, without descriptors.
"""

from __future__ import annotations

import collections
import logging
import os
import selectors
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

_log = logging.getLogger(__name__)
READ = selectors.EVENT_READ
WRITE = selectors.EVENT_WRITE


class Reactor(threading.Thread):
    """Calls functions when descriptors are ready; made by `reactor`."""

    def __init__(self) -> None:
        super().__init__(name="juncture-shell-io", daemon=True)
        self._selector = selectors.DefaultSelector()
        self._requests: collections.deque[Callable[[], None]] = collections.deque()
        self._wake_read, self._wake_write = os.pipe()
        os.set_blocking(self._wake_read, False)
        os.set_blocking(self._wake_write, False)
        self._selector.register(self._wake_read, READ, self._woken)

    def run(self) -> None:
        select = self._selector.select
        while True:
            for key, _ in select():
                try:
                    key.data()
                except Exception:
                    _log.exception("a function of the I/O thread failed")

    def call(self, request: Callable[[], None]) -> None:
        """Have `request` called in the I/O thread."""
        self._requests.append(request)
        try:
            os.write(self._wake_write, b"\0")
        except BlockingIOError:  # it has been woken often enough
            pass

    def do(self, request: Callable[[], None]) -> None:
        """Have `request` called in the I/O thread and wait until that is done."""
        if threading.current_thread() is self:
            request()
            return
        done = threading.Lock()
        done.acquire()

        def both() -> None:
            try:
                request()
            finally:
                done.release()

        self.call(both)
        done.acquire()

    # These are for the I/O thread alone.

    def watch(self, fd: int, events: int, function: Callable[[], None]) -> None:
        """Call `function` whenever `fd` is ready."""
        self._selector.register(fd, events, function)

    def unwatch(self, fd: int) -> None:
        """Forget a descriptor; nothing happens if it is not known."""
        try:
            self._selector.unregister(fd)
        except (KeyError, ValueError):
            pass

    def _woken(self) -> None:
        try:
            os.read(self._wake_read, 4096)
        except BlockingIOError:
            pass
        while self._requests:
            request = self._requests.popleft()
            try:
                request()
            except Exception:
                _log.exception("a request to the I/O thread failed")


_reactors: list[tuple[int, Reactor]] = []
_lock = threading.Lock()


def reactor() -> Reactor:
    """Return the I/O thread of this process, which is not that of the process we forked from."""
    if not _reactors or _reactors[-1][0] != os.getpid():
        with _lock:
            if not _reactors or _reactors[-1][0] != os.getpid():
                thread = Reactor()
                thread.start()
                _reactors.append((os.getpid(), thread))
    return _reactors[-1][1]


def _after_fork() -> None:
    global _lock  # noqa: PLW0603 - another thread may have held it when we were forked
    _lock = threading.Lock()


os.register_at_fork(after_in_child=_after_fork)
