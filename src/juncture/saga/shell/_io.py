"""The one thread of a process that waits for what shells say.

Channels and terminals hand it a descriptor with a function for what is ready; it calls that
function and nothing else, so it costs nothing while nothing happens. The functions run in this
thread: they must neither block nor raise. After a fork the child has a thread of its own, without
descriptors.
"""

from __future__ import annotations

import collections
import os
import select
import threading

TYPE_CHECKING = False
if TYPE_CHECKING:
    import logging
    from collections.abc import Callable

READ = select.POLLIN
WRITE = select.POLLOUT


class Reactor(threading.Thread):
    """Calls functions when descriptors are ready; made by `reactor`."""

    def __init__(self) -> None:
        super().__init__(name="juncture-shell-io", daemon=True)
        self._poll = select.poll()
        self._functions: dict[int, Callable[[], object]] = {}
        self._requests: collections.deque[Callable[[], None]] = collections.deque()
        self._wake_read, self._wake_write = os.pipe()
        os.set_blocking(self._wake_read, False)
        os.set_blocking(self._wake_write, False)
        self.watch(self._wake_read, READ, self._woken)

    def run(self) -> None:
        poll, functions = self._poll.poll, self._functions
        while True:
            # One before it may unwatch and close a descriptor, and another get its number, all
            # before its turn comes; that other is not ready.
            for fd, function in [(fd, functions.get(fd)) for fd, _ in poll()]:
                if function is not None and functions.get(fd) is function:
                    _call(function)

    def call(self, request: Callable[[], None]) -> None:
        """Have `request` called in the I/O thread."""
        self._requests.append(request)
        try:
            os.write(self._wake_write, b"\0")
        except BlockingIOError:
            return  # it has been woken often enough

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

    def watch(self, fd: int, events: int, function: Callable[[], object]) -> None:
        """Call `function` whenever `fd` is ready."""
        self._functions[fd] = function
        self._poll.register(fd, events)

    def unwatch(self, fd: int) -> None:
        """Forget a descriptor; nothing happens if it is not known."""
        if self._functions.pop(fd, None) is not None:
            self._poll.unregister(fd)

    def _woken(self) -> None:
        os.read(self._wake_read, 4096)
        while self._requests:
            _call(self._requests.popleft())


def _call(function: Callable[[], object]) -> None:
    try:
        function()
    except Exception:  # noqa: BLE001 - it must not end the thread
        log().exception("a function of the I/O thread failed")


def log() -> logging.Logger:
    """Return the logger of this room; logging is imported when there is something to log."""
    import logging

    return logging.getLogger("juncture.saga.shell")


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
