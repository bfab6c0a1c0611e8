"""One command that is connected to a daemon: what it is owed, in order, as fast as it reads.

Frames and log go out on one socket. Log bytes go from the spool to the socket by sendfile(2)
without passing through this process; a command that reads slowly is simply behind. An outcome is
sent after the last log byte of its task.
"""

from __future__ import annotations

import os
from collections import deque

from juncture.runtime.event_loop import READ, WRITE
from juncture_client import protocol, transport

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from juncture.runtime.event_loop import EventLoop
    from juncture.runtime.spool import Spool
    from juncture_client.transport import Socket

_READ_BYTES = 64 * 1024
_LOG_FRAME_BYTES = 1024 * 1024


class Peer:
    """A connected command.

    Args:
        loop: Whose thread everything here runs in.
        sock: Non-blocking.
        pid: Of the command; 0 means unknown.
        on_frame: Called with each frame that came.
        on_close: Called once, when the command is gone.

    Attributes:
        who: What the command says it is, for messages.
    """

    def __init__(
        self,
        loop: EventLoop,
        sock: Socket,
        spool: Spool,
        *,
        pid: int,
        on_frame: Callable[[Peer, protocol.Frame], None],
        on_close: Callable[[Peer], None],
    ) -> None:
        self.connection = protocol.Connection(protocol.SERVER)
        self.pid = pid
        self.who = ""
        self.closed = False
        self._loop = loop
        self._sock = sock
        self._spool = spool
        self._on_frame = on_frame
        self._on_close = on_close
        self._frames: deque[bytes] = deque()
        self._progress: bytes = b""
        self._out = memoryview(b"")
        self._log_left = 0
        self._log_at: int | None = None
        self._log_end: int | None = None
        self._last: bytes = b""
        self._then_close = False
        self._blocked = False
        loop.watch(sock.fileno(), READ, self._ready)

    def send(self, name: str, /, **fields: str | bytes | float) -> None:
        """Send a frame, after those sent before."""
        if not self.closed:
            self._frames.append(self.connection.send(name, **fields))
            self._pump()

    def send_progress(self, percent: float | None, message: str | None) -> None:
        """Send a progress report; one that could not be sent yet is replaced by the next."""
        if not self.closed and self._log_at is not None:
            self._progress = self.connection.send(
                "progress",
                percent="" if percent is None else percent,
                message="" if message is None else message,
            )
            self._pump()

    def follow(self, offset: int) -> None:
        """Send the log from an offset on, as it grows."""
        self._log_at = max(offset, self._spool.released)
        self._log_end = None
        if self._log_at > offset:
            note = f"({self._log_at - offset} earlier bytes of the log are no longer kept)\n"
            self.send("log", data=note)
        self._pump()

    def finish(self, end: int, name: str, /, **fields: str | bytes | float) -> None:
        """Send the log up to an offset, and then a frame, which ends following."""
        if self.closed:
            return
        if self._log_at is None:
            self.send(name, **fields)
            return
        self._log_end = end
        self._last = self.connection.send(name, **fields)
        self._pump()

    @property
    def following(self) -> bool:
        """Whether it is still owed log."""
        return self._log_at is not None and not self.closed

    @property
    def finishing(self) -> bool:
        """Whether it is already decided which frame ends its following."""
        return bool(self._last)

    @property
    def log_offset(self) -> int | None:
        """How far it has been sent the log; None when it does not follow."""
        return self._log_at

    @property
    def idle(self) -> bool:
        """Whether nothing is owed to it."""
        return self.closed or not (self._frames or self._out or self._log_left or self._last)

    def grown(self) -> None:
        """Send more of the log, if it follows."""
        if self._log_at is not None:
            self._pump()

    def close_when_idle(self) -> None:
        """Close the connection once everything is sent."""
        self._then_close = True
        self._pump()

    def close(self) -> None:
        """Close the connection now."""
        if not self.closed:
            self.closed = True
            self._log_at = None
            self._loop.forget(self._sock.fileno())
            self._sock.close()
            self._on_close(self)

    def abandon(self) -> None:
        """In a forked child: close its copy of the socket, and touch nothing that is shared."""
        self._sock.close()

    def _ready(self, events: int) -> None:
        if events & READ:
            self._read()
        if events & WRITE and not self.closed:
            self._pump()

    def _read(self) -> None:
        try:
            data = self._sock.recv(_READ_BYTES)
            frames = self.connection.receive(data) if data else []
        except BlockingIOError:
            return
        except (OSError, protocol.RemoteProtocolError):
            self.close()
            return
        if not data:
            self.close()
            return
        for frame in frames:
            if not self.closed:
                self._on_frame(self, frame)

    def _pump(self) -> None:
        """Write until the socket is full, or nothing is owed of what there is by now.

        What is logged meanwhile waits for the next time: a task that logs as fast as a command
        reads must not keep the loop here.
        """
        if self.closed:
            return
        size = 0 if self._log_at is None else self._spool.size()
        try:
            while self._out or self._log_left or self._next(size):
                if self._out:
                    self._out = self._out[self._sock.send(self._out, transport.NO_SIGNAL) :]
                else:
                    self._send_log()
        except BlockingIOError:
            self._block(True)
            return
        except OSError:
            self.close()
            return
        if self._then_close:
            self.close()
        else:
            self._block(False)

    def _block(self, blocked: bool) -> None:
        if blocked != self._blocked:
            self._blocked = blocked
            self._loop.watch(self._sock.fileno(), READ | WRITE if blocked else READ, self._ready)

    def _next(self, size: int) -> bool:
        """Choose what goes out next: frames, then progress, log, and the last frame.

        Args:
            size: How much log to send at most; more may have been written.
        """
        if self._frames:
            self._out = memoryview(self._frames.popleft())
        elif self._progress:
            self._out, self._progress = memoryview(self._progress), b""
        elif self._log_at is not None:
            end = size if self._log_end is None else self._log_end
            self._log_left = min(max(end - self._log_at, 0), _LOG_FRAME_BYTES)
            if self._log_left:
                self._out = memoryview(protocol.log_header(self._log_left))
            elif self._log_end is not None:
                self._log_at = self._log_end = None
                self._out, self._last = memoryview(self._last), b""
        return bool(self._out)

    def _send_log(self) -> None:
        if self._log_at is None:
            raise OSError("the log ended in the middle of a frame")
        sent = os.sendfile(self._sock.fileno(), self._spool.fd, self._log_at, self._log_left)
        if sent == 0:
            raise OSError("the spool is shorter than it was")
        self._log_at += sent
        self._log_left -= sent
