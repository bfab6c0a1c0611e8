"""Read both output streams of one child in one thread, until both end.

One thread a child: what the child wrote first to one stream is not handed on after what it wrote
later to the other because of our own scheduling, and a handler that serves both streams is never
called twice at once. The thread waits in `poll`; the child's end and `stop` wake it through a pipe.

When the child has ended, everything it wrote is handed on before `caught_up` is set. Processes it
left behind may hold the pipes open; reading goes on until they close them or `stop` is called.
"""

from __future__ import annotations

import os
import select
import threading
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from juncture.runtime._child import Child
    from juncture.runtime.line_delivery import LineDelivery
    from juncture.runtime.stream_logger import LineSplitter

_READ_BYTES = 64 * 1024
_DRAIN_BYTES = 1024 * 1024
"""The most a pipe can hold by default (pipe-max-size); more must have been written since."""


class OutputStream:
    """One stream: where its bytes come from and where its lines go."""

    def __init__(self, source: IO[bytes], splitter: LineSplitter, delivery: LineDelivery) -> None:
        self._source = source
        self._splitter = splitter
        self._delivery = delivery
        self.fileno = source.fileno()

    def start(self) -> None:
        """Make reads return at once when there is nothing to read."""
        os.set_blocking(self.fileno, False)

    def read(self) -> int | None:
        """Hand on what one read gives.

        Returns:
            Number of bytes; 0 at the end, None when there is nothing to read now.
        """
        try:
            data = os.read(self.fileno, _READ_BYTES)
        except BlockingIOError:
            return None
        except OSError:  # an I/O error ends a stream
            data = b""
        self._hand_on(data)
        return len(data)

    def close(self, *, finished: bool) -> None:
        """Close the stream, and hand on a last line without an end unless `finished`."""
        self._source.close()
        if not finished:
            self._hand_on(b"")

    def _hand_on(self, data: bytes) -> None:
        if lines := self._splitter.push(data):
            self._delivery.deliver(lines)


class OutputReader(threading.Thread):
    """The thread that reads a child's output.

    Args:
        child: Whose output it is.
        streams: Read in this order when both have something.
    """

    def __init__(self, child: Child, streams: list[OutputStream]) -> None:
        super().__init__(name=f"juncture-output-{child.pid}", daemon=True)
        self.caught_up = threading.Event()
        """Set when the child has ended and every line it wrote was handed on."""
        self.finished = threading.Event()
        """Set when nothing more will be handed on."""
        self._child = child
        self._streams = {stream.fileno: stream for stream in streams}
        self._poll = select.poll()
        self._stopping = False
        self._wake_lock = threading.Lock()
        self._wake_pipe: tuple[int, int] | None = None

    def start(self) -> None:
        """Begin to read.

        Raises:
            OSError: no descriptor is left; the streams are closed.
            RuntimeError: no thread is left; the streams are closed.
        """
        try:
            self._wake_pipe = os.pipe()
            self._poll.register(self._wake_pipe[0], select.POLLIN)
            for stream in self._streams.values():
                stream.start()
                self._poll.register(stream.fileno, select.POLLIN)
            super().start()
        except (OSError, RuntimeError):
            self._close()
            raise
        self._child.call_on_end(self._wake)

    def run(self) -> None:
        """Read until both streams and the child have ended, or `stop` was called."""
        try:
            self._pump()
        finally:
            self._close()

    def stop(self) -> None:
        """Hand on what is in the pipes now and finish, whoever still holds them open."""
        self._stopping = True
        self._wake()

    def is_current(self) -> bool:
        """Whether the caller runs in this thread, that is, inside a callback."""
        return threading.current_thread() is self

    def _wake(self) -> None:
        with self._wake_lock:
            if self._wake_pipe is not None:
                os.write(self._wake_pipe[1], b"\0")

    def _pump(self) -> None:
        wake_fd = self._wake_pipe[0] if self._wake_pipe is not None else -1
        while self._streams or not self.caught_up.is_set():
            ready = [fd for fd, _ in self._poll.poll()]
            for fd in ready:
                if fd != wake_fd:
                    self._read(fd)
            if wake_fd in ready:
                os.read(wake_fd, 64)
                # Looked at before the drain: what came earlier is in the pipes by now.
                ended, stopping = self._child.returncode is not None, self._stopping
                self._drain()
                if ended:
                    self.caught_up.set()
                if stopping:
                    return

    def _read(self, fd: int) -> int:
        count = self._streams[fd].read()
        if count == 0:
            self._poll.unregister(fd)
            self._streams.pop(fd).close(finished=True)
        return count or 0

    def _drain(self) -> None:
        """Read what the pipes hold now; bounded, because whoever holds them may go on writing."""
        for fd in tuple(self._streams):
            left = _DRAIN_BYTES
            while left > 0 and (count := self._read(fd)):
                left -= count

    def _close(self) -> None:
        for stream in self._streams.values():
            stream.close(finished=False)
        self._child.streams[0].close()
        with self._wake_lock:
            if self._wake_pipe is not None:
                for fd in self._wake_pipe:
                    os.close(fd)
                self._wake_pipe = None
        self.caught_up.set()
        self.finished.set()
