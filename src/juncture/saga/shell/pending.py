"""A command that a shell was given: what it has said so far, and its end.

The I/O thread fills it in; any thread may wait for it. Its output is kept whole, unless a function
or a `Stream` takes it as it comes.
"""

from __future__ import annotations

import collections
import threading

from juncture._util.flag import Flag
from juncture.saga.exceptions import SagaException, Timeout

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


_STREAMS = 2


if TYPE_CHECKING:
    from typing import NamedTuple

    class _Result(NamedTuple):
        status: int
        stdout: bytes
        stderr: bytes

else:  # without the import of typing
    _Result = collections.namedtuple("_Result", ("status", "stdout", "stderr"))  # noqa: PYI024


class Result(_Result):
    """How a command ended.

    Attributes:
        status: Exit status, as the shell's `$?` says it: over 128 for a signal.
        stdout: What it wrote to its standard output, byte for byte.
        stderr: What it wrote to its standard error.
    """

    __slots__ = ()


class Pending:
    """A command on its way; made by `Channel.start`."""

    __slots__ = (
        "_done",
        "_errors",
        "_halves",
        "_output",
        "_room_for_errors",
        "_status",
        "_then",
        "_what",
        "error",
        "sink",
    )

    def __init__(
        self,
        what: str,
        sink: Callable[[bytes], None] | None = None,
        most_errors: int | None = None,
    ) -> None:
        self.sink = sink
        self.error: SagaException | None = None
        self._what = what
        self._output: list[bytes] = []
        self._errors: collections.deque[bytes] = collections.deque()
        self._room_for_errors = most_errors
        self._status = -1
        self._halves = 0
        self._then: Callable[[Pending], None] | None = None
        self._done = Flag()

    @property
    def is_done(self) -> bool:
        """Whether the command has ended, or can never be known to."""
        return self._done.is_set()

    def wait(self, timeout: float | None = None) -> bool:
        """Wait for the end and say whether it has come.

        Args:
            timeout: Seconds; None waits for ever.
        """
        return self._done.wait(timeout)

    def result(self, timeout: float | None = None) -> Result:
        """Wait for the end and return the result.

        Raises:
            Timeout: it has not ended in time; it goes on.
            NoSuccess: the shell was lost meanwhile.
        """
        if not self.wait(timeout):
            raise Timeout(
                f"`{self._what}` has not ended after {timeout:g} s",
                hint="it goes on and what follows on its channel waits; `interrupt` ends it",
            )
        if self.error is not None:
            raise type(self.error)(self.error.message, hint=self.error.hint) from self.error
        return Result(self._status, b"".join(self._output), b"".join(self._errors))

    def when_done(self, function: Callable[[Pending], None]) -> None:
        """Have `function` called once, in the I/O thread; at once if the end has come.

        It must neither block nor raise. There is one function a command.
        """
        self._then = function
        if self.is_done:
            self._tell()

    # Below here: for the channel.

    def take_output(self, data: bytes) -> None:
        """Keep, or pass on, a piece of standard output."""
        if self.sink is None:
            self._output.append(data)
        else:
            self.sink(data)

    def take_errors(self, data: bytes) -> None:
        """Keep a piece of standard error, and forget the oldest of too many."""
        self._errors.append(data)
        if self._room_for_errors is not None:
            self._room_for_errors -= len(data)
            while self._room_for_errors < 0 and len(self._errors) > 1:
                self._room_for_errors += len(self._errors.popleft())

    def end_output(self, status: int) -> None:
        """Nothing more comes on standard output."""
        self._status = status
        self._end_half()

    def end_errors(self) -> None:
        """Nothing more comes on standard error."""
        self._end_half()

    def _end_half(self) -> None:
        self._halves += 1
        if self._halves == _STREAMS:
            self._done.set()
            self._tell()

    def fail(self, error: SagaException) -> None:
        """The shell is gone, and nobody will know how the command ended."""
        self.error = error
        self._done.set()
        self._tell()

    def _tell(self) -> None:
        then, self._then = self._then, None
        if then is not None:
            then(self)


class Stream:
    """The output of a command as it comes, in bounded memory.

    Iterate over it once, for pieces of standard output; `result` then has the status and the last
    of standard error. While nobody takes what has come, the far side has to wait.

    Args:
        pause: Called to stop reading from the channel (True) or to go on (False).
        most_bytes: How much may wait here.
    """

    def __init__(self, pause: Callable[[bool], None], most_bytes: int = 1 << 20) -> None:
        self.pending: Pending | None = None
        self._pause = pause
        self._most_bytes = most_bytes
        self._pieces: collections.deque[bytes] = collections.deque()
        self._waiting_bytes = 0
        self._paused = False
        # It is entered by its lock: an interrupt may end `Condition.__enter__` with it held.
        self._lock = threading.RLock()
        self._changed = threading.Condition(self._lock)

    @property
    def waiting_bytes(self) -> int:
        """How much has come that nobody has taken."""
        return self._waiting_bytes

    def __iter__(self) -> Iterator[bytes]:
        while (piece := self._next()) is not None:
            yield piece

    def result(self, timeout: float | None = None) -> Result:
        """Drop what is left of the output, and return what `Pending.result` does."""
        assert self.pending is not None  # noqa: S101 - set by the channel at once
        for _ in self:
            pass
        return self.pending.result(timeout)

    def take(self, data: bytes) -> None:
        """Called in the I/O thread with a piece of output."""
        with self._lock:
            self._pieces.append(data)
            self._waiting_bytes += len(data)
            if self._waiting_bytes >= self._most_bytes and not self._paused:
                self._paused = True
                self._pause(True)
            self._changed.notify()

    def end(self, pending: Pending) -> None:
        """Called in the I/O thread when the command has ended."""
        del pending
        with self._lock:
            self._changed.notify()

    def _next(self) -> bytes | None:
        with self._lock:
            while not self._pieces:
                if self.pending is not None and self.pending.is_done:
                    return None
                self._changed.wait()
            piece = self._pieces.popleft()
            self._waiting_bytes -= len(piece)
            if self._paused and self._waiting_bytes < self._most_bytes // 2:
                self._paused = False
                self._pause(False)
            return piece
