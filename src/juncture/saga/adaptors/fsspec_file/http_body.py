"""The body of a large HTTP answer, straight from its socket.

An event loop that takes a body apart for a thread that waits for it copies each byte several times.
Where a body is nothing but the bytes that follow the headers (RFC 9112, 6.3: a `Content-Length`, no
transfer coding, no TLS), the loop is told to read no more, what it has read already is taken, and
the rest is read by whoever wants it. The connection is used for nothing else afterwards. In all
other cases `taken` returns None, and nothing has happened.
"""

from __future__ import annotations

from typing import Any

from juncture.saga.adaptors.fsspec_file.failures import as_saga
from juncture.saga.storage.failures import ConnectionLost

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

SILENCE_S = 120.0
"""How long a server may say nothing in the middle of an answer."""
_SMALLEST_BYTES = 1 << 24
"""Below this a connection that can be used again is worth more."""


class Body:
    """The bytes of an answer that were not read yet.

    Args:
        begun: What had come already.
        source: The socket that the rest comes from.
        left: How many bytes that are.
        place: The path, and the name of the store.
        done: Called when it is closed.
    """

    def __init__(
        self,
        begun: bytes,
        source: Any,
        left: int,
        place: tuple[str, str],
        done: Callable[[], object],
    ) -> None:
        self._begun = begun
        self._socket = source
        self._left = left
        self._place = place
        self._done = done
        self._is_closed = False

    def read(self, size: int) -> bytes:
        """Return up to `size` of the next bytes; none means the end."""
        if self._begun:
            some, self._begun = self._begun[:size], self._begun[size:]
            return some
        if not self._left or self._is_closed:
            return b""
        try:
            data: bytes = self._socket.recv(min(size, self._left))
        except Exception as error:
            self.close()
            raise as_saga(error, *self._place) from error
        if not data:
            self.close()
            path, name = self._place
            raise ConnectionLost(
                f"`{path}` on {name} ended early: the connection was lost, {self._left} bytes short"
            )
        self._left -= len(data)
        return data

    def close(self) -> None:
        """Let go of the answer and its connection."""
        if not self._is_closed:
            self._is_closed = True
            self._socket.close()
            self._done()


def taken(answer: Any) -> tuple[bytes, Any, int] | None:
    """Take a body from an answer of aiohttp, on the thread of its loop.

    Returns:
        What has come of it, a socket that the rest comes from, and how long that is; None where it
        is better read with aiohttp.
    """
    length = answer.headers.get("Content-Length", "")
    connection = answer.connection
    transport, silence_s = None, SILENCE_S
    if connection is not None:
        transport = connection.transport
        silence_s = getattr(connection.protocol, "read_timeout", None) or SILENCE_S
    if (
        transport is None
        or transport.is_closing()
        or answer.content.exception() is not None
        or not length.isdecimal()
        or int(length) < _SMALLEST_BYTES
        or "Transfer-Encoding" in answer.headers
        or transport.get_extra_info("sslcontext") is not None
    ):
        return None
    known = transport.get_extra_info("socket")
    if known is None:
        return None
    transport.pause_reading()
    pieces: list[bytes] = []
    while data := answer.content.read_nowait():
        transport.pause_reading()  # aiohttp goes on when it has room
        pieces.append(data)
    begun = b"".join(pieces)
    own = known.dup()
    own.settimeout(silence_s)
    return begun, own, int(length) - len(begun)
