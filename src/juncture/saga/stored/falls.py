"""Regular access patterns of GFD.90, section 4.3 (FALLS): which bytes of a file are meant.

A pattern is `(from, to, stride, repeat)`: the bytes `from` to `to`, and the same again `stride`
bytes further on, `repeat` times in all. A fifth part is a pattern, or several, within each of these
blocks, counted from its first byte: `(0,17,36,6,(0,0,2,6))`.
"""

from __future__ import annotations

from juncture.saga.exceptions import BadParameter

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

_PLAIN = 4


def ranges(pattern: str) -> Iterator[tuple[int, int]]:
    """Yield offset and length of each run of bytes that a pattern means, from the first one on.

    >>> list(ranges("(0,1,10,2)"))
    [(0, 2), (10, 2)]
    >>> list(ranges("(0,17,36,2,(0,0,2,3))"))
    [(0, 1), (2, 1), (4, 1), (36, 1), (38, 1), (40, 1)]

    Raises:
        BadParameter: it is no pattern.
    """
    return _expanded(_read(pattern), pattern)


def _read(pattern: str) -> Any:
    import ast

    try:
        return ast.literal_eval(pattern)
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError) as error:
        raise _wrong(pattern) from error


def _expanded(parts: Any, pattern: str) -> Iterator[tuple[int, int]]:
    if isinstance(parts, tuple) and parts and isinstance(parts[0], tuple):
        for each in parts:  # pyright: ignore[reportUnknownVariableType]
            yield from _expanded(each, pattern)
        return
    first, last, stride, repeat, *inner = _checked(parts, pattern)
    for number in range(repeat):
        start = first + number * stride
        if not inner:
            yield start, last - first + 1
        for each in inner:
            for offset, length in _expanded(each, pattern):
                if offset + length > last - first + 1:
                    raise _wrong(pattern)
                yield start + offset, length


def _checked(parts: Any, pattern: str) -> list[Any]:
    if not isinstance(parts, tuple) or len(parts) < _PLAIN:  # pyright: ignore[reportUnknownArgumentType]
        raise _wrong(pattern)
    found: list[Any] = [*parts]  # pyright: ignore[reportUnknownArgumentType]
    if not all(type(number) is int and number >= 0 for number in found[:_PLAIN]):
        raise _wrong(pattern)
    first, last, stride, repeat = found[:_PLAIN]
    if last < first or (repeat > 1 and stride <= last - first):
        raise _wrong(pattern)
    return found


def _wrong(pattern: str) -> BadParameter:
    return BadParameter(
        f"a pattern is `(from,to,stride,repeat)` with `to` not before `from`, blocks apart, and "
        f"patterns within them as more parts, found {pattern!r}"
    )
