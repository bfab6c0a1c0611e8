"""Errors of `jsonschema` that are ours as well, so that both kinds of caller can catch them.

A module of its own because `jsonschema` takes longer to import than a whole command: it is imported
when there is an error to raise.
"""

from __future__ import annotations

import jsonschema

from juncture.errors import DataError


class DataViolationError(DataError, jsonschema.ValidationError):
    """A document violates its schema, or cannot be read."""

    def __init__(self, message: str, *, hint: str = "") -> None:
        jsonschema.ValidationError.__init__(self, message)
        self.hint = hint


class SchemaFaultError(DataError, jsonschema.SchemaError):
    """A schema is no schema."""

    def __init__(self, message: str, *, hint: str = "") -> None:
        jsonschema.SchemaError.__init__(self, message)
        self.hint = hint


def from_ours(error: DataError) -> DataViolationError | SchemaFaultError:
    """Return what a validator of the existing runtime would have raised."""
    is_schema = isinstance(error.__cause__, jsonschema.SchemaError)
    kind = SchemaFaultError if is_schema else DataViolationError
    return kind(error.message, hint=error.hint)
