"""Read YAML 1.2 with the core schema (yaml.org/spec/1.2.2, chapter 10.3) as JSON-like data.

PyYAML scans and parses; what a scalar means is decided here, because PyYAML's own tables are those
of YAML 1.1 (`yes` is true, `12:30` is 750, `1e3` is text). Values are built from its events on an
own stack: its composers recurse in C, and a text of opening brackets crashes the process.

Kept out: tags that JSON has no word for, keys that are not text, keys given twice, anchors that
contain themselves, aliases that multiply. Beyond the core schema the merge key `<<` is understood.
"""

from __future__ import annotations

import re

import yaml

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any, TypeAlias

    Event: TypeAlias = Any  # the stubs of PyYAML know no attributes of events

MAX_DEPTH = 500
"""Deepest nesting that is read."""

MAX_VALUES = 10_000_000
"""Most values that aliases may make of a document once they are written out."""

_TAG = "tag:yaml.org,2002:"

_WORDS: dict[str, bool | float | None] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **dict.fromkeys((".nan", ".NaN", ".NAN"), float("nan")),
    **{
        sign + word: float(f"{sign}inf")
        for sign in ("", "+", "-")
        for word in (".inf", ".Inf", ".INF")
    },
}

_NUMBERS: tuple[tuple[re.Pattern[str], Callable[[str], float]], ...] = (
    (re.compile(r"[-+]?[0-9]+"), int),
    (re.compile(r"0o[0-7]+|0x[0-9a-fA-F]+"), lambda text: int(text, 0)),
    (re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?"), float),
)

_SCALAR_TAGS: dict[str, tuple[type, ...]] = {
    _TAG + "null": (type(None),),
    _TAG + "bool": (bool,),
    _TAG + "int": (int,),
    _TAG + "float": (int, float),
}

_KEY_HINT = "put the key into quotes"
_TAG_HINT = "the tags are !!null, !!bool, !!int, !!float, !!str, !!seq and !!map"

_SURROGATE_ESCAPE = re.compile(r"\\u[dD][89a-fA-F]")


class YamlError(Exception):
    """The text is not YAML, or says what data cannot be.

    Args:
        what: What is wrong, without any value of the document.
        line: Where, from 1.
        column: Where, from 1.
        is_syntax: Whether the text is not YAML at all.
        hint: What to do about it, or empty.
    """

    def __init__(
        self, what: str, line: int, column: int, *, is_syntax: bool = False, hint: str = ""
    ) -> None:
        super().__init__(what)
        self.what = what
        self.line = line
        self.column = column
        self.is_syntax = is_syntax
        self.hint = hint


def parse(text: str) -> object:
    """Return the value of a text's one document, an empty object where it has none.

    Raises:
        YamlError: see the class.
    """
    builder = _Builder()
    try:
        for event in _events(text):
            builder.take(event)
    except yaml.reader.ReaderError as error:
        at = max(text.find(chr(error.character)), 0)
        line, column = text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at)
        raise YamlError(
            "a character that may not be in YAML", line, column, is_syntax=True
        ) from None
    except yaml.MarkedYAMLError as error:
        line, column = _position(error.problem_mark or error.context_mark, text)
        problem = error.problem or error.context or "it cannot be read"
        what = re.sub(r"'[^']*'", _without_text, problem)
        raise YamlError(what, line, column, is_syntax=True) from None
    return builder.document


def _without_text(quoted: re.Match[str]) -> str:
    """Keep a quoted mark such as ',', and nothing that may be a part of the document."""
    return quoted[0] if len(quoted[0]) <= len("'x'") else "'…'"


def _position(mark: yaml.Mark | None, text: str) -> tuple[int, int]:
    """Return line and column from 1; the end of the text is on its last line."""
    if mark is None:
        return 1, 1
    lines = text.split("\n")
    if mark.line >= len(lines):
        return len(lines), len(lines[-1]) + 1
    return mark.line + 1, mark.column + 1


def _events(text: str) -> Iterator[Event]:
    """Parse with the C library where there is one; it takes no halves of surrogate pairs."""
    library: Any = yaml
    loader = library.SafeLoader
    if not _SURROGATE_ESCAPE.search(text):
        loader = getattr(library, "CSafeLoader", loader)
    events: Iterator[Event] = library.parse(text, Loader=loader)
    return events


def _refused(event: Event, what: str, hint: str = "") -> YamlError:
    mark = event.start_mark
    return YamlError(what, mark.line + 1, mark.column + 1, hint=hint)


class _Open:
    """A list or an object that is being read."""

    __slots__ = ("anchor", "is_merging", "merged", "pending", "size", "value")

    def __init__(self, value: list[Any] | dict[str, Any], anchor: str | None) -> None:
        self.value = value
        self.anchor = anchor
        self.size = 1
        self.pending: str | None = None  # the key whose value comes next
        self.is_merging = False  # the value of `<<` comes next
        self.merged: list[dict[str, Any]] = []  # what `<<` brought, first wins

    def wants_key(self) -> bool:
        return isinstance(self.value, dict) and self.pending is None and not self.is_merging

    def close(self) -> None:
        """Give an object what it merges; its own keys win."""
        if isinstance(self.value, dict):
            for merged in self.merged:
                for key, value in merged.items():
                    self.value.setdefault(key, value)


class _Builder:
    """Turn the events of one document into its value."""

    def __init__(self) -> None:
        self.document: object = {}
        self._documents = 0
        self._stack: list[_Open] = []
        self._anchors: dict[str, tuple[object, int]] = {}

    def take(self, event: Event) -> None:
        """Take the next event of the parser."""
        if isinstance(event, yaml.ScalarEvent):
            self._take_scalar(event)
        elif isinstance(event, yaml.CollectionStartEvent):
            self._open(event)
        elif isinstance(event, yaml.CollectionEndEvent):
            self._close(event)
        elif isinstance(event, yaml.AliasEvent):
            self._take_alias(event)
        elif isinstance(event, yaml.DocumentStartEvent):
            self._documents += 1
            if self._documents > 1:
                raise _refused(event, "a second document begins")

    def _take_scalar(self, event: Event) -> None:
        plain = event.tag is None and event.implicit[0]
        if plain and event.value == "<<" and self._stack and self._stack[-1].wants_key():
            self._stack[-1].is_merging = True
            return
        value = _scalar(event) if event.tag or plain else _text(event)
        if event.anchor:
            self._anchors[event.anchor] = (value, 1)
        self._put(value, 1, event)

    def _open(self, event: Event) -> None:
        is_list = isinstance(event, yaml.SequenceStartEvent)
        if event.tag not in (None, "!", _TAG + ("seq" if is_list else "map")):
            raise _refused(event, "a tag that JSON has no word for", _TAG_HINT)
        if self._stack and self._stack[-1].wants_key():
            raise _refused(event, "a key that is not text", _KEY_HINT)
        if len(self._stack) == MAX_DEPTH:
            raise _refused(event, f"it is nested deeper than {MAX_DEPTH} levels")
        self._stack.append(_Open([] if is_list else {}, event.anchor))

    def _close(self, event: Event) -> None:
        top = self._stack.pop()
        top.close()
        if top.anchor:
            self._anchors[top.anchor] = (top.value, top.size)
        self._put(top.value, top.size, event)

    def _take_alias(self, event: Event) -> None:
        if any(parent.anchor == event.anchor for parent in self._stack):
            raise _refused(event, "an alias stands inside of what it names")
        if event.anchor not in self._anchors:
            raise _refused(event, "an alias names nothing")
        value, size = self._anchors[event.anchor]
        if size > MAX_VALUES:
            raise _refused(event, f"aliases stand for more than {MAX_VALUES} values")
        self._put(value, size, event)

    def _put(self, value: object, size: int, event: Event) -> None:
        """Put a whole value where the document has it: as a key, behind a key, in a list."""
        if not self._stack:
            self.document = value
            return
        top = self._stack[-1]
        top.size += size
        if isinstance(top.value, list):
            top.value.append(value)
        elif top.is_merging:
            top.is_merging = False
            top.merged += _to_merge(value, event)
        elif top.pending is None:
            top.pending = _key(value, top.value, event)
        else:
            top.value[top.pending] = value
            top.pending = None


def _to_merge(value: object, event: Event) -> list[dict[str, Any]]:
    values: list[Any] = value if isinstance(value, list) else [value]  # pyright: ignore[reportUnknownVariableType]
    if not all(isinstance(one, dict) for one in values):
        raise _refused(event, "`<<` takes an object or a list of objects")
    return values


def _key(value: object, siblings: dict[str, Any], event: Event) -> str:
    if not isinstance(value, str):
        raise _refused(event, "a key that is not text", _KEY_HINT)
    if value in siblings:
        raise _refused(event, f"key {value!r} stands twice in one object", "remove one of the two")
    return value


def _scalar(event: Event) -> str | bool | float | None:
    """Return what a plain or a tagged scalar means."""
    if event.tag in ("!", _TAG + "str"):
        return _text(event)
    types = _SCALAR_TAGS.get(event.tag)
    if event.tag and types is None:
        raise _refused(event, "a tag that JSON has no word for", _TAG_HINT)
    try:
        value = _resolve(event.value)
    except ValueError:  # int() limits the digits it converts
        raise _refused(event, "a number of too many digits") from None
    if types is None:
        return value
    if type(value) not in types:
        raise _refused(event, "a value that is not what its tag says")
    return float(value) if event.tag == _TAG + "float" and value is not None else value


def _resolve(text: str) -> str | bool | float | None:
    """Return what plain text means in the core schema."""
    if text in _WORDS:
        return _WORDS[text]
    if text[0] in "+-.0123456789":
        for pattern, convert in _NUMBERS:
            if pattern.fullmatch(text):
                return convert(text)
    return text


def _text(event: Event) -> str:
    """Return the text of a scalar, two escaped halves of a surrogate pair as their character."""
    text: str = event.value
    if text.isascii():
        return text
    try:
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le")
    except UnicodeDecodeError:
        what = "an escape from `\\ud800` to `\\udfff` without its partner"
        raise _refused(event, what) from None
