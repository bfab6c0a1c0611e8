"""An event that an interrupt leaves usable.

Ctrl-C is an exception anywhere in Python code. In `threading.Event.wait` it may come when the lock
inside has just been taken by `Condition.__enter__`, which is Python code, too: the lock is never
released, and the next `set` waits for ever. Here the lock is entered itself, by one instruction.
"""

from __future__ import annotations

import threading


class Flag:
    """Something that is so or not, for threads that wait until it is."""

    __slots__ = ("_changed", "_is_set", "_lock")

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._changed = threading.Condition(self._lock)
        self._is_set = False

    def is_set(self) -> bool:
        """Say whether it is so."""
        return self._is_set

    def set(self) -> None:
        """Make it so, and let those go on who wait."""
        with self._lock:
            self._is_set = True
            self._changed.notify_all()

    def clear(self) -> None:
        """Make it not so."""
        with self._lock:
            self._is_set = False

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until it is so.

        Args:
            timeout: Seconds at the most; None for no limit.

        Returns:
            Whether it was so in time.
        """
        with self._lock:
            return self._is_set or self._changed.wait_for(lambda: self._is_set, timeout)
