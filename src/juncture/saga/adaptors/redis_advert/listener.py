"""The one thread of a process that a server tells of changes, and that calls back.

The server publishes every change in the run that makes it, so nothing need be configured there. A
subscription that is confirmed, at first or after a lost connection, is followed by one look at the
version of the path: where it is another one than the last that was told, something was missed, and
each callback of the path is called once. The thread also knows when something ends next, and asks
the server to look then; the server's clock decides, and whoever asks first has it removed.

Nothing but this thread uses the subscribing connection. Others wake it through the server.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import threading
import time

from juncture._util.flag import Flag
from juncture.saga.adaptors.redis_advert import failures
from juncture.saga.exceptions import SagaException, Timeout

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from juncture.saga.adaptors.redis_advert.server import Server

    Told = Callable[["Event"], bool]

_PAUSES = (0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0)
"""Seconds between attempts to reach a server that is gone."""

MISSED = "missed"
"""The event that stands for all that was not told."""


class Event:
    """A change of a path."""

    __slots__ = ("kind", "name", "value")

    def __init__(self, kind: str, name: str = "", value: bytes = b"") -> None:
        self.kind = kind
        """`a` attribute, `o` object, `t` TTL, `d` removed, `n` made; of a directory also
        `+` `-` `~` for what is in it; or MISSED."""
        self.name = name
        self.value = value


class _Watch:
    """The callbacks of one path."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.version = b""
        """The version of the last change that was told; empty before the first look."""
        self.looked = 0
        """The version at the last look; changes up to it need not be told."""
        self.ready = Flag()
        self.callbacks: dict[int, tuple[object, Told]] = {}


class Listener:
    """The callbacks of one server in one process."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._pid = os.getpid()
        self._guard = threading.Lock()
        self._watches: dict[str, _Watch] = {}
        self._numbers = itertools.count(1)
        self._thread: threading.Thread | None = None
        self._subscribed: set[str] = set()
        self._stale = True  # whether the subscriptions may be others than those that are wanted
        self._wake = server.channel(f"wake:{id(self):x}:{time.monotonic_ns():x}")
        self._ends = server.channel("ends")
        self._next_end: float | None = None
        self._stirred = Flag()

    def add(self, path: str, owner: object, told: Told) -> int:
        """Have `told(event)` called at each change of a path, until it returns False.

        Raises:
            Timeout: the server does not confirm it in time.
            SagaException: the server cannot be asked.
        """
        channel = self._server.channel(path)
        with self._guard:
            watch = self._watches.setdefault(channel, _Watch(path))
            number = next(self._numbers)
            watch.callbacks[number] = (owner, told)
            self._stale = True
            if self._thread is None:
                name = f"changes of {self._server.name}"
                self._thread = threading.Thread(target=self._run, name=name, daemon=True)
                self._thread.start()
        try:
            self._confirm(watch)
        except SagaException:
            self.remove(path, number)
            raise
        return number

    def remove(self, path: str, number: int) -> None:
        """Forget a callback."""
        self._forget(path, lambda other, _: other == number)

    def drop(self, owner: object) -> None:
        """Forget the callbacks of an object."""
        self._forget(None, lambda _, other: other is owner)

    def _forget(self, path: str | None, fits: Callable[[int, object], bool]) -> None:
        with self._guard:
            watches = self._watches
            found = list(watches.values()) if path is None else [self._watch_of(path)]
            for watch in found:
                callbacks = {} if watch is None else watch.callbacks
                for number in [key for key, (who, _) in callbacks.items() if fits(key, who)]:
                    del callbacks[number]
                    self._stale = self._stale or not callbacks
            must_wake = self._stale and threading.current_thread() is not self._thread
        if must_wake:
            with contextlib.suppress(SagaException):  # a thread without a server will see by itself
                self._rouse()

    def _watch_of(self, path: str) -> _Watch | None:
        return self._watches.get(self._server.channel(path))

    def _confirm(self, watch: _Watch) -> None:
        if threading.current_thread() is self._thread:
            return  # in a callback: this very thread subscribes when the callback is done
        self._server.call("reap")  # raises when there is no server
        if watch.ready.is_set():
            return
        self._rouse()
        if not watch.ready.wait(self._server.location.timeout):
            raise Timeout(f"`{self._server.name}` does not confirm a subscription in time")

    def _rouse(self) -> None:
        self._stirred.set()
        try:
            self._server.client().publish(self._wake, b"")
        except self._server.library().exceptions.RedisError as error:
            raise failures.of_client(error, self._server.name, self._server.library()) from error

    @property
    def is_of_this_process(self) -> bool:
        """Whether its thread can run here: a fork leaves threads behind."""
        return self._pid == os.getpid()

    # The thread --------------------------------------------------------------------------------

    def _run(self) -> None:
        pauses = iter(_PAUSES)
        while True:
            try:
                self._listen()
            except Exception as error:  # noqa: BLE001 - whatever it is, callbacks wait for changes
                if self._was_connected:
                    pauses = iter(_PAUSES)
                    self._is_lost = True
                    self._log("lost for now: %s", error)
            if self._thread is not threading.current_thread():
                return
            self._stirred.clear()
            self._stirred.wait(next(pauses, _PAUSES[-1]))

    _was_connected = False
    _is_lost = False

    def _listen(self) -> None:
        """Tell of changes until the connection breaks, or nobody wants to know."""
        self._was_connected = False
        self._subscribed = set()
        self._stale = True
        client = self._server.client(waits=True)
        pubsub = client.pubsub()
        try:
            pubsub.subscribe(self._wake, self._ends)
            while self._subscribe(pubsub):
                message = pubsub.get_message(timeout=self._patience())
                self._was_connected = True
                if self._is_lost:
                    self._is_lost = False
                    self._log("told again, and what was missed")
                if message is None:
                    self._look_at_ends()
                else:
                    self._handle(message)
        finally:
            with self._guard:
                for watch in self._watches.values():
                    watch.ready.clear()
            pubsub.close()
            client.close()

    def _subscribe(self, pubsub: Any) -> bool:
        """Make the subscriptions those that are wanted; say False when there are none."""
        if not self._stale:
            return True
        with self._guard:
            self._stale = False
            for channel, watch in list(self._watches.items()):
                if not watch.callbacks:
                    del self._watches[channel]
            wanted = set(self._watches)
            if not wanted:
                self._thread = None
                return False
        new, old = sorted(wanted - self._subscribed), sorted(self._subscribed - wanted)
        if new:
            pubsub.subscribe(*new)
        if old:
            pubsub.unsubscribe(*old)
        self._subscribed = wanted
        return True

    def _patience(self) -> float | None:
        return None if self._next_end is None else max(0.0, self._next_end - time.monotonic())

    def _handle(self, message: dict[str, Any]) -> None:
        channel = message["channel"].decode()
        if message["type"] == "subscribe":
            if channel == self._ends:
                self._look_at_ends()
            elif channel != self._wake:
                self._compare(channel)
        elif message["type"] == "message":
            if channel == self._ends:
                self._end_within(message["data"])
            elif channel != self._wake:
                self._tell(channel, message["data"])

    def _look_at_ends(self) -> None:
        """Have the server remove what has ended, and learn when something ends next."""
        self._next_end = None
        self._end_within(self._server.call("reap")[0])

    def _end_within(self, ms: bytes) -> None:
        if ms:
            end = time.monotonic() + int(ms) / 1000
            self._next_end = end if self._next_end is None else min(end, self._next_end)

    def _compare(self, channel: str) -> None:
        """Look whether a path has changed since the last change that was told."""
        watch = self._watches.get(channel)
        if watch is None:
            return
        version = self._server.call("versions", watch.path)[0]
        before, watch.version, watch.looked = watch.version, version, int(version)
        watch.ready.set()
        if before and before != version:
            self._call(watch, Event(MISSED))

    def _tell(self, channel: str, data: bytes) -> None:
        watch = self._watches.get(channel)
        version, kind, name, value = data.split(b"\0", 3)
        if watch is None or int(version) <= watch.looked:
            return
        watch.version = b"0" if kind == b"d" else version
        self._call(watch, Event(kind.decode(), failures.text(name), value))

    def _call(self, watch: _Watch, event: Event) -> None:
        for number, (_, told) in list(watch.callbacks.items()):
            try:
                stays = told(event)
            except Exception as error:  # noqa: BLE001 - whatever a program's callback raises
                self._log("a callback raised: %s", error)
                stays = True
            if not stays:
                self.remove(watch.path, number)

    def _log(self, what: str, *arguments: object) -> None:
        import logging

        text = f"changes of {self._server.name}: {what}"
        logging.getLogger(__name__).warning(text, *arguments)


_making = threading.Lock()


def listener_of(server: Server) -> Listener:
    """Return the one listener of a server in this process."""
    with _making:
        found: Listener | None = server.listener
        if found is None or not found.is_of_this_process:
            found = server.listener = Listener(server)
        return found
