"""Turn what a program assigns into what an attribute holds, or say why it cannot be.

Nothing is lost on the way: 3.7 is no INT, "maybe" is no BOOL, and the text "False" is false.
"""

from __future__ import annotations

from juncture.saga._attributes.row import (
    BOOL,
    DICT,
    ENUM,
    FLOAT,
    INT,
    MASK,
    STRING,
    TIME,
    URL,
    VECTOR,
)
from juncture.saga.exceptions import BadParameter

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any

    from juncture.saga._attributes.row import Attribute

_TRUE = frozenset({"true", "yes", "on", "1"})
_FALSE = frozenset({"false", "no", "off", "0"})


def convert(row: Attribute, value: Any) -> Any:
    """Return `value` as the attribute holds it; lists and dictionaries are new ones.

    Raises:
        BadParameter: the value cannot be read as the attribute's type.
    """
    if row.flavor == VECTOR:
        return [_one(row, item) for item in _items(row, value)]
    if row.flavor == DICT:
        return {str(key): _one(row, item) for key, item in _pairs(row, value)}
    if isinstance(value, (list, tuple)) and row.typ == STRING:
        value = " ".join(str(item) for item in value)  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
    return _one(row, value)


def _one(row: Attribute, value: Any) -> Any:
    reader = _READERS.get(row.typ)
    if reader is None:
        return value
    try:
        return reader(row, value)
    except (TypeError, ValueError, OverflowError) as error:
        if isinstance(error, BadParameter):
            raise
        raise BadParameter(
            f"attribute `{row.key}` holds {_NOUNS[row.typ]}, not {_shown(row, value)}"
        ) from (None if row.secret else error)


def _items(row: Attribute, value: Any) -> Iterable[Any]:
    """Return the items of a vector; one value is a list of one."""
    if isinstance(value, str):
        return value.split() if row.words else [value]
    if isinstance(value, (bytes, dict)) or not hasattr(value, "__iter__"):
        return [value]
    return value  # type: ignore[no-any-return]


def _pairs(row: Attribute, value: Any) -> Iterable[tuple[Any, Any]]:
    if hasattr(value, "keys"):
        return [(key, value[key]) for key in value.keys()]  # noqa: SIM118 - any mapping will do
    items = _split_assignments(value) if isinstance(value, str) else value
    try:
        return [_pair(item) for item in items]
    except (TypeError, ValueError) as error:
        raise BadParameter(
            f"attribute `{row.key}` holds names and values, not {_shown(row, value)}",
            hint="give a dictionary, or a list of `name=value`",
        ) from error


def _pair(item: Any) -> tuple[str, Any]:
    if isinstance(item, str):
        name, equals, value = item.partition("=")
        if not equals or not name.strip():
            raise ValueError(item)
        return name.strip(), value
    name, value = item
    return str(name), value


def _split_assignments(text: str) -> list[str]:
    """Part `a=1:b=2` or `a=1,b=2` where a name begins; `PATH=/bin:/usr/bin` stays whole."""
    parts: list[str] = []
    start = 0
    for index, letter in enumerate(text):
        name, equals, _ = text[index + 1 :].partition("=")
        if letter in ":," and equals and name.strip().isidentifier():
            parts.append(text[start:index])
            start = index + 1
    parts.append(text[start:])
    return [part for part in parts if part.strip()]


def _string(_row: Attribute, value: Any) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)


def _int(_row: Attribute, value: Any) -> int:
    number = int(value)
    if not isinstance(value, (str, bytes)) and number != value:
        raise ValueError(value)
    return number


def _float(_row: Attribute, value: Any) -> float:
    return float(value)


def _bool(_row: Attribute, value: Any) -> bool:
    word = str(value).strip().lower()
    if word in _TRUE or word in _FALSE:
        return word in _TRUE
    raise ValueError(value)


def _enum(row: Attribute, value: Any) -> Any:
    if not row.enums or value in row.enums:
        return value
    for known in row.enums:
        if isinstance(value, str) and str(known).lower() == value.lower():
            return known
    raise BadParameter(
        f"attribute `{row.key}` holds one of {', '.join(map(str, row.enums))}, "
        f"not {_shown(row, value)}"
    )


def _time(_row: Attribute, value: Any) -> float:
    """Return seconds since 1970; a text is ISO 8601, in local time unless it names a zone."""
    if hasattr(value, "timestamp"):
        return float(value.timestamp())
    try:
        return float(value)
    except ValueError:
        import datetime as dt

        return dt.datetime.fromisoformat(value.replace("Z", "+00:00")).timestamp()


def _url(_row: Attribute, value: Any) -> Any:
    from juncture.saga.url import Url

    return Url(value)


def _shown(row: Attribute, value: Any) -> str:
    text = MASK if row.secret else repr(value)
    return text if len(text) <= 60 else text[:57] + "..."  # noqa: PLR2004 - a glance's worth


_READERS: dict[str, Callable[[Attribute, Any], Any]] = {
    STRING: _string,
    INT: _int,
    FLOAT: _float,
    BOOL: _bool,
    ENUM: _enum,
    TIME: _time,
    URL: _url,
}

_NOUNS = {
    STRING: "text",
    INT: "a whole number",
    FLOAT: "a number",
    BOOL: "true or false",
    ENUM: "one of a few values",
    TIME: "a time",
    URL: "a URL",
}
