"""Check init data and run data against the JSON schemas of an adaptor.

The schema is the adaptor author's, any draft that `jsonschema` knows. References resolve inside of
the schema and nothing is ever fetched. A violation is reported with
its place and with what was expected. Data may hold secrets: of the data itself an error shows keys
and kinds, never a value.

`jsonschema` takes longer to import than a whole command takes otherwise, so it is imported with the
first check.
"""

from __future__ import annotations

import os

from juncture.errors import DataError
from juncture.runtime import data

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from typing import Any, TypeAlias

    Violation: TypeAlias = Any  # jsonschema's ValidationError, most of which has no type

INIT_DATA_SCHEMA = "init_data.schema.json"
RUN_DATA_SCHEMA = "run_data.schema.json"

_TYPES = {
    # what Python decodes it to: what a schema calls it
    bool: "boolean",
    int: "integer",
    float: "number",
    str: "string",
    list: "array",
    dict: "object",
    type(None): "null",
}

_SHOWN = 3
"""Violations that are spelled out; the others are counted."""

_LIMITS = {
    # keyword: what was expected, with the schema's value
    "const": "exactly {}",
    "enum": "one of {}",
    "minimum": "at least {}",
    "exclusiveMinimum": "more than {}",
    "maximum": "at most {}",
    "exclusiveMaximum": "less than {}",
    "multipleOf": "a multiple of {}",
    "minLength": "at least {} characters",
    "maxLength": "at most {} characters",
    "minItems": "at least {} items",
    "maxItems": "at most {} items",
    "minProperties": "at least {} keys",
    "maxProperties": "at most {} keys",
    "pattern": "text that matches {}",
    "format": "text in the format {}",
}

_PHRASES = {
    "None": "nothing where the schema says `false`",
    "uniqueItems": "items that are all different",
    "contains": "an item as the schema describes it",
    "anyOf": "one of the forms the schema allows",
    "oneOf": "exactly one of the forms the schema allows",
    "not": "anything but the form the schema excludes",
    "propertyNames": "keys as the schema allows them",
}


class AdaptorDataValidator:
    """Check one kind of data against one schema.

    Args:
        schema: The JSON schema.
        name: What the data is, for errors: `run data`.
    """

    def __init__(self, schema: Mapping[str, Any], *, name: str = "data") -> None:
        self.schema = schema
        self._name = name
        self._checker: Any = None

    @classmethod
    def from_schema_file(
        cls, schema_path: str | os.PathLike[str], *, name: str = "data"
    ) -> AdaptorDataValidator:
        """Read the schema from a file.

        Raises:
            DataError: the file cannot be read or holds no object.
        """
        path = os.fspath(schema_path)
        text = data.read_file(path, f"the schema of the {name}")
        schema = data.parse_document(text, f"the schema {path}", hint="write a JSON schema")
        return cls(schema, name=name)

    def validate(self, document: str | dict[str, Any]) -> None:
        """Check a document.

        Args:
            document: The data, or its text or `file://PATH`.

        Raises:
            DataError: the document violates the schema or cannot be read, or the schema is no
                schema.
        """
        if isinstance(document, str):
            document = data.load_data(document, name=self._name)
        elif not isinstance(document, dict):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise DataError(
                f"{self._name} must be an object, found {data.kind(document)}",
                hint="hand over a dict, or text",
            )
        found = self._violations(document)
        if not found:
            return
        shown = "; ".join(found[:_SHOWN])
        more = len(found) - _SHOWN
        raise DataError(
            f"the {self._name} violates its schema: {shown}"
            + (f"; and {more} more violation{'s' * (more > 1)}" if more > 0 else ""),
            hint=f"correct the {self._name}; `$` is the whole of it",
        )

    def _violations(self, document: dict[str, Any]) -> list[str]:
        """Return one phrase for every violation, in the order of the places."""
        from referencing.exceptions import Unresolvable

        try:
            errors: list[Violation] = sorted(self._open().iter_errors(document), key=_place)
        except Unresolvable as error:
            raise self._schema_error("it refers to what is not in it") from error
        except RecursionError as error:
            raise self._schema_error("it refers to itself without end") from error
        return list(dict.fromkeys(_describe(error) for error in errors))

    def _open(self) -> Any:
        if self._checker is None:
            import jsonschema
            from referencing.jsonschema import EMPTY_REGISTRY

            library: Any = jsonschema
            class_ = library.validators.validator_for(
                self.schema, default=library.Draft202012Validator
            )
            try:
                class_.check_schema(self.schema)
            except library.SchemaError as error:
                raise self._schema_error(f"{error.json_path}: {error.message}") from error
            # Without a registry of its own jsonschema would fetch references from the network.
            self._checker = class_(self.schema, registry=EMPTY_REGISTRY)
        return self._checker

    def _schema_error(self, what: str) -> DataError:
        return DataError(
            f"the schema of the {self._name} cannot be used: {what}",
            hint="this is a fault of the adaptor; correct its schema",
        )


class AdaptorDataValidators:
    """The two validators of an adaptor.

    Args:
        init_data: Checks what `on_start` will find.
        run_data: Checks what every `on_run` is given.
    """

    def __init__(self, init_data: AdaptorDataValidator, run_data: AdaptorDataValidator) -> None:
        self.init_data = init_data
        self.run_data = run_data

    @classmethod
    def for_adaptor(cls, schema_dir: str | os.PathLike[str]) -> AdaptorDataValidators:
        """Read `init_data.schema.json` and `run_data.schema.json` from a directory.

        Raises:
            DataError: one of the files cannot be read or holds no object.
        """
        read = AdaptorDataValidator.from_schema_file
        folder = os.fspath(schema_dir)
        return cls(
            read(f"{folder}{os.sep}{INIT_DATA_SCHEMA}", name="init data"),
            read(f"{folder}{os.sep}{RUN_DATA_SCHEMA}", name="run data"),
        )


def _place(error: Violation) -> list[tuple[int, str]]:
    """Sort key: list indices as numbers, keys as text."""
    return [(p, "") if isinstance(p, int) else (-1, p) for p in error.absolute_path]


def _describe(error: Violation) -> str:
    return f"{error.json_path}: {_expectation(error)}"


def _expectation(error: Violation) -> str:
    """Return what was expected, from the schema; of the data only keys and kinds."""
    keyword, wanted, found = str(error.validator), error.validator_value, error.instance
    if keyword == "type":
        types = [wanted] if isinstance(wanted, str) else wanted
        return f"expected {' or '.join(types)}, found {_type_name(found)}"
    if keyword == "required":
        return "missing " + _names(key for key in wanted if key not in found)
    if keyword == "additionalProperties" and wanted is False:
        return "unknown " + _names(_extras(error))
    if keyword in _LIMITS:
        shown = repr(wanted)[1:-1] if keyword == "enum" else repr(wanted)
        return "expected " + _LIMITS[keyword].format(shown)
    return f"expected {_PHRASES.get(keyword, f'what `{keyword}` of the schema says')}"


def _type_name(value: object) -> str:
    return next((name for type_, name in _TYPES.items() if isinstance(value, type_)), "another")


def _names(keys: Iterable[str]) -> str:
    names = [f"`{key}`" for key in keys]
    return ("key " if len(names) == 1 else "keys ") + ", ".join(names)


def _extras(error: Violation) -> Iterator[str]:
    """Return the keys of an object for which its schema has no word."""
    import re

    schema: Any = error.schema
    known: dict[str, Any] = schema.get("properties", {})
    patterns: dict[str, Any] = schema.get("patternProperties", {})
    for key in error.instance:
        if key not in known and not any(re.search(pattern, key) for pattern in patterns):
            yield key
