"""An object and attributes under a name."""

from __future__ import annotations

from juncture.saga import namespace
from juncture.saga.advert.attributed import Attributed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class Entry(Attributed, namespace.Entry):
    """An advert; see `namespace.Entry`.

    `entry["name"]` is an attribute, `entry.object` the object, `entry.ttl` the seconds left. Opened
    with READ alone it changes nothing, with WRITE alone it reads nothing; TRUNCATE takes away what
    it holds.
    """

    _api_type = "advert.Entry"

    __slots__ = ()

    def set_ttl(self, ttl: float | None = None, ttype: int | None = None) -> Any:
        """Let it end after so many seconds; None means never."""
        return self._call("set_ttl", ttype, ttl)

    def get_ttl(self, ttype: int | None = None) -> Any:
        """Return the seconds that are left, or None."""
        return self._call("get_ttl", ttype)

    def store_object(self, obj: Any, ttype: int | None = None) -> Any:
        """Keep an object."""
        return self._call("store_object", ttype, obj)

    def retrieve_object(self, ttype: int | None = None) -> Any:
        """Return the object that is kept."""
        return self._call("retrieve_object", ttype)

    def delete_object(self, ttype: int | None = None) -> Any:
        """Keep no object any more."""
        return self._call("delete_object", ttype)

    ttl = property(get_ttl, set_ttl, doc="The seconds that are left, or None.")
    object = property(retrieve_object, store_object, delete_object, doc="The object that is kept.")
