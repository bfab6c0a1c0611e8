"""What an adaptor's command says to a person: data on stdout, messages on stderr.

The only module of the runtime that writes to the terminal for itself; the log of an adaptor is
written by `juncture.runtime.logs`.
"""

from __future__ import annotations

import os
import sys

from juncture.errors import JunctureError

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


def write(text: str) -> None:
    """Write data to stdout; paths in it keep their bytes.

    Raises:
        OSError: it cannot be written.
    """
    sys.stdout.flush()
    _, error = _write(os.fsencode(text))
    if error is not None:
        raise error


def show(text: str) -> None:
    """Write a line or lines of data to stdout.

    Raises:
        BrokenPipeError: the reader went away.
        JunctureError: it cannot be written.
    """
    try:
        write(text if text.endswith("\n") else f"{text}\n")
    except BrokenPipeError:
        raise
    except OSError as error:
        raise JunctureError(
            f"standard output cannot be written: {error.strerror}",
            hint="make room where it goes to, or send it elsewhere",
        ) from error


def show_log(data: bytes) -> None:
    """Write log bytes to stdout as they are; a reader who went away is no error."""
    left, error = _write(data)
    if isinstance(error, BrokenPipeError):
        _reader_is_gone.append(True)
    elif error is not None:  # such as a full disk
        _lost.append(len(left))


def _write(data: bytes) -> tuple[bytes, OSError | None]:
    """Write to stdout; return what it would not take, and why not."""
    while data:
        try:
            data = data[os.write(_STDOUT, data) :]
        except BlockingIOError:
            import select

            select.select([], [_STDOUT], [])
        except OSError as error:
            return data, error
    return data, None


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
