# pyright: reportPrivateUsage=false
"""Which callbacks an advert has, and what a change means to each."""

from __future__ import annotations

import itertools

from juncture.saga.adaptors.redis_advert import values
from juncture.saga.adaptors.redis_advert.listener import MISSED, listener_of
from juncture.saga.constants import ATTRIBUTE, CHANGE, DELETE, NEW, OBJECT, TTL
from juncture.saga.exceptions import BadParameter, DoesNotExist

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from juncture.saga.adaptors.redis_advert.listener import Event
    from juncture.saga.adaptors.redis_advert.places import Place

_NOTHING = object()

_NAMED: Mapping[str, Mapping[str, Callable[[Event], str]]] = {
    ATTRIBUTE: {"a": lambda event: event.name},
    CHANGE: {
        "a": lambda event: event.name,
        "o": lambda _: OBJECT,
        "t": lambda _: TTL,
        "~": lambda event: event.name,
    },
    NEW: {"n": lambda _: ".", "+": lambda event: event.name},
    DELETE: {"d": lambda _: ".", "-": lambda event: event.name},
}
"""What is told of an event under a key: a name, `.` for the advert itself."""


class Registered:
    """The callbacks of one object, by the number that the program has."""

    def __init__(self) -> None:
        self._numbers = itertools.count(1)
        self._known: dict[int, tuple[str, str, int]] = {}

    def new(self) -> int:
        """Return the number of another callback, never 0."""
        return next(self._numbers)

    def keep(self, cookie: int, key: str, path: str, number: int) -> None:
        """Remember a callback."""
        self._known[cookie] = (key, path, number)

    def forget(self, cookie: int) -> None:
        """Forget a callback that has had its call."""
        self._known.pop(cookie, None)

    def clear(self) -> None:
        """Forget all."""
        self._known.clear()

    def removed(self, key: str, cookie: int | None) -> list[tuple[str, int]]:
        """Forget one or all of a key's; return path and number that the listener knows them by.

        Raises:
            BadParameter: the key has no such callback.
        """
        found = [
            each
            for each, (known, _, _) in list(self._known.items())
            if known == key and cookie in {None, each}
        ]
        if cookie is not None and not found:
            raise BadParameter(f"callback {cookie!r} is not registered on `{key}`")
        return [self._known.pop(each)[1:] for each in found]


def add(node: Any, place: Place, key: str, cb: Any) -> int:
    """Register a callback; the listener keeps node and API object as long as it has one.

    Raises:
        BadParameter: it cannot be called.
        SagaException: the server cannot be asked.
    """
    if not callable(cb):
        raise BadParameter(f"a callback can be called with object, name and value, unlike: {cb!r}")
    api = node.get_api()
    registered: Registered = node._callbacks
    cookie = registered.new()

    def told(event: Event) -> bool:
        value = _value(node, key, event)
        if value is _NOTHING:
            return True
        try:
            stays = bool(cb(api, key, value))
        except Exception as error:  # noqa: BLE001 - whatever a program's callback raises
            _log_failure(key, error)
            return True
        if not stays:
            registered.forget(cookie)
        return stays

    number = listener_of(place.server).add(place.path, node, told)
    registered.keep(cookie, key, place.path, number)
    return cookie


def _value(node: Any, key: str, event: Event) -> Any:
    """Return what a callback is told, or _NOTHING."""
    if key in _NAMED:
        return _name(node, key, event)
    if event.kind == MISSED or (key == OBJECT and event.kind in {"o", "d"}):
        return _now(node, key)
    if key == TTL and event.kind == "t":
        return int(event.value) / 1000 if event.value else None
    if key in {OBJECT, TTL}:
        return _NOTHING
    if event.kind == "a" and event.name == key:
        return values.decoded(event.value) if event.value else None
    return None if event.kind == "d" else _NOTHING


def _name(node: Any, key: str, event: Event) -> Any:
    if event.kind == MISSED:
        return None
    if key == CHANGE and node._kind == "d" and event.kind != "~":
        return _NOTHING
    name = _NAMED[key].get(event.kind)
    return _NOTHING if name is None else name(event)


def _now(node: Any, key: str) -> Any:
    try:
        return node.get_attribute(key)
    except DoesNotExist:
        return None


def _log_failure(key: str, error: Exception) -> None:
    import logging

    logging.getLogger(__name__).error("a callback on `%s` raised", key, exc_info=error)
