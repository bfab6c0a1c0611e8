"""Names that a file may have; they are the kit's."""

from juncture.testing.file_names import NAMES

__all__ = ["NAMES"]
