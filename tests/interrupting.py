"""Ctrl-C is an exception anywhere in Python code: here it comes at each place in turn.

The interpreter looks for signals when it enters a function and when a call has returned. These
places are those that a profile function is told of.
"""

import sys
import threading


class Steps:
    """A profile function that interrupts at one of the places that a call comes to."""

    def __init__(self, step):
        self.left = step

    def __call__(self, frame, event, _):
        if event not in {"call", "c_return"} or frame.f_code.co_filename == __file__:
            return
        self.left -= 1
        if self.left < 0:
            raise KeyboardInterrupt


def interrupted(call, step):
    """Make a call, interrupt it at a place, and return whether it came as far as that."""
    steps = Steps(step)
    before = sys.getprofile()
    sys.setprofile(steps)
    try:
        call()
    except KeyboardInterrupt:
        return True
    finally:
        sys.setprofile(before)
    return steps.left < 0


def uninterrupted(call):
    """Make a call of the test's own in the middle of one that is to be interrupted."""
    before = sys.getprofile()
    sys.setprofile(None)
    try:
        call()
    finally:
        sys.setprofile(before)


class Door:
    """A lock whose door an interrupt comes to at one of its openings; tells who has to wait.

    Args:
        step: At which; None for no interrupt.
    """

    def __init__(self, step=None):
        self.awaited = threading.Event()
        self._step = step
        self._lock = threading.RLock()
        self._main = threading.get_ident()

    def __enter__(self):
        if self._step is not None and threading.get_ident() == self._main:
            self._step -= 1
            if self._step < 0:
                self._step = None
                raise KeyboardInterrupt
        if not self._lock.acquire(blocking=False):
            self.awaited.set()
            self._lock.acquire()

    def __exit__(self, *_):
        self._lock.release()

    @property
    def was_interrupted(self):
        """Whether the interrupt has come."""
        return self._step is None

    def _is_owned(self):
        return self._lock._is_owned()
