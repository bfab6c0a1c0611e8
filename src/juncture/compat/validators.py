"""Validators that raise what programs catch: `jsonschema.ValidationError` and `SchemaError`."""

from __future__ import annotations

import os

from juncture import runtime
from juncture.errors import DataError
from juncture.runtime.validators import INIT_DATA_SCHEMA, RUN_DATA_SCHEMA

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from typing_extensions import Self


class AdaptorDataValidator(runtime.AdaptorDataValidator):
    """Check one kind of data; see `juncture.runtime.AdaptorDataValidator`."""

    def validate(self, document: str | dict[str, Any]) -> None:
        """Check a document.

        Args:
            document: The data, or its text or `file://PATH`.

        Raises:
            DataViolationError: the document violates the schema or cannot be read.
            SchemaFaultError: the schema is no schema.
        """
        try:
            super().validate(document)
        except DataError as error:
            from juncture.compat import validation_errors

            raise validation_errors.from_ours(error) from error


class AdaptorDataValidators(runtime.AdaptorDataValidators):
    """The two validators of an adaptor; see `juncture.runtime.AdaptorDataValidators`."""

    @classmethod
    def for_adaptor(cls, schema_dir: str | os.PathLike[str]) -> Self:
        """Read `init_data.schema.json` and `run_data.schema.json` from a directory.

        Raises:
            DataError: one of the files cannot be read or holds no object.
        """
        read = AdaptorDataValidator.from_schema_file
        return cls(
            read(os.path.join(schema_dir, INIT_DATA_SCHEMA), name="init data"),
            read(os.path.join(schema_dir, RUN_DATA_SCHEMA), name="run data"),
        )
