"""SIGTERM ends a command as Ctrl-C does.

A signal that whoever started the command has it ignore stays ignored: a shell does so for what its
scripts run in the background, so that Ctrl-C ends what is in front alone.
"""

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
        number: signal.signal(number, interrupt)
        for number in (signal.SIGINT, signal.SIGTERM)
        if signal.getsignal(number) != signal.SIG_IGN
    }
    try:
        yield caught
    finally:
        for number, handler in before.items():
            # Who asks once more while all is closed wants its end, not a traceback of where it was.
            signal.signal(number, signal.SIG_DFL if caught else handler)
