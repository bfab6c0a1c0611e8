"""Text for terminals: what a name can hold must not reach one as it is.

A name may have escape sequences that a terminal obeys. What is shown to people has them spelled
out; what goes into a pipe is exact.
"""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TextIO

_SURROGATES = range(0xDC80, 0xDD00)
_BYTE = 0xFF
_SHORT = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}
_K = 1024
_UNITS = "KMGTPE"
_TEN = 10


def printable(text: str) -> str:
    r"""Return text with all that a terminal would not show spelled out.

    >>> printable("a\x1b[31mb\n")
    'a\\x1b[31mb\\n'
    """
    return text if text.isprintable() else "".join(map(_spelled, text))


def message(text: str) -> str:
    """Return text for people, the lines of which stay lines."""
    return "\n".join(map(printable, text.split("\n")))


def _spelled(letter: str) -> str:
    if letter.isprintable():
        return letter
    number = ord(letter)
    if number in _SURROGATES:
        return f"\\x{number - 0xDC00:02x}"
    if number <= _BYTE:
        return _SHORT.get(letter) or f"\\x{number:02x}"
    return letter.encode("ascii", "backslashreplace").decode("ascii")


def exact(text: str) -> bytes:
    """Return the bytes of a name or a path."""
    return text.encode("utf-8", "surrogateescape")


def size(number: float) -> str:
    """Return a number of bytes for people.

    >>> size(999), size(4096), size(1234567)
    ('999 B', '4.0 KiB', '1.2 MiB')
    """
    if number < _K:
        return f"{number:.0f} B"
    found, unit = _scaled(number)
    return f"{found:.1f} {unit}iB"


def short_size(number: int) -> str:
    """Return a number of bytes as `ls -h` has it.

    >>> short_size(999), short_size(4096), short_size(123456)
    ('999', '4.0K', '121K')
    """
    if number < _K:
        return str(number)
    found, unit = _scaled(number)
    return f"{found:.1f}{unit}" if found < _TEN else f"{found:.0f}{unit}"


def _scaled(number: float) -> tuple[float, str]:
    for unit in _UNITS[:-1]:
        number /= _K
        if number < _K:
            return number, unit
    return number / _K, _UNITS[-1]


def is_colourful(stream: TextIO) -> bool:
    """Return whether colours are wanted: on a terminal, unless `NO_COLOR` says no."""
    if os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
        return False
    return stream.isatty()


def columns(stream: TextIO, usual: int = 80) -> int:
    """Return how wide the terminal of a stream is."""
    try:
        return os.get_terminal_size(stream.fileno()).columns or usual
    except (OSError, ValueError):
        return usual


def speaks_utf8(stream: TextIO) -> bool:
    """Return whether what is drawn with lines will be seen as lines."""
    return "utf" in (stream.encoding or "").lower()


class Output:
    """Standard output for names: exact in pipes, spelled out on terminals.

    Args:
        end: What ends a name; a NUL makes every name exact.
    """

    def __init__(self, end: str = "\n") -> None:
        self._end = exact(end)
        self.is_exact = end == "\0" or not sys.stdout.isatty()
        self.is_colourful = end != "\0" and is_colourful(sys.stdout)

    def text(self, text: str) -> str:
        """Return text as it is to be written."""
        return text if self.is_exact else printable(text)

    def line(self, text: str) -> None:
        """Write a line; what is not ours in it went through `text`."""
        sys.stdout.buffer.write(exact(text) + self._end)
