"""SIGTERM ends a command as Ctrl-C does."""

from __future__ import annotations

import contextlib
import signal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Generator


@contextlib.contextmanager
def interrupts() -> Generator[list[int], None, None]:
    """Let SIGTERM end the wait as SIGINT does, and yield the list of signals that came."""
    caught: list[int] = []

    def interrupt(signum: int, _frame: object) -> None:
        caught.append(signum)
        raise KeyboardInterrupt

    before = {
        number: signal.signal(number, interrupt) for number in (signal.SIGINT, signal.SIGTERM)
    }
    try:
        yield caught
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
