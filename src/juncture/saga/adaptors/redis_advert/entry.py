# mypy: disable-error-code="override"
# pyright: reportIncompatibleMethodOverride=false
"""`advert.Entry` on a Redis server."""

from __future__ import annotations

from juncture.saga import cpi
from juncture.saga.adaptors.redis_advert import values
from juncture.saga.adaptors.redis_advert.bulk import Call
from juncture.saga.adaptors.redis_advert.node import Node
from juncture.saga.adaptors.redis_advert.places import Place
from juncture.saga.constants import OBJECT, READ, TTL, WRITE
from juncture.saga.stored.placed import One

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any


class Entry(Node, One[Place], cpi.advert.Entry):
    """An advert: an object and attributes under a name."""

    _kind = "e"

    def init_instance(self, url: Any, given: int, session: Any) -> None:
        """Look whether it is there, or make it, as the flags say."""
        self._begin(url, given, session)

    def get_mtime(self) -> float:
        """Return the time of the last change by the server's clock."""
        return self._mtime(self._here())

    def copy(self, tgt: Any, given: int = 0) -> None:
        """Copy it, with attributes and what is left of its TTL."""
        self._copy(self._here(READ), tgt, given)

    def move(self, tgt: Any, given: int = 0) -> None:
        """Move it; the object goes along, its callbacks stay with the name."""
        self._move_to(self._copy(self._here(WRITE), tgt, given, moves=True))

    def _plan_remove(self, given: int = 0) -> Call:
        return self._plan_removal(self._here(WRITE), given)

    def remove(self, given: int = 0) -> None:
        """Remove it."""
        self._plan_remove(given).make()

    def _plan_set_ttl(self, ttl: Any = None) -> Call:
        return self._to_end(self._here(WRITE), ttl)

    def set_ttl(self, ttl: float | None = None) -> None:
        """Let it end after so many seconds; None means never."""
        self._plan_set_ttl(ttl).make()

    def _plan_get_ttl(self) -> Call:
        return self._left(self._here(READ))

    def get_ttl(self) -> float | None:
        """Return the seconds that are left, or None."""
        found: float | None = self._plan_get_ttl().make()
        return found

    def _plan_store_object(self, obj: Any) -> Call:
        here = self._here(WRITE)
        data = values.encoded(obj, "an object")
        return Call(here.server, "keep", here.path, data, values.type_name(obj))

    def store_object(self, obj: Any) -> None:
        """Keep an object."""
        self._plan_store_object(obj).make()

    def _plan_retrieve_object(self) -> Call:
        here = self._here(READ)
        read: Callable[[list[Any]], Any] = lambda reply: values.decoded(reply[0])  # noqa: E731
        return Call(here.server, "object", here.path, read=read)

    def retrieve_object(self) -> Any:
        """Return the object that is kept."""
        return self._plan_retrieve_object().make()

    def _plan_delete_object(self) -> Call:
        here = self._here(WRITE)
        return Call(here.server, "forget", here.path)

    def delete_object(self) -> None:
        """Keep no object any more."""
        self._plan_delete_object().make()

    def _special(self, key: str) -> tuple[Callable[[Any], Call], Callable[[], Call]] | None:
        if key == TTL:
            return self._plan_set_ttl, self._plan_get_ttl
        if key == OBJECT:
            return self._plan_store_object, self._plan_retrieve_object
        return None
