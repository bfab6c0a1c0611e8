"""A blocking connection from an application to its adaptor: frames out, frames in.

This is the thin shell around `juncture_client.protocol` on the application's side. It keeps no
thread and sets no timeout: the death of the adaptor ends every wait, because the kernel closes the
socket. A channel belongs to one thread at a time; whoever shares one holds a lock.
"""

from __future__ import annotations

import _socket

from juncture_client import protocol, transport

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Optional

_READ_BYTES = 64 * 1024


class AdaptorLostError(RuntimeError):
    """The adaptor cannot be reached, closed the connection, or does not speak our protocol."""


class Channel:
    """One connection to the server of an adaptor.

    Args:
        path: Path of the adaptor's socket.
        who: What the connection is for, named in the adaptor's log.
    """

    def __init__(self, path: str, who: str) -> None:
        self._path = path
        self._who = who
        self._protocol = protocol.Connection(protocol.CLIENT)
        self._frames: list[protocol.Frame] = []
        self._socket: Optional[transport.Socket] = None

    def open(self) -> None:
        """Connect and be welcomed.

        Raises:
            AdaptorLostError: nobody of this user listens there, or the server refused.
        """
        try:
            self._socket = transport.connect(self._path)
        except OSError as error:
            raise AdaptorLostError(
                f"cannot connect to the adaptor at {self._path!r}: {error}"
            ) from error
        self.write(self.frame("hello", version=protocol.VERSION, who=self._who))
        answer = self.receive()
        if answer.name != "welcome":
            raise AdaptorLostError(
                f"the adaptor at {self._path!r} refused this application: {answer['message']}"
            )

    def frame(self, name: str, **fields: str | bytes | float) -> bytes:
        """Return the bytes of a frame that may be sent now, for `write`.

        Raises:
            LocalProtocolError: it may not be sent now, or cannot be encoded.
        """
        return self._protocol.send(name, **fields)

    def write(self, data: bytes) -> None:
        """Send bytes made by `frame`.

        Raises:
            AdaptorLostError: nobody will read them.
        """
        try:
            self._connected().sendall(data, transport.NO_SIGNAL)
        except OSError as error:
            raise self._lost(error) from error

    def receive(self) -> protocol.Frame:
        """Wait for the next frame.

        Raises:
            AdaptorLostError: there will be none.
        """
        while not self._frames:
            try:
                data = self._connected().recv(_READ_BYTES)
                if data:
                    self._frames = self._protocol.receive(data)
                    continue
            except (OSError, protocol.RemoteProtocolError) as error:
                raise self._lost(error) from error
            raise self._lost(None)
        return self._frames.pop(0)

    def end_input(self) -> None:
        """Let a `receive` that waits now, or is called later, end; callable in a signal handler."""
        if self._socket is not None:
            try:
                self._socket.shutdown(_socket.SHUT_RD)
            except OSError:  # not connected any more: then it ends by itself
                return

    def close(self) -> None:
        """Close the connection; harmless when repeated."""
        if self._socket is not None:
            self._socket.close()

    def _connected(self) -> transport.Socket:
        if self._socket is None:
            raise AdaptorLostError(f"not connected to the adaptor at {self._path!r}")
        return self._socket

    def _lost(self, error: Optional[Exception]) -> AdaptorLostError:
        ended = error is None or isinstance(error, ConnectionError)
        reason = "" if ended else f" ({error})"
        return AdaptorLostError(
            f"the adaptor at {self._path!r} closed the connection, "
            f"it has ended or shut its server down{reason}"
        )
