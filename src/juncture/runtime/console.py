"""What an adaptor's command says to a person: data on stdout, messages on stderr.

The only module of the runtime that writes to the terminal for itself; the log of an adaptor is
written by `juncture.runtime.logs`.
"""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from juncture.runtime.outcome import Outcome

_STDOUT = 1

_lost: list[int] = []
_reader_is_gone: list[bool] = []


def complain(message: str, hint: str = "") -> None:
    """Write `error: message`, and `hint: …` after a blank line."""
    text = f"error: {message}\n" + (f"\nhint: {hint}\n" if hint else "")
    sys.stderr.write(text)
    sys.stderr.flush()


def warn(message: str) -> None:
    """Write `warning: message`."""
    sys.stderr.write(f"warning: {message}\n")


def show(text: str) -> None:
    """Write data to stdout."""
    sys.stdout.write(text if text.endswith("\n") else f"{text}\n")
    sys.stdout.flush()


def show_log(data: bytes) -> None:
    """Write log bytes to stdout as they are; a reader who went away is no error."""
    while data:
        try:
            data = data[os.write(_STDOUT, data) :]
        except BlockingIOError:
            import select

            select.select([], [_STDOUT], [])
        except BrokenPipeError:
            _reader_is_gone.append(True)
            return
        except OSError:  # such as a full disk
            _lost.append(len(data))
            return


def show_log_or_end(data: bytes) -> None:
    """Write log bytes to stdout.

    Raises:
        BrokenPipeError: the reader went away.
    """
    show_log(data)
    if _reader_is_gone:
        raise BrokenPipeError


def report(outcome: Outcome) -> int:
    """Say how something ended, unless it is done, and return its exit status."""
    if _lost:
        warn(f"{sum(_lost)} bytes of the log could not be written to stdout")
        _lost.clear()
    if outcome.lost_bytes:
        warn(f"{outcome.lost_bytes} bytes of the log could not be stored and are lost")
    if not outcome.ok:
        complain(outcome.message, outcome.hint)
    return outcome.exit_status
