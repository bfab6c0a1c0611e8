"""The CPIs of `replica.LogicalFile` and `replica.LogicalDirectory`: one name, many copies."""

from __future__ import annotations

from juncture.saga.cpi import attributes, namespace
from juncture.saga.cpi.decorators import stub

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class LogicalFile(namespace.Entry, attributes.Attributes):
    """A name for copies of one file in several places."""

    cpi_type = "replica.LogicalFile"

    @stub
    def is_file(self) -> Any:
        """Return whether this is a logical file."""

    @stub
    def get_size(self) -> Any:
        """Return the size in bytes."""

    @stub
    def add_location(self, url: Any) -> None:
        """Say that a copy is at a URL."""

    @stub
    def remove_location(self, url: Any) -> None:
        """Say that no copy is at a URL any more."""

    @stub
    def update_location(self, old: Any, new: Any) -> None:
        """Say that a copy has another URL."""

    @stub
    def list_locations(self) -> Any:
        """Return the URLs of the copies."""

    @stub
    def replicate(self, tgt: Any, flags: int = 0) -> None:
        """Make one more copy."""

    @stub
    def upload(self, src: Any, tgt: Any = None, flags: int = 0) -> None:
        """Make a copy from a file that the catalogue does not know."""

    @stub
    def download(self, tgt: Any, src: Any = None, flags: int = 0) -> None:
        """Bring a copy to a place that the catalogue does not know."""


class LogicalDirectory(namespace.Directory, attributes.Attributes):
    """A folder of logical files."""

    cpi_type = "replica.LogicalDirectory"

    @stub
    def is_file(self, tgt: Any = None) -> Any:
        """Return whether the target is a logical file."""

    @stub
    def get_size(self, tgt: Any = None) -> Any:
        """Return the size of the target in bytes."""

    @stub
    def find(self, pattern: str, attr_pattern: Any = None, flags: int = 0) -> Any:  # type: ignore[override]
        """Return names below the folder by name and attributes."""
