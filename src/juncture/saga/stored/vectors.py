# pyright: reportPrivateUsage=false
"""Many ranges of a file in one call: vectors, patterns and the extended forms of GFD.90, 4.3."""

from __future__ import annotations

from juncture.saga.constants import READ, WRITE
from juncture.saga.exceptions import BadParameter
from juncture.saga.stored.falls import ranges
from juncture.saga.stored.written import as_bytes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, NoReturn

    from juncture.saga.stored.content import Content


class Vectors:
    """The part of a `File` that reads and writes many ranges; the position stays where it is."""

    _content: Content

    def _may(self, access: int) -> None:
        raise NotImplementedError

    def read_v(self, iovecs: Any) -> list[bytes]:
        """Return the bytes of ranges `(offset, length)`, fewer where the file ends."""
        self._may(READ)
        return [self._content.read_at(*_range(each)) for each in _listed(iovecs)]

    def write_v(self, iovecs: Any) -> int:
        """Write pairs `(offset, data)`, and return how many bytes."""
        self._may(WRITE)
        total = 0
        for offset, data in [_piece(each) for each in _listed(iovecs)]:
            self._content.write_at(offset, data)
            total += len(data)
        return total

    def size_p(self, pattern: str) -> int:
        """Return how many bytes a pattern means."""
        return sum(length for _, length in ranges(pattern))

    def read_p(self, pattern: str) -> bytes:
        """Return the bytes that a pattern means."""
        self._may(READ)
        return b"".join(self._content.read_at(*each) for each in list(ranges(pattern)))

    def write_p(self, pattern: str, data: Any) -> int:
        """Write data to the bytes that a pattern means, and return how many."""
        self._may(WRITE)
        content = as_bytes(data)
        places = list(ranges(pattern))
        total = sum(length for _, length in places)
        if total != len(content):
            raise BadParameter(
                f"the pattern {pattern!r} means {total} bytes, and {len(content)} are to be written"
            )
        begin = 0
        for offset, length in places:
            self._content.write_at(offset, content[begin : begin + length])
            begin += length
        return total

    def modes_e(self) -> list[str]:
        """Return the extended modes: stores have none."""
        return []

    def size_e(self, emode: str, spec: str) -> int:
        """Raise BadParameter: there is no extended mode."""
        del spec
        _no_mode(emode)

    def read_e(self, emode: str, spec: str) -> bytes:
        """Raise BadParameter: there is no extended mode."""
        del spec
        _no_mode(emode)

    def write_e(self, emode: str, spec: str, data: Any) -> int:
        """Raise BadParameter: there is no extended mode."""
        del spec, data
        _no_mode(emode)


def _listed(iovecs: Any) -> list[Any]:
    try:
        return list(iovecs)
    except TypeError as error:
        raise BadParameter(f"ranges come in a list, found {iovecs!r}") from error


def _range(each: Any) -> tuple[int, int]:
    offset, length = _pair(each, "(offset, length)")
    if type(offset) is not int or type(length) is not int or offset < 0 or length < 0:
        raise BadParameter(f"a range is `(offset, length)` in bytes, found {each!r}")
    return offset, length


def _piece(each: Any) -> tuple[int, bytes]:
    offset, data = _pair(each, "(offset, data)")
    if type(offset) is not int or offset < 0:
        raise BadParameter(f"an offset is a number of bytes, found {offset!r}")
    return offset, as_bytes(data)


def _pair(each: Any, what: str) -> tuple[Any, Any]:
    try:
        first, second = each
    except (TypeError, ValueError) as error:
        raise BadParameter(f"what is expected is `{what}`, found {each!r}") from error
    return first, second


def _no_mode(emode: str) -> NoReturn:
    raise BadParameter(f"there is no extended mode {emode!r}", hint="`modes_e()` lists those")
