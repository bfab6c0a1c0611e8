"""One life of a channel: a process that is a `sh`, and the commands on their way through it.

Any thread may submit; the I/O thread reads, completes and, at the end, fails what is left. The end
is the end of the process, as the kernel tells it, and not that of its streams: what a command left
in the background may hold those open.
"""

from __future__ import annotations

import collections
import os
import threading

from juncture.saga.exceptions import NoSuccess, SagaException, Timeout
from juncture.saga.shell import _framing, _io
from juncture.saga.shell.pending import Pending

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from juncture.saga.shell._process import PipedProcess

_READ_BYTES = 1 << 16
_NOISE_BYTES = 4096
_OPEN_TIMEOUT_S = 60.0
_SSH_FAILED = 255  # less is the status of what ssh has run (ssh(1), EXIT STATUS)
_START_UP = "its start-up files may end the shell, start another one, or wait for input"


class Shell:
    """A process that serves a channel.

    Args:
        process: A `sh`, or what leads to one; it belongs to this object from now on.
        name: What to call the host.
        on_event: Called with each event.
        on_lost: Called once with the reason, unless the end was asked for.
    """

    def __init__(
        self,
        process: PipedProcess,
        name: str,
        on_event: Callable[[bytes], None],
        on_lost: Callable[[SagaException], None],
    ) -> None:
        self.owner = os.getpid()
        self.remote_pid = 0
        self.lost: SagaException | None = None
        self.is_open = False
        """Whether somebody uses it, who is then told of its loss."""
        self._process = process
        self._name = name
        self._on_event = on_event
        self._on_lost = on_lost
        self._token = os.urandom(16).hex()
        self._output = _framing.Splitter(self._token.encode("ascii"))
        self._errors = _framing.Splitter(self._token.encode("ascii"))
        self._awaiting_output: collections.deque[Pending] = collections.deque()
        self._awaiting_errors: collections.deque[Pending] = collections.deque()
        self._ready = Pending("the start of the shell")
        self._backlog = bytearray()
        self._noise = b""
        self._lock = threading.Lock()
        self._reactor = _io.reactor()
        self._streams = {process.stdout, process.stderr}
        self._pidfd = -1
        self._closing = False
        self._finishing = False
        self._last_status: int | None = None

    def open(self) -> None:
        """Have the process become a shell that serves; it need not have begun to."""
        self._reactor.call(self._watch)
        self.write(_framing.setup(self._token))

    def wait_ready(self) -> None:
        """Wait until the process is a shell that serves.

        Raises:
            NoSuccess: it ends instead.
            Timeout: it does not answer.
        """
        try:
            self._ready.result(_OPEN_TIMEOUT_S)
        except Timeout as error:
            self.close()
            raise Timeout(
                f"the shell on {self._name} does not answer" + _shown(self._noise), hint=_START_UP
            ) from error

    def submit(self, text: bytes, pending: Pending) -> None:
        """Send a framed command, whose end will end `pending`."""
        with self._lock:
            self._check()
            try:
                self._awaiting_output.append(pending)
                self._awaiting_errors.append(pending)
                self._write(text)
            except BaseException:
                self._give_up()
                raise

    def write(self, text: bytes) -> None:
        """Send text that nothing waits for."""
        with self._lock:
            self._check()
            try:
                self._write(text)
            except BaseException:
                self._give_up()
                raise

    def pause(self, paused: bool) -> None:
        """Stop reading standard output, or go on."""
        self._reactor.call(self._stop_output if paused else self._go_on)

    def close(self) -> None:
        """End the process."""
        self._closing = True
        if self.owner == os.getpid():
            self._process.kill()
            self._reactor.do(self._finish)

    def abandon(self) -> None:
        """End the process from a finaliser, which may run in any thread at any time."""
        self._closing = True
        if self.owner == os.getpid():
            self._reactor.call(self.close)

    def _give_up(self) -> None:
        """End the process after an interrupt: nobody knows how much was sent, and who waits."""
        self._process.kill()

    def _check(self) -> None:
        if self.lost is not None:
            raise NoSuccess(self.lost.message, hint=self.lost.hint) from self.lost

    def _write(self, text: bytes) -> None:
        """Write what the pipe takes now and leave the rest to the I/O thread."""
        if not self._backlog:
            sent = self._write_some(text)
            if sent == len(text):
                return
            text = text[sent:]
            self._reactor.call(self._watch_input)
        self._backlog += text

    def _write_some(self, text: bytes | bytearray) -> int:
        try:
            return os.write(self._process.stdin, text)
        except BlockingIOError:
            return 0
        except OSError:
            return len(text)  # nobody reads any more: the end of the process will be told

    # Below here: in the I/O thread.

    def _watch(self) -> None:
        process = self._process
        os.set_blocking(process.stdout, False)
        os.set_blocking(process.stderr, False)
        self._reactor.watch(process.stdout, _io.READ, self._read_output)
        self._reactor.watch(process.stderr, _io.READ, self._read_errors)
        try:
            self._pidfd = os.pidfd_open(process.pid)
        except (AttributeError, OSError):  # not Linux: the end of both streams must do
            return
        self._reactor.watch(self._pidfd, _io.READ, self._finish)

    def _watch_input(self) -> None:
        if self.lost is None:
            self._reactor.unwatch(self._process.stdin)
            self._reactor.watch(self._process.stdin, _io.WRITE, self._flush)

    def _flush(self) -> None:
        with self._lock:
            del self._backlog[: self._write_some(self._backlog[: 1 << 20])]
            if not self._backlog:
                self._reactor.unwatch(self._process.stdin)

    def _stop_output(self) -> None:
        if self.lost is None:
            self._reactor.unwatch(self._process.stdout)

    def _go_on(self) -> None:
        if self.lost is None and self._process.stdout in self._streams:
            self._reactor.unwatch(self._process.stdout)
            self._reactor.watch(self._process.stdout, _io.READ, self._read_output)

    def _read(self, fd: int) -> bytes | None:
        """Return what has come, or None for nothing yet."""
        try:
            data = os.read(fd, _READ_BYTES)
        except BlockingIOError:
            return None
        except OSError:
            data = b""
        if not data:
            self._reactor.unwatch(fd)
            self._streams.discard(fd)
            if not self._streams and self._pidfd < 0:
                self._finish()
        return data

    def _read_output(self) -> bool:
        data = self._read(self._process.stdout)
        if not data:
            return False
        waiting = self._awaiting_output
        for is_mark, piece in self._output.feed(data):
            if is_mark:
                self._output_mark(piece)
            elif waiting:
                waiting[0].take_output(piece)
            else:
                self._keep_noise(piece)
        return True

    def _read_errors(self) -> bool:
        data = self._read(self._process.stderr)
        if not data:
            return False
        waiting = self._awaiting_errors
        for is_mark, piece in self._errors.feed(data):
            if not is_mark:
                if waiting:
                    waiting[0].take_errors(piece)
                else:
                    self._keep_noise(piece)
            elif piece == _framing.END_OF_ERRORS:
                if waiting:
                    waiting.popleft().end_errors()
            elif piece.startswith(_framing.BYE):
                self._bye(piece)
            elif piece.startswith(_framing.READY):
                self._ready.end_errors()
            else:
                self._event(piece[len(_framing.EVENT) :])
        return True

    def _output_mark(self, word: bytes) -> None:
        if word.startswith(_framing.READY):
            self.remote_pid = int(word[len(_framing.READY) :])
            self._noise = b""
            self._ready.end_output(0)
        elif word.startswith(_framing.BYE):
            self._bye(word)
        elif self._awaiting_output:
            self._awaiting_output.popleft().end_output(int(word))

    def _bye(self, word: bytes) -> None:
        """The shell ends; what it left in the background may keep an ssh session open for long."""
        if self._last_status is None:
            self._last_status = int(word[len(_framing.BYE) :])
        else:  # this is the second stream, so nothing is on its way any more
            self._process.kill()

    def _event(self, text: bytes) -> None:
        try:
            self._on_event(text)
        except Exception:  # noqa: BLE001 - it must not end the thread
            _io.log().exception("a function for events from %s failed", self._name)

    def _lose(self, reason: SagaException) -> None:
        try:
            self._on_lost(reason)
        except Exception:  # noqa: BLE001 - it must not end the thread
            _io.log().exception("a function for the loss of %s failed", self._name)

    def _keep_noise(self, text: bytes) -> None:
        """Keep the last of what nobody asked for: it may say why the connection ended."""
        self._noise = (self._noise + text)[-_NOISE_BYTES:]

    def _finish(self) -> None:
        """The process has ended: take what it left, and tell everybody."""
        if self._finishing:
            return
        self._finishing = True
        while self._process.stdout in self._streams and self._read_output():
            pass
        while self._process.stderr in self._streams and self._read_errors():
            pass
        status = self._process.wait(1.0)
        reason = self._reason(status if self._last_status is None else self._last_status)
        with self._lock:  # from then on nobody writes: the numbers may soon be those of other files
            self.lost = reason
        for fd in (self._process.stdout, self._process.stderr, self._process.stdin, self._pidfd):
            if fd >= 0:
                self._reactor.unwatch(fd)
                os.close(fd)
        left = {id(one): one for one in (*self._awaiting_output, *self._awaiting_errors)}
        for pending in (self._ready, *left.values()):
            if not pending.is_done:
                pending.fail(reason)
        if not self._closing and (self.remote_pid or self.is_open):  # else `wait_ready` tells
            _io.log().info("%s", reason)
            self._lose(reason)

    def _reason(self, status: int | None) -> SagaException:
        if self._closing:
            return NoSuccess(f"the channel to {self._name} is closed")
        text = self._noise.decode("utf-8", "replace").strip()
        if not self.remote_pid and status is not None and 0 <= status < _SSH_FAILED:
            said = _shown(self._noise)
            return NoSuccess(
                f"{self._name} gives no shell, the login shell ended with status {status}{said}",
                hint=_START_UP,
            )
        if self._process.explain is not None and self._last_status is None:
            return self._process.explain(text, status)
        how = f"status {status}" if status is None or status >= 0 else f"signal {-status}"
        return NoSuccess(
            f"the shell on {self._name} has ended with {how}{_shown(self._noise)}",
            hint="open it again",
        )


def _shown(noise: bytes) -> str:
    """Return the last line of what nobody asked for, for the end of a message."""
    lines = noise.decode("utf-8", "replace").strip().splitlines()
    return f": {lines[-1].strip()}" if lines else ""
