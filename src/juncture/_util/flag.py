"""An event that an interrupt, a fork and a finaliser leave usable.

Ctrl-C is an exception anywhere in Python code. In `threading.Event.wait` it may come when the lock
inside has just been taken, or is to be taken again: then it is never released, and the next `set`
waits for ever. Here is no lock that two threads share. Who waits has a gate of its own, and each
step is one of the interpreter's own: a gate is added before the flag is looked at, and the flag is
set before the gates are opened.
"""

from __future__ import annotations

import threading


class Flag:
    """Something that is so or not, for threads that wait until it is."""

    __slots__ = ("_gates", "_is_set")

    def __init__(self) -> None:
        self._gates: dict[threading.Lock, None] = {}
        self._is_set = False

    def is_set(self) -> bool:
        """Say whether it is so."""
        return self._is_set

    def set(self) -> None:
        """Make it so, and let those go on who wait."""
        self._is_set = True
        for gate in list(self._gates):
            try:
                gate.release()
            except RuntimeError:  # another thread has opened it
                continue

    def clear(self) -> None:
        """Make it not so."""
        self._is_set = False

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until it is so.

        Args:
            timeout: Seconds at the most; None for no limit.

        Returns:
            Whether it was so in time.
        """
        if self._is_set:
            return True
        gate = threading.Lock()
        gate.acquire()
        self._gates[gate] = None
        try:
            return self.is_set() or gate.acquire(timeout=-1 if timeout is None else max(timeout, 0))
        finally:
            self._gates.pop(gate, None)
