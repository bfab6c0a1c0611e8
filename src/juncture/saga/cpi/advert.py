"""The CPIs of `advert.Entry` and `advert.Directory`: small data under names, for a while."""

from __future__ import annotations

from juncture.saga.cpi import namespace
from juncture.saga.cpi.decorators import stub

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class Entry(namespace.Entry):
    """An object and attributes under a name."""

    cpi_type = "advert.Entry"

    @stub
    def set_ttl(self, ttl: float | None = None) -> None:
        """Let the entry end after so many seconds; None means never."""

    @stub
    def get_ttl(self) -> Any:
        """Return the seconds that are left, or None."""

    @stub
    def store_object(self, obj: Any) -> None:
        """Keep an object."""

    @stub
    def retrieve_object(self) -> Any:
        """Return the object that is kept."""

    @stub
    def delete_object(self) -> None:
        """Keep no object any more."""


class Directory(namespace.Directory):
    """A folder of adverts."""

    cpi_type = "advert.Directory"

    @stub
    def set_ttl(self, tgt: Any = None, ttl: float | None = None) -> None:
        """Let the target end after so many seconds; None means never."""

    @stub
    def get_ttl(self, tgt: Any = None) -> Any:
        """Return the seconds that the target has left, or None."""

    @stub
    def find(self, pattern: str, attr_pattern: Any = None, obj_type: Any = None) -> Any:  # pyright: ignore[reportIncompatibleMethodOverride] # GFD.177 has it so
        """Return names below the folder by name, attributes and kind of object."""
