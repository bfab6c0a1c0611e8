"""A state that moves, and everybody who is told when it does.

Invariants: states move by `states.MOVES`; the first final state stays. Callbacks on the state are
called once for each change, in order, by one thread at a time, and before anybody who waits is
woken; what they raise is logged. It does not know whose state it is. It neither sleeps nor polls.
"""

from __future__ import annotations

import threading
from itertools import count

from juncture.saga.constants import NEW
from juncture.saga.exceptions import BadParameter, DoesNotExist, IncorrectState
from juncture.saga.task.states import ENDED, MOVES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

_cookies = count(1)


class Watched:
    """Something with a state. It is waited for, and its changes are told."""

    __slots__ = ("__weakref__", "_callbacks", "_changes", "_listeners", "_lock", "_state")

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._state = NEW
        self._listeners: list[Callable[[Any], object]] | None = None
        self._callbacks: dict[int, Callable[..., Any]] | None = None
        self._changes: list[str] | None = None

    def add_callback(self, key: str, cb: Callable[..., Any]) -> int:
        """Call `cb(task, "State", state)` at each change of the state.

        It is called by the thread that learns of the change. It stays as long as it returns True.

        Returns:
            A number for `remove_callback`.

        Raises:
            DoesNotExist: `key` is not `State`.
            BadParameter: `cb` cannot be called.
        """
        self._check_key(key)
        if not callable(cb):
            raise BadParameter(f"a callback is a function, found {cb!r}")
        cookie = next(_cookies)
        with self._lock:
            # A new dictionary, since one that is being gone through must not change.
            self._callbacks = {**(self._callbacks or {}), cookie: cb}
        return cookie

    def remove_callback(self, key: str, id: int | None = None) -> None:  # noqa: A002 - SAGA's name
        """Call one callback no more, or none of them when `id` is None.

        Raises:
            BadParameter: no callback has that number.
        """
        self._check_key(key)
        with self._lock:
            if id is not None and id not in (self._callbacks or {}):
                raise BadParameter(f"callback {id!r} is not registered on {self._name()}")
            self._forget(id)

    # How a change is made and told ---------------------------------------------------------------

    def _move(self, state: str) -> None:
        """Change the state and note what there is to tell; the lock is held."""
        old = self._state
        if state == old or old in ENDED:
            return
        if state not in MOVES[old]:
            raise IncorrectState(f"{self._name()} cannot go from {old} to {state}")
        self._state = state
        if self._callbacks or self._changes is not None:
            if self._changes is None:
                self._changes = []
            self._changes.append(state)

    def _tell(self) -> None:
        """Call the callbacks for each change in order, then wake who waits for the end."""
        while True:
            with self._lock:
                if self._changes:
                    if self._changes[0] == "":
                        return  # another thread is telling, or a callback made the change
                    state = self._changes[0]
                    self._changes[0] = ""
                else:
                    self._changes = None
                    if self._state not in ENDED:
                        return
                    listeners, self._listeners = self._listeners, None
                    break
            try:
                self._call_back(state)
            except BaseException:  # Ctrl-C in a callback: the others are told all the same
                self._told()
                self._tell()
                raise
            self._told()
        for listener in listeners or ():
            listener(self)

    def _told(self) -> None:
        with self._lock:
            assert self._changes  # noqa: S101 - only the thread that tells takes from it
            del self._changes[0]

    def _call_back(self, state: str) -> None:
        for cookie, callback in (self._callbacks or {}).items():
            if cookie not in (self._callbacks or {}):
                continue
            try:
                stays = callback(self, "State", state)
            except Exception:
                import logging

                logging.getLogger(__name__).exception(
                    "a callback on the state of %s raised at %s", self._name(), state
                )
                stays = True
            if not stays:
                with self._lock:
                    self._forget(cookie)

    def _forget(self, cookie: int | None) -> None:
        """Drop one callback or all of them; the lock is held."""
        callbacks = self._callbacks or {}
        self._callbacks = {
            number: each
            for number, each in callbacks.items()
            if cookie is not None and number != cookie
        }

    def _add_listener(self, listener: Callable[[Any], object]) -> None:
        """Call `listener(task)` once when the task has ended; at once if it has."""
        with self._lock:
            if self._state not in ENDED or self._changes is not None:
                if self._listeners is None:
                    self._listeners = []
                self._listeners.append(listener)
                return
        listener(self)

    def _remove_listener(self, listener: Callable[[Any], object]) -> None:
        with self._lock:
            if self._listeners and listener in self._listeners:
                self._listeners.remove(listener)

    def _wait_ended(self, timeout: float | None) -> bool:
        if timeout == 0:
            return self._state in ENDED
        gate = threading.Lock()
        gate.acquire()

        def opened(_watched: object) -> None:
            gate.release()

        with self._lock:
            if self._state in ENDED:
                return True
            if self._listeners is None:
                self._listeners = []
            self._listeners.append(opened)
        try:
            return gate.acquire(timeout=-1 if timeout is None or timeout < 0 else timeout)
        finally:
            self._remove_listener(opened)

    def _ended_future(self) -> Any:
        """Return an asyncio future of the running loop which is done when the task has ended."""
        import asyncio
        from contextlib import suppress

        loop = asyncio.get_running_loop()
        future: asyncio.Future[None] = loop.create_future()

        def opened() -> None:
            if not future.done():
                future.set_result(None)

        def ended(_watched: object) -> None:
            with suppress(RuntimeError):  # the loop is closed, nobody awaits any more
                loop.call_soon_threadsafe(opened)

        self._add_listener(ended)
        return future

    def _name(self) -> str:
        return f"the {type(self).__name__.lower()}"

    @staticmethod
    def _check_key(key: str) -> None:
        if key.lower() != "state":
            raise DoesNotExist(f"a task tells of its `State`, not of `{key}`")
