"""What callers give: bytes as they are, text as UTF-8, and whole numbers."""

from __future__ import annotations

import operator

from juncture.saga.exceptions import BadParameter

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def as_bytes(data: Any) -> bytes:
    """Return what is to be written; escaped bytes in text are the bytes they were (PEP 383).

    Raises:
        BadParameter: it is neither bytes nor text, or text that no bytes stand for.
    """
    if isinstance(data, bytes):
        return data
    if isinstance(data, str):
        try:
            return data.encode("utf-8", "surrogateescape")
        except UnicodeEncodeError as error:
            raise BadParameter(f"the text cannot be written as UTF-8: {error}") from error
    if isinstance(data, (bytearray, memoryview)):
        return bytes(data)  # pyright: ignore[reportUnknownArgumentType]
    raise BadParameter(f"what is written is bytes or text, not {type(data).__name__}")


def whole(number: Any, what: str) -> int:
    """Return a whole number, of whatever type it is.

    Raises:
        BadParameter: it is none.
    """
    try:
        return operator.index(number)
    except TypeError as error:
        raise BadParameter(f"{what} is a whole number, found {number!r}") from error
