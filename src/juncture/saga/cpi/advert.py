"""The CPIs of `advert.Entry` and `advert.Directory`: small data under names, for a while."""

from __future__ import annotations

from juncture.saga.constants import RECURSIVE
from juncture.saga.cpi import namespace
from juncture.saga.cpi.base import Base
from juncture.saga.cpi.decorators import stub

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class Attributed(Base):
    """What entries and directories declare alike."""

    cpi_type = "advert.Attributed"

    @stub
    def set_attribute(self, key: str, val: Any, ttl: float | None = None) -> None:
        """Set an attribute, which may end after so many seconds; None takes it away."""

    @stub
    def get_attribute(self, key: str) -> Any:
        """Return an attribute's value."""

    @stub
    def remove_attribute(self, key: str) -> None:
        """Take an attribute away."""

    @stub
    def get_attributes(self) -> Any:
        """Return all attributes: `{name: value}`."""

    @stub
    def list_attributes(self) -> Any:
        """Return the names of the attributes."""

    @stub
    def find_attributes(self, pattern: str) -> Any:
        """Return the names of attributes that match `name` or `name=value`."""

    @stub
    def attribute_exists(self, key: str) -> Any:
        """Return whether there is an attribute of this name."""

    @stub
    def add_callback(self, key: str, cb: Any) -> Any:
        """Have `cb(object, key, value)` called at changes; return a number that is not 0."""

    @stub
    def remove_callback(self, key: str, id: int | None = None) -> None:  # noqa: A002 - SAGA has it
        """Forget one callback, or all of the key's when `id` is None."""


class Entry(namespace.Entry, Attributed):
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


class Directory(namespace.Directory, Attributed):
    """A folder of adverts."""

    cpi_type = "advert.Directory"

    @stub
    def set_ttl(self, tgt: Any = None, ttl: float | None = None) -> None:
        """Let the target end after so many seconds; None means never."""

    @stub
    def get_ttl(self, tgt: Any = None) -> Any:
        """Return the seconds that the target has left, or None."""

    @stub
    def find(  # type: ignore[override] # GFD.177 has it so
        self,
        pattern: str,
        attr_pattern: Any = None,
        obj_type: Any = None,
        flags: int = RECURSIVE,
    ) -> Any:
        """Return names below the folder by name, attributes and kind of object."""
