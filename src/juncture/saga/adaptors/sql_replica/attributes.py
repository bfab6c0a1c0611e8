"""Attributes of logical files and directories, and searches by them (GFD.90, section 4.4).

A value is text, or a list of texts. In a pattern `name=value` each side has the wildcards of names;
a list matches when one of its texts does. What has no wildcard is looked up by the database.
"""

from __future__ import annotations

from collections.abc import Collection

from juncture.saga.adaptors.sql_replica.catalogue import as_bytes, as_text, span
from juncture.saga.exceptions import BadParameter, DoesNotExist
from juncture.saga.stored.patterns import spelled_out

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from juncture.saga.adaptors.sql_replica.catalogue import Catalogue, Entry

Value = str | list[str]

_SINGLE = -1
"""The place of a text that is in no list; an empty list has one row without a value."""
_HEAD_BYTES = 64
_WILD = frozenset("*?[{")


class Pattern:
    """One pattern for an attribute: `name` or `name=value`."""

    def __init__(self, text: str) -> None:
        self.key, self._equals, self.value = text.partition("=")
        self._is_key = matcher(self.key)
        self._is_value = matcher(self.value)

    def matches(self, key: str, value: Value) -> bool:
        """Say whether an attribute matches."""
        if not self._is_key(key):
            return False
        texts = [value] if isinstance(value, str) else value
        return not self._equals or any(self._is_value(text) for text in texts)

    def paths(self, catalogue: Catalogue, folder: Entry) -> set[str]:
        """Return the paths below a directory of what has such an attribute."""
        within = span(folder.path)
        if _WILD.intersection(self.key):
            rows = catalogue.connection.rows("with-attributes", **within)
        elif not self.value or _WILD.intersection(self.value):
            rows = catalogue.connection.rows("with-key", key=as_bytes(self.key), **within)
        else:
            value = as_bytes(self.value)
            rows = catalogue.connection.rows(
                "with-value",
                key=as_bytes(self.key),
                value=value,
                head=value[:_HEAD_BYTES],
                **within,
            )
            return {as_text(path) for (path,) in rows}
        return {
            as_text(path)
            for path, key, value in rows
            if self.matches(as_text(key), [] if value is None else as_text(value))
        }


def patterns_of(given: Any) -> list[Pattern]:
    """Return the patterns that a caller gave: one, several, or with None no one."""
    if given is None or given == "":
        return []
    several = isinstance(given, Collection) and not isinstance(given, (str, bytes))
    texts: list[Any] = [*given] if several else [given]
    for text in texts:
        if not isinstance(text, str):
            raise BadParameter(f"a pattern for attributes is text, found {text!r}")
    return [Pattern(text) for text in texts]


def matcher(pattern: str) -> Any:
    """Return a function that says whether a text matches."""
    if not _WILD.intersection(pattern):
        return pattern.__eq__
    import fnmatch
    import re

    return re.compile("|".join(fnmatch.translate(each) for each in spelled_out(pattern))).match


def replace(catalogue: Catalogue, entry: Entry, key: str, rows: list[dict[str, Any]]) -> None:
    """Let an attribute have other rows, those of `rows_of`; without any it is gone."""
    catalogue.connection.change("remove-attribute", entry=entry.id, key=as_bytes(key))
    catalogue.connection.change_many("add-attribute", [{"entry": entry.id, **row} for row in rows])


def rows_of(key: str, value: Any) -> list[dict[str, Any]]:
    """Return an attribute as the database has it.

    Raises:
        BadParameter: the name or the value is not one that an attribute can have.
    """
    if not is_name(key):
        raise BadParameter(f"the name of an attribute is text without `=`, found {key!r}")
    name = as_bytes(key)
    if not isinstance(value, (list, tuple)):
        return [{"key": name, "place": _SINGLE, "value": _text(key, value)}]
    values: list[Any] = [*value]  # pyright: ignore[reportUnknownArgumentType]
    if not values:
        return [{"key": name, "place": 0, "value": None}]
    return [
        {"key": name, "place": place, "value": _text(key, each)}
        for place, each in enumerate(values)
    ]


def is_name(key: object) -> bool:
    """Say whether an attribute can have a name."""
    return isinstance(key, str) and key != "" and "=" not in key


def values(catalogue: Catalogue, entry: Entry) -> dict[str, Value]:
    """Return all attributes."""
    return by_name(catalogue.connection.rows("attributes", entry=entry.id))


def by_name(found: Iterable[tuple[Any, ...]]) -> dict[str, Value]:
    """Return attributes from rows of name, place and text."""
    rows: dict[str, list[tuple[int, bytes | None]]] = {}
    for key, place, text in found:
        rows.setdefault(as_text(key), []).append((place, text))
    return {key: _value(each) for key, each in rows.items()}


def missing(path: str, key: object) -> DoesNotExist:
    """Return the failure for an attribute that a name does not have."""
    return DoesNotExist(f"`{path}` has no attribute `{key}`")


def _value(rows: list[tuple[int, bytes | None]]) -> Value:
    texts = [as_text(text) for _, text in rows if text is not None]
    return texts[0] if rows[0][0] == _SINGLE else texts


def _text(key: str, value: Any) -> bytes:
    if isinstance(value, (int, float)):
        return str(value).encode()
    if not isinstance(value, str):
        raise BadParameter(
            f"the attribute `{key}` holds text, numbers or a list of them, found {value!r}"
        )
    return as_bytes(value)
