"""One connection to a daemon: greet it, send requests, wait for the next frame.

Whatever goes wrong while a frame is awaited, an interrupt included, the owner closes the link: what
the daemon would still say is no answer to what is asked next.

This module stands on the start-up path: see `juncture_client.transport`.
"""

from __future__ import annotations

import os

from juncture.errors import JunctureError, UsageError
from juncture.runtime import connection_file
from juncture_client import protocol, transport

TYPE_CHECKING = False
if TYPE_CHECKING:
    from juncture_client.transport import Socket

_READ_BYTES = 64 * 1024


class NoAnswerError(JunctureError):
    """The daemon is there and does not answer."""

    exit_status = 124


class DaemonLink:
    """A connection to a daemon, made when it is first needed and made anew after `close`.

    Attributes:
        info: What the connection file says.
        pid: Of the daemon.
        deadline: When waiting for a frame ends with TimeoutError, in `time.monotonic`; None: never.
    """

    def __init__(self) -> None:
        self.info: dict[str, str] = {}
        self.pid = 0
        self.deadline: float | None = None
        self._sock: Socket | None = None
        self._connection = protocol.Connection(protocol.CLIENT)
        self._frames: list[protocol.Frame] = []

    def connect(self, path: str | None, who: str | None, timeout: float | None) -> None:
        """Connect, if that was not done before.

        Args:
            path: The connection file; None means that of the environment.
            who: What to call this client in messages to others; None means its process id.
            timeout: Seconds that the daemon may take to answer; None means for ever.

        Raises:
            NoDaemonError: there is none: the connection file is missing or stale.
            ConnectionFileError: the connection file cannot be used.
            NoAnswerError: the daemon did not answer in time.
        """
        if self._sock is not None:
            return
        path = connection_file.resolve(path)
        self._sock, self.info = connection_file.connect(path)
        try:
            self._greet(path, who or f"process {os.getpid()}", timeout)
        except BaseException:
            self.close()
            raise
        finally:
            self.deadline = None

    def _greet(self, path: str, who: str, timeout: float | None) -> None:
        peer = None if self._sock is None else transport.peer(self._sock)
        self.pid = peer[0] if peer else int(self.info.get("pid", "0"))
        self.send("hello", version=protocol.VERSION, token=self.info.get("token", ""), who=who)
        if timeout is not None:
            self.set_deadline(timeout)
        try:
            frame = self.next_frame()
        except TimeoutError as error:
            raise NoAnswerError(
                f"the daemon of `{path}` (process {self.pid}) has not answered"
                f" in {timeout:g} s; nothing was asked of it",
                hint="it may be deep in a library; end it with `daemon stop --force`",
            ) from error
        if frame is None or frame.name != "welcome":
            reason = frame["message"] if frame else "it closed the connection"
            raise connection_file.NoDaemonError(
                f"the daemon of `{path}` turned this command away: {reason}",
                hint=frame["hint"] if frame else "it may be ending; see `daemon status`",
            )

    def adopt(self, sock: Socket, *, pid: int) -> None:
        """Use the socket to a daemon that this process has made, which needs no greeting."""
        self._sock = sock
        self._connection.state = protocol.OPEN
        self.pid = pid

    def close(self) -> None:
        """Close the connection; a task that is running goes on."""
        if self._sock is not None:
            self._sock.close()
            self._sock = None
            self._connection = protocol.Connection(protocol.CLIENT)
            self._frames = []

    def set_deadline(self, seconds: float) -> None:
        """Let waiting end with TimeoutError after so many seconds from now."""
        self.deadline = _now() + seconds

    def send(self, name: str, /, **fields: str | bytes | float) -> None:
        """Send a frame; if the daemon is gone, what it said before is still there to be read.

        Raises:
            UsageError: the frame is too large, or holds what cannot be sent.
        """
        if self._sock is None:
            raise JunctureError("the client is closed")
        try:
            data = self._connection.send(name, **fields)
        except protocol.LocalProtocolError as error:
            raise UsageError(
                f"the daemon cannot be asked: {error}",
                hint="put large data into a file and pass its path",
            ) from error
        try:
            self._sock.sendall(data, transport.NO_SIGNAL)
        except (BrokenPipeError, ConnectionResetError):
            return

    def next_frame(self) -> protocol.Frame | None:
        """Wait for the next frame; return None when the daemon is gone.

        Raises:
            TimeoutError: the deadline has passed.
            JunctureError: what answers is no daemon.
        """
        while not self._frames:
            sock = self._sock
            if sock is None:
                return None
            if self.deadline is not None:
                sock.settimeout(max(self.deadline - _now(), 0.001))
            try:
                data = sock.recv(_READ_BYTES)
            except ConnectionResetError:
                data = b""
            finally:
                if self.deadline is not None:
                    sock.settimeout(None)
            if not data:
                return None
            try:
                self._frames = self._connection.receive(data)
            except protocol.RemoteProtocolError as error:
                raise JunctureError(
                    f"what process {self.pid} answers is not from a daemon: {error}",
                    hint="use the same version of juncture as the daemon",
                ) from error
        return self._frames.pop(0)


def _now() -> float:
    import time

    return time.monotonic()
