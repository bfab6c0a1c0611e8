"""An object and attributes under a name."""

from __future__ import annotations

from juncture.saga import namespace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class Entry(namespace.Entry):
    """An advert; see `namespace.Entry`."""

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
