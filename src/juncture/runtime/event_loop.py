"""One thread that waits for everything at once: sockets, signals, timers, other threads.

It knows nothing of daemons. It never wakes up unless something happened; `call_soon` and
`wake_fd` are the two ways in from elsewhere.
"""

from __future__ import annotations

import heapq
import itertools
import os
import selectors
import time
from collections import deque

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

READ = selectors.EVENT_READ
WRITE = selectors.EVENT_WRITE

_WAKE = b"\0"
_WAKE_BYTES = 4096


class Timer:
    """A call that will be made; `cancel` takes it back."""

    __slots__ = ("call", "due")

    def __init__(self, due: float, call: Callable[[], None] | None) -> None:
        self.due = due
        self.call = call

    def cancel(self) -> None:
        """Do not make the call."""
        self.call = None


class EventLoop:
    """Calls back what is registered, in the thread that called `run`.

    Attributes:
        wake_fd: For `signal.set_wakeup_fd`.
        on_signal: Called with the number of each signal that came there.
    """

    def __init__(self) -> None:
        self._selector = selectors.DefaultSelector()
        self.on_signal: Callable[[int], None] | None = None
        self._soon: deque[tuple[Callable[..., None], tuple[Any, ...]]] = deque()
        self._timers: list[tuple[float, int, Timer]] = []
        self._count = itertools.count()
        self._running = True
        self._wake_read, self.wake_fd = os.pipe()
        os.set_blocking(self._wake_read, False)
        os.set_blocking(self.wake_fd, False)
        self._watched: dict[int, selectors.SelectorKey] = {}
        self.watch(self._wake_read, READ, self._woken)

    def call_soon(self, call: Callable[..., None], *args: Any) -> None:
        """Make a call in the loop's thread; safe from any thread."""
        self._soon.append((call, args))
        try:
            os.write(self.wake_fd, _WAKE)
        except BlockingIOError:  # a full pipe wakes the loop just as well
            return

    def call_later(self, delay_s: float, call: Callable[[], None]) -> Timer:
        """Make a call after a while; only from the loop's thread."""
        timer = Timer(time.monotonic() + delay_s, call)
        heapq.heappush(self._timers, (timer.due, next(self._count), timer))
        return timer

    def watch(self, fd: int, events: int, call: Callable[[int], None]) -> None:
        """Call with the events whenever the descriptor is ready; replaces an earlier watch."""
        change = self._selector.modify if fd in self._watched else self._selector.register
        self._watched[fd] = change(fd, events, call)

    def forget(self, fd: int) -> None:
        """Stop watching a descriptor: it is not called any more, whatever was ready."""
        if self._watched.pop(fd, None) is not None:
            self._selector.unregister(fd)

    def stop(self) -> None:
        """Let `run` return after the current round."""
        self._running = False

    def run(self) -> None:
        """Wait and call back until stopped."""
        while self._running:
            for key, events in self._selector.select(self._run_timers()):
                if self._watched.get(key.fd) is key:  # not forgotten by a call of this round
                    key.data(events)
            self._make_calls(len(self._soon))

    def _make_calls(self, count: int) -> None:
        """Make so many calls; those added meanwhile wait for the next round and starve nobody."""
        for _ in range(count):
            if self._running:
                call, args = self._soon.popleft()
                call(*args)

    def _run_timers(self) -> float | None:
        """Make the calls that are due; return the seconds until the next, or None."""
        while self._timers:
            timer = self._timers[0][2]
            left = timer.due - time.monotonic()
            if timer.call is not None and left > 0:
                return left
            heapq.heappop(self._timers)
            if timer.call is not None:
                timer.call()
        return None

    def _woken(self, _: int) -> None:
        for number in os.read(self._wake_read, _WAKE_BYTES):
            if number and self.on_signal is not None:
                self.on_signal(number)
