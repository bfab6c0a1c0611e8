"""Callbacks on attributes: who is told, and for how long.

A callback that returns a true value stays; one that returns nothing or a false one has had its one
call. One that raises is reported in the log and stays, because its slip must neither end a job's
submission nor hide the final state.
"""

from __future__ import annotations

import _thread

from juncture.saga.exceptions import BadParameter

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    Listener = Callable[[Any, str, Any], object]

_lock = _thread.allocate_lock()


class Callback:
    """What a program may derive from to hand over an object instead of a function."""

    def cb(self, obj: Any, key: str, val: Any) -> object:
        """Handle one change; return True to be told of the next one.

        Args:
            obj: What the attribute belongs to.
            key: The attribute's name, spelled as it was when this callback was added.
            val: The new value.
        """
        raise NotImplementedError

    def __call__(self, obj: Any, key: str, val: Any) -> object:
        """Forward to `cb`."""
        return self.cb(obj, key, val)


class Callbacks:
    """The callbacks of one object, by attribute and cookie."""

    __slots__ = ("_by_name", "_last")

    def __init__(self) -> None:
        self._by_name: dict[str, dict[int, tuple[str, Listener]]] = {}
        self._last = 0

    def add(self, name: str, key: str, listener: Listener) -> int:
        """Add a callback and return its cookie, which is never 0."""
        if not callable(listener):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise BadParameter(
                f"a callback can be called with object, name and value, unlike: {listener!r}"
            )
        with _lock:
            self._last += 1
            self._by_name[name] = {**self._by_name.get(name, {}), self._last: (key, listener)}
            return self._last

    def remove(self, name: str, cookie: int | None) -> None:
        """Remove one callback, or all of the attribute's for None.

        Raises:
            BadParameter: the cookie is not one of this attribute's.
        """
        with _lock:
            known = self._by_name.get(name, {})
            if cookie is not None and cookie not in known:
                raise BadParameter(f"callback {cookie!r} is not registered on attribute `{name}`")
            self._by_name[name] = {
                number: entry
                for number, entry in known.items()
                if cookie is not None and number != cookie
            }

    def call(self, obj: Any, name: str, value: Any) -> None:
        """Tell everybody who listens to the attribute, in the calling thread."""
        for cookie, (key, listener) in self._by_name.get(name, {}).items():
            try:
                stays = bool(listener(obj, key, value))
            except Exception as error:  # noqa: BLE001 - whatever a program's callback raises
                _log_failure(key, error)
                stays = True
            if not stays:
                with _lock:
                    left = dict(self._by_name[name])
                    left.pop(cookie, None)
                    self._by_name[name] = left


def callbacks_of(obj: Any) -> Callbacks:
    """Return the callbacks of an object with attributes, made when the first one is added."""
    with _lock:
        found: Callbacks | None = obj._attributes_callbacks  # noqa: SLF001
        if found is None:
            found = obj._attributes_callbacks = Callbacks()  # noqa: SLF001
        return found


def _log_failure(key: str, error: Exception) -> None:
    import logging

    logging.getLogger(__name__).error("a callback on attribute `%s` raised", key, exc_info=error)
