"""Read a document of data: inline text or `file://PATH`, JSON first, YAML second.

The front end calls `read_text`, the daemon `parse_document`, so that data travels as the text its
author wrote and is decoded once. What comes out is what JSON can say: objects with text keys,
lists, text, numbers, booleans, null. Data may hold secrets, so an error names positions and keys
and never quotes a value.

Text that is JSON (RFC 8259; also `NaN` and `Infinity`, as Python writes them) is never read as
YAML. YAML is version 1.2 with the core schema: `yes` and `12:30` are text, `1e3` is a number, `010`
is ten. Beyond the core schema the merge key `<<` works, since people use it. Keys are unique, and a
tag that JSON has no word for is refused.
"""

from __future__ import annotations

import os

from juncture.errors import DataError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from json import JSONDecodeError
    from typing import Any

FILE_PREFIX = "file://"

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"

_DATA_HINT = 'write {"key": value}, or `file://PATH` to read a file'

_FIX_HINT = "correct the document"

_KINDS = (
    (bool, "a boolean"),
    (int, "a number"),
    (float, "a number"),
    (str, "text"),
    (list, "a list"),
    (dict, "an object"),
)


def load_data(argument: str, *, name: str, cwd: str | None = None) -> dict[str, Any]:
    """Read a document that is given inline or as `file://PATH`.

    Args:
        argument: See `read_text`.
        name: What the data is, for errors: `run data`.
        cwd: Directory a relative PATH starts from; None means that of the process.

    Raises:
        DataError: as `read_text` and `parse_document` raise it.
    """
    text = read_text(argument, name, cwd=cwd)
    if argument.startswith(FILE_PREFIX):
        name = f"{name} in {argument.removeprefix(FILE_PREFIX)}"
    return parse_document(text, name)


def read_text(argument: str, name: str, *, cwd: str | None = None) -> str:
    """Return the text of a document without looking into it.

    Args:
        argument: The text itself, or `file://` and a path: everything behind the prefix, nothing
            decoded, relative paths allowed.
        name: What the data is, for errors.
        cwd: Directory a relative path starts from; None means that of the process.

    Raises:
        DataError: the file cannot be read or is not UTF-8.
    """
    if not argument.startswith(FILE_PREFIX):
        return argument
    path = argument.removeprefix(FILE_PREFIX)
    return read_file(os.path.join(cwd, path) if cwd else path, f"the file of the {name}")  # noqa: PTH118


def read_file(path: str | os.PathLike[str], name: str) -> str:
    """Return the text of a UTF-8 file, without a byte order mark.

    Args:
        path: The file.
        name: What the file is, for errors: `the file of the run data`.

    Raises:
        DataError: the file is missing, a directory, unreadable or not UTF-8.
    """
    try:
        with open(path, "rb") as file:  # noqa: PTH123  pathlib is not worth its import here
            return file.read().removeprefix(_BYTE_ORDER_MARK).decode()
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise DataError(
            f"{name}, {os.fspath(path)}, is not UTF-8 on line {line}",
            hint="save the file as UTF-8",
        ) from error
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        reason = getattr(error, "strerror", None) or "not a path"
        raise DataError(
            f"{name}, {os.fspath(path)}, cannot be read: {reason}",
            hint="name a file that exists and that you may read",
        ) from error


def parse_document(text: str, name: str, *, hint: str = _DATA_HINT) -> dict[str, Any]:
    """Return the object that a JSON or YAML text says.

    Args:
        text: The document; empty text, or YAML with nothing but comments, is an empty object.
        name: What the data is, for errors: `run data`.
        hint: What to do about text that is no object.

    Raises:
        DataError: the text is neither JSON nor YAML, not an object, or holds what JSON cannot say;
            names line and column where there is one, and no value.
    """
    if not text.strip():
        return {}
    document = _parse(text, name, hint)
    if isinstance(document, dict):
        return document  # pyright: ignore[reportUnknownVariableType]
    raise DataError(f"{name} must be an object, found {kind(document)}", hint=hint)


def kind(value: object) -> str:
    """Return what a decoded value is in the words of a document: `a list`, `text`, …."""
    return next((words for type_, words in _KINDS if isinstance(value, type_)), "null")


class _UnusableError(Exception):
    """Text is JSON and yet says something that data cannot be."""


def _parse(text: str, name: str, hint: str) -> object:
    import json  # a front end that only calls `read_text` does without

    try:
        return _parse_json(text)
    except json.JSONDecodeError as error:
        return _parse_yaml(text, name, hint, error)
    except (_UnusableError, RecursionError, ValueError) as error:
        what = "it holds a number of too many digits"  # int() has a limit, and says ValueError
        if isinstance(error, RecursionError):
            what = "it is nested too deeply"
        elif isinstance(error, _UnusableError):
            what = str(error)
        raise DataError(f"{name} cannot be used: {what}", hint=_FIX_HINT) from None


def _parse_json(text: str) -> object:
    import json

    if not _is_unicode(text):
        raise _UnusableError("it is not UTF-8")
    document = json.loads(text, object_pairs_hook=_unique)
    if "\\u" in text and not _is_unicode(json.dumps(document, ensure_ascii=False)):
        raise _UnusableError("an escape from `\\ud800` to `\\udfff` stands without its partner")
    return document


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    document = dict(pairs)
    if len(document) != len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for at, key in enumerate(keys) if key in keys[:at])
        raise _UnusableError(f"key {twice!r} stands twice in one object")
    return document


def _parse_yaml(text: str, name: str, hint: str, json_error: JSONDecodeError) -> object:
    """Read text that is not JSON; of two failures report the one that came further."""
    from juncture.runtime import core_yaml  # yaml costs more than the rest of a command

    try:
        return core_yaml.parse(text)
    except core_yaml.YamlError as error:
        line, column, what = error.line, error.column, error.what
        in_json = (json_error.lineno, json_error.colno)
        if error.is_syntax and text.lstrip()[0] in "{[" and in_json >= (line, column):
            (line, column), what = in_json, json_error.msg[:1].lower() + json_error.msg[1:]
        verdict = "is neither JSON nor YAML" if error.is_syntax else "cannot be used"
        raise DataError(
            f"{name} {verdict}: line {line}, column {column}: {what}",
            hint=error.hint or (hint if error.is_syntax else _FIX_HINT),
        ) from None


def _is_unicode(text: str) -> bool:
    """Return whether no half of a surrogate pair is in the text, so that UTF-8 can write it."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
