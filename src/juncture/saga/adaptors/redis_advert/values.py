"""Values as the server has them: JSON (RFC 8259) and bytes, each with its kind in front.

What comes out is what went in: a value that JSON would turn into another one is refused, but for a
tuple, which comes back as a list. Nothing that is read here can run code.
"""

from __future__ import annotations

import json

from juncture.saga.exceptions import BadParameter, NoSuccess

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

TYPES = ("str", "int", "float", "bool", "list", "dict", "bytes", "NoneType")
"""The types of objects, by the names that Python has for them."""

_BYTES = b"b"
_JSON = b"j"


def encoded(value: Any, what: str) -> bytes:
    """Return a value as it is kept.

    Raises:
        BadParameter: it would not come out as it goes in.
    """
    if isinstance(value, (bytes, bytearray, memoryview)):
        return _BYTES + bytes(value)  # pyright: ignore[reportUnknownArgumentType]
    try:
        text = json.dumps(value, allow_nan=False, separators=(",", ":"))
    except (TypeError, ValueError, RecursionError) as error:
        raise _refused(what, str(error)) from error
    _check_keys(value, what)
    return _JSON + text.encode()


def decoded(data: bytes) -> Any:
    """Return the value that was kept.

    Raises:
        NoSuccess: another program has written something else there.
    """
    if data[:1] == _BYTES:
        return data[1:]
    try:
        return json.loads(data[1:])
    except ValueError as error:
        raise NoSuccess(f"a value on the server is neither bytes nor JSON: {error}") from error


def type_name(value: Any) -> str:
    """Return the name of the type in which a value comes out."""
    if isinstance(value, (bytes, bytearray, memoryview)):
        return "bytes"
    for kind in (bool, int, float, str, dict):
        if isinstance(value, kind):
            return kind.__name__
    return "NoneType" if value is None else "list"


def wanted_type(kind: Any) -> str | None:
    """Return the name of a type that objects are looked for by: a type, its name, or None.

    Raises:
        BadParameter: no object can be of it.
    """
    if kind is None:
        return None
    name = kind.__name__ if isinstance(kind, type) else kind
    if name not in TYPES:
        raise BadParameter(
            f"objects are of one of the types {', '.join(TYPES)}, found {name!r}",
        )
    return str(name)


def texts(value: Any) -> list[str]:
    """Return the texts of a value that patterns are held against."""
    if isinstance(value, dict):
        return [f"{key}={item}" for key, item in value.items()]  # pyright: ignore[reportUnknownVariableType]
    if isinstance(value, list):
        return [str(item) for item in value]  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
    if isinstance(value, bytes):
        return [value.decode("utf-8", "surrogateescape")]
    return [str(value)]


def _check_keys(value: Any, what: str) -> None:
    if isinstance(value, dict):
        for key, item in value.items():  # pyright: ignore[reportUnknownVariableType]
            if not isinstance(key, str):
                raise _refused(what, f"the key {key!r} of a dictionary is no text")
            _check_keys(item, what)
    elif isinstance(value, (list, tuple)):
        for item in value:  # pyright: ignore[reportUnknownVariableType]
            _check_keys(item, what)


def _refused(what: str, why: str) -> BadParameter:
    return BadParameter(
        f"{what} is bytes or a value that JSON has: {why}",
        hint="store text, numbers, lists, dictionaries with text as keys, or bytes",
    )
