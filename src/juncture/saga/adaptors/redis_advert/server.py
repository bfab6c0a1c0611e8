"""One Redis database, as the objects of one credential share it.

A call is one run of the script `tree.lua`, a bulk call is one pipeline of such runs. A connection
that the server has closed meanwhile is noticed before it is used, and made again; a call that was
on its way when the connection broke is never sent twice, since nobody knows whether it was done.
The client library is imported with the first connection.
"""

from __future__ import annotations

import dataclasses
import hashlib
import os
import threading
import weakref

from juncture.saga.adaptors.redis_advert import failures
from juncture.saga.exceptions import SagaException

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import Any

    Words = Sequence[str | bytes]

_AT_ONCE = 500
"""Runs of one pipeline: its replies are held in memory, and the server is others' too."""


@dataclasses.dataclass(frozen=True, slots=True)
class Location:
    """Which database is meant, and who asks; two that are equal share connections."""

    host: str
    port: int
    socket: str
    secure: bool
    ca_certs: str
    db: int
    prefix: str
    timeout: float
    username: str | None
    password: str | None = dataclasses.field(repr=False)

    @property
    def name(self) -> str:
        """The database for messages: without user and password."""
        if self.socket:
            return f"redis+unix:{self.socket}?db={self.db}"
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{'rediss' if self.secure else 'redis'}://{host}:{self.port}?db={self.db}"


class Server:
    """A database; it connects when it is first asked something."""

    def __init__(self, location: Location) -> None:
        self.location = location
        self.name = location.name
        self._prefix = f"{{{location.prefix}}}"
        self._guard = threading.Lock()
        self._client: Any = None
        self.listener: Any = None
        """What tells of changes of this server, for `listener.listener_of`."""

    def channel(self, what: str) -> str:
        """Return the channel on which changes of a path, or `ends`, are published."""
        if what.startswith("/"):
            raw = what.encode("utf-8", "surrogateescape")
            what = hashlib.sha1(raw, usedforsecurity=False).hexdigest()
        return f"{self._prefix}:{self.location.db}:{what}"

    def call(self, operation: str, *words: str | bytes) -> list[Any]:
        """Return the reply of one run of the script, without its first word.

        Raises:
            SagaException: the server does not do it, or cannot be asked.
        """
        try:
            reply = self._run(self.client(), operation, words)
        except self.library().exceptions.RedisError as error:
            raise failures.of_client(error, self.name, self.library()) from error
        return self._read(reply)

    def call_many(self, calls: Sequence[tuple[str, Words]]) -> Iterable[Any]:
        """Yield the reply of each run, or the exception that is its outcome."""
        for start in range(0, len(calls), _AT_ONCE):
            yield from self._pipelined(calls[start : start + _AT_ONCE])

    def client(self, *, waits: bool = False) -> Any:
        """Return the client; one that `waits` is a new one, and reads without a time limit."""
        if waits:
            return self._made(None)
        with self._guard:
            if self._client is None:
                self._client = self._made(self.location.timeout)
                # Before the garbage collector does: the client and its sockets refer to each other.
                weakref.finalize(self, self._client.close).atexit = False
            return self._client

    @staticmethod
    def library() -> Any:
        """Return the module `redis`."""
        return __import__("redis")

    def _made(self, timeout: float | None) -> Any:
        where = self.location
        redis = self.library()
        retry = redis.retry.Retry(redis.backoff.NoBackoff(), 0)
        more: dict[str, Any] = {"unix_socket_path": where.socket} if where.socket else {}
        if not where.socket:
            more = {"host": where.host, "port": where.port, "socket_keepalive": True}
            more["socket_keepalive_options"] = _keep_alive()
        if where.secure:
            more |= {"ssl": True, "ssl_ca_certs": where.ca_certs or None}
        return redis.Redis(
            db=where.db,
            username=where.username,
            password=where.password,
            socket_timeout=timeout,
            socket_connect_timeout=where.timeout,
            retry=retry,
            protocol=2,
            **more,
        )

    def _run(self, runner: Any, operation: str, words: Words) -> Any:
        arguments = [_raw(word) for word in (operation, str(self.location.db), *words)]
        digest, text = _script()
        try:
            return runner.evalsha(digest, 1, self._prefix, *arguments)
        except self.library().exceptions.NoScriptError:
            return runner.eval(text, 1, self._prefix, *arguments)

    def _pipelined(self, calls: Sequence[tuple[str, Words]]) -> Iterable[Any]:
        redis = self.library()
        try:
            pipeline = self.client().pipeline(transaction=False)
            pipeline.script_load(_script()[1])
            for operation, words in calls:
                self._run(pipeline, operation, words)
            _, *replies = pipeline.execute(raise_on_error=False)
        except redis.exceptions.RedisError as error:
            for _ in calls:
                yield failures.of_client(error, self.name, redis)
            return
        for reply in replies:
            if isinstance(reply, Exception):
                yield failures.of_client(reply, self.name, redis)
                continue
            try:
                yield self._read(reply)
            except SagaException as error:
                yield error

    def _read(self, reply: list[Any]) -> list[Any]:
        if reply[0] != b"ok":
            raise failures.of_reply(reply, self.name)
        return reply[1:]

    def __repr__(self) -> str:
        return f"<server {self.name}>"


_loaded: list[tuple[str, str]] = []


def _script() -> tuple[str, str]:
    """Return the digest and the text of the script."""
    if not _loaded:
        path = os.path.join(os.path.dirname(__file__), "tree.lua")
        with open(path, encoding="utf-8") as stream:
            text = stream.read()
        digest = hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()
        _loaded.append((digest, text))
    return _loaded[0]


def _raw(word: str | bytes) -> bytes:
    return word if isinstance(word, bytes) else word.encode("utf-8", "surrogateescape")


def _keep_alive() -> dict[int, int]:
    """Return what notices, within a minute, that the host of an idle connection is gone."""
    import socket

    wanted = {"TCP_KEEPIDLE": 30, "TCP_KEEPINTVL": 10, "TCP_KEEPCNT": 3}
    return {getattr(socket, name): value for name, value in wanted.items() if hasattr(socket, name)}
