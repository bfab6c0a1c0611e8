"""An object and attributes under a name."""

from __future__ import annotations

from juncture._util.typed import overload
from juncture.saga import namespace
from juncture.saga.advert.attributed import Attributed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from juncture.saga.task.task import Task


class Entry(Attributed, namespace.Entry):
    """An advert; see `namespace.Entry`.

    `entry["name"]` is an attribute, `entry.object` the object, `entry.ttl` the seconds left. Opened
    with READ alone it changes nothing, with WRITE alone it reads nothing; TRUNCATE takes away what
    it holds.
    """

    _api_type = "advert.Entry"

    __slots__ = ()

    @overload
    def set_ttl(self, ttl: float | None = None, ttype: None = None) -> None: ...
    @overload
    def set_ttl(self, ttl: float | None = None, *, ttype: int) -> Task[None]: ...
    def set_ttl(self, ttl: float | None = None, ttype: int | None = None) -> Any:
        """Let it end after so many seconds; None means never."""
        return self._call("set_ttl", ttype, ttl)

    @overload
    def get_ttl(self, ttype: None = None) -> float | None: ...
    @overload
    def get_ttl(self, ttype: int) -> Task[float | None]: ...
    def get_ttl(self, ttype: int | None = None) -> Any:
        """Return the seconds that are left, or None."""
        return self._call("get_ttl", ttype)

    @overload
    def store_object(self, obj: Any, ttype: None = None) -> None: ...
    @overload
    def store_object(self, obj: Any, ttype: int) -> Task[None]: ...
    def store_object(self, obj: Any, ttype: int | None = None) -> Any:
        """Keep an object."""
        return self._call("store_object", ttype, obj)

    @overload
    def retrieve_object(self, ttype: None = None) -> Any: ...
    @overload
    def retrieve_object(self, ttype: int) -> Task[Any]: ...
    def retrieve_object(self, ttype: int | None = None) -> Any:
        """Return the object that is kept."""
        return self._call("retrieve_object", ttype)

    @overload
    def delete_object(self, ttype: None = None) -> None: ...
    @overload
    def delete_object(self, ttype: int) -> Task[None]: ...
    def delete_object(self, ttype: int | None = None) -> Any:
        """Keep no object any more."""
        return self._call("delete_object", ttype)

    @property
    def ttl(self) -> float | None:
        """The seconds that are left, or None."""
        return self.get_ttl()

    @ttl.setter
    def ttl(self, ttl: float | None) -> None:
        self.set_ttl(ttl)

    object = property(retrieve_object, store_object, delete_object, doc="The object that is kept.")
