"""Watches a test: what hangs, and a thread that ends with an exception, fail it at once.

Both are told where the test is when it happens: what is raised comes out of the very call that does
not return, so that the last lines of the traceback are those which wait. The alarm of the process
(`setitimer(2)`) does that; where it is somebody else's, as with a timeout of pytest's, or the test
is not in the main thread, only threads are watched, and told of at the end.
"""

from __future__ import annotations

import signal
import threading

import pytest

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import FrameType

    from typing_extensions import Self

_THINGS = 10
"""How many times its patience a whole test may take."""
_AT_ONCE_S = 1e-6
_OURS = "juncture."
_PLUGIN = "juncture.testing.plugin"
"""What pytest calls between the parts of a test."""


class Watch:
    """A context manager around one test.

    Args:
        patience_s: Seconds that any one thing may take.
    """

    def __init__(self, patience_s: float) -> None:
        self._patience_s = patience_s
        self._limit_s = _THINGS * patience_s
        self._error: BaseException | None = None
        self._has_alarm = False

    def __enter__(self) -> Self:
        self._hook, threading.excepthook = threading.excepthook, self._take
        is_main = threading.current_thread() is threading.main_thread()
        if is_main and signal.getitimer(signal.ITIMER_REAL)[0] == 0:
            self._handler = signal.signal(signal.SIGALRM, self._ring)
            signal.setitimer(signal.ITIMER_REAL, self._limit_s, self._patience_s)
            self._has_alarm = True
        return self

    def __exit__(self, *_error: object) -> None:
        __tracebackhide__ = True
        if self._has_alarm:
            self._has_alarm = False
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, self._handler)
        threading.excepthook = self._hook
        if self._error is not None:
            self._fail()

    def _take(self, args: threading.ExceptHookArgs) -> None:
        """Take what ended a thread, and have the test told."""
        if args.exc_value is None or isinstance(args.exc_value, SystemExit):
            self._hook(args)
            return
        self._error = args.exc_value
        if self._has_alarm:
            signal.setitimer(signal.ITIMER_REAL, _AT_ONCE_S, self._patience_s)

    def _ring(self, _signum: int, frame: FrameType | None) -> None:
        """Raise in what the test does; between its parts pytest is at work, and is left alone."""
        __tracebackhide__ = True
        modules: set[str] = set()
        while frame is not None:
            modules.add(str(frame.f_globals.get("__name__")))
            frame = frame.f_back
        is_at_work = any(name.startswith(_OURS) for name in modules) and _PLUGIN not in modules
        if self._has_alarm and is_at_work:
            self._fail()

    def _fail(self) -> None:
        __tracebackhide__ = True
        error, self._error = self._error, None
        if error is None:
            text = f"this does not come back, and the test has only {self._limit_s:g} s for all"
            raise pytest.fail.Exception(text)
        text = f"a thread ended with {type(error).__name__}: {error}"
        raise pytest.fail.Exception(text) from error
