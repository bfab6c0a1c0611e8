"""A program on a terminal of its own, to be talked to as a person would.

For programs that need a terminal or ask on it. There is no echo, newlines are not translated, and
what it writes is bytes that are decoded as UTF-8 (what is not UTF-8 survives as surrogates, PEP
383). For commands without a dialogue use `Channel`: it knows where output ends, and a terminal does
not.
"""

from __future__ import annotations

import codecs
import contextlib
import logging
import os
import re
import select
import shlex
import subprocess
import termios
import threading
import time
from typing import TYPE_CHECKING

from juncture.saga.exceptions import BadParameter, NoSuccess
from juncture.saga.shell import _terminal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from typing_extensions import Self

_log = logging.getLogger(__name__)
_READ_BYTES = 1 << 16
_LONGEST_LINE_BYTES = 4095  # N_TTY_BUF_SIZE - 1: the kernel drops what is beyond (termios(3))
_LOCAL = 3
_RESTARTS = 3
_LAST_WORDS_MS = 100
_STATUS_S = 5.0
"""How long after its terminal a program may end; one that goes on without it is done with, too."""
_SHOWN_BYTES = 2048
_COLOUR = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")


class PTYProcess:
    """A process on a pseudo terminal. It starts at once, and ends with this object.

    Args:
        command: Program and arguments; a string is split as a shell would.
        cfg: Accepted for programs that pass it; it changes nothing.
        logger: Where to log; None for this module's logger.
        goes_raw: Whether the program makes its terminal raw, as ssh does: what is typed waits until
            then, as before the terminal would take it for its own (Ctrl-C, Ctrl-D, end of line).

    Raises:
        BadParameter: there is no program.
        NoSuccess: it cannot be started.
    """

    def __init__(
        self,
        command: str | Sequence[str],
        cfg: object = None,
        logger: logging.Logger | None = None,
        *,
        goes_raw: bool = False,
    ) -> None:
        del cfg
        self.command = shlex.split(command) if isinstance(command, str) else list(command)
        if not self.command:
            raise BadParameter("a process needs a program to run")
        self.logger = logger or _log
        self.exit_code: int | None = None
        self.exit_signal: int | None = None
        self._process: subprocess.Popen[bytes] | None = None  # noqa: TID251 - a type
        self._master = -1
        self._pidfd = -1
        self._restarts = 0
        self._goes_raw = goes_raw
        self._is_typed_on = not goes_raw
        self._cache = ""
        self._seen = b""
        self._decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")
        self._lock = threading.RLock()
        self.initialize()

    def initialize(self) -> None:
        """Start the program; nothing happens if it runs."""
        with self._lock:
            if self._process is not None:
                return
            terminal = _terminal.open_terminal(packets=self._goes_raw)
            self._master = terminal.master
            try:
                self._process = _terminal.start_on(terminal, self.command)
            except OSError as error:
                os.close(self._master)
                raise NoSuccess(f"`{self.command[0]}` does not start: {error}") from error
            os.set_blocking(self._master, False)
            self._is_typed_on = not self._goes_raw
            try:
                self._pidfd = os.pidfd_open(self._process.pid)
            except (AttributeError, OSError):  # not Linux: the end of its output must do
                self._pidfd = -1
            self._cache = ""
            self._decoder.reset()

    def alive(self, recover: bool = False) -> bool:
        """Whether the program runs.

        Args:
            recover: Start it again if it has ended, at most three times.
        """
        with self._lock:
            if self._process is not None and self._process.poll() is None:
                return True
            self.finalize()
            if not recover or self._restarts >= _RESTARTS:
                return False
            self._restarts += 1
            self.initialize()
            return True

    def finalize(self, wstat: int | None = None) -> None:
        """End the program and release the terminal; `exit_code` or `exit_signal` is set then."""
        del wstat
        with self._lock:
            process, self._process = self._process, None
            if process is None:
                return
            status = _terminal.kill(process, self._master)
            os.close(self._master)
            if self._pidfd >= 0:
                os.close(self._pidfd)
            self._master = self._pidfd = -1
            self.exit_code = status if status is not None and status >= 0 else None
            self.exit_signal = -status if status is not None and status < 0 else None

    def wait(self, timeout: float | None = None) -> int | None:
        """Wait for the end; return the exit code, None for the end by a signal, or no end yet.

        What the program still writes is kept for `read`, so that it never has to wait for us.
        """
        deadline = None if timeout is None else time.monotonic() + timeout
        with self._lock:
            while self._process is not None and self._fill(deadline) is not None:
                if deadline is not None and time.monotonic() >= deadline:
                    return None
            if self._process is not None:
                left = None if deadline is None else max(deadline - time.monotonic(), 0)
                try:
                    self._process.wait(left)
                except subprocess.TimeoutExpired:
                    return None
                self.finalize()
            return self.exit_code

    def read(self, size: int = 0, timeout: float = 0) -> str:
        """Return what the program has written.

        Args:
            size: How many characters; 0 for whatever there is, at least one.
            timeout: Seconds to wait for it; 0 waits for ever, less than 0 does not wait. When the
                time is over, what there is is returned, which may be nothing.

        Raises:
            NoSuccess: the program has ended, and nothing is left to read.
        """
        deadline = None if timeout == 0 else time.monotonic() + max(timeout, 0)
        with self._lock:
            while len(self._cache) < max(size, 1):
                got = self._fill(deadline)
                if got is None:
                    if self._cache:
                        break
                    raise self._ended()
                if not got and deadline is not None and time.monotonic() >= deadline:
                    break
            at = size if size > 0 else len(self._cache)
            data, self._cache = self._cache[:at], self._cache[at:]
        return data.replace("\r", "")

    def find(self, patterns: Sequence[str], timeout: float = 0) -> tuple[int | None, str]:
        """Read until one of some regular expressions matches.

        Args:
            patterns: Tried in order; `^`, `$` and `.` match at and across line ends. Escape
                sequences for colours are taken out before.
            timeout: Seconds; 0 or less waits for ever.

        Returns:
            The number of the pattern and all up to the end of the match, or None and all there is.

        Raises:
            NoSuccess: the program has ended, and nothing matches.
        """
        compiled = [re.compile(pattern, re.MULTILINE | re.DOTALL) for pattern in patterns]
        deadline = time.monotonic() + timeout if timeout > 0 else None
        with self._lock:
            while True:
                self._cache = _COLOUR.sub("", self._cache).replace("\r", "")
                for number, pattern in enumerate(compiled):
                    if found := pattern.search(self._cache):
                        text = self._cache[: found.end()]
                        self._cache = self._cache[found.end() :]
                        return number, text
                if deadline is not None and time.monotonic() >= deadline:
                    return None, self._cache
                if self._fill(deadline) is None:
                    raise self._ended()

    def write(self, data: str | bytes, nolog: bool = False) -> None:
        """Send text to the program, as if typed.

        Args:
            data: What to send.
            nolog: Keep it out of the log, for secrets.

        Raises:
            BadParameter: a line is longer than the terminal takes; it would be cut.
            NoSuccess: the program has ended.
        """
        raw = data.encode("utf-8", "surrogateescape") if isinstance(data, str) else data
        self.logger.debug("write: [%5d] %s", len(raw), "***" if nolog else raw[:_SHOWN_BYTES])
        with self._lock:
            if self._process is None:
                raise self._ended()
            self._check_lines(raw)
            self._wait_until_raw()
            view = memoryview(raw)
            while view:
                # It may not read before we have read what it writes.
                poll = select.poll()
                poll.register(self._master, select.POLLIN | select.POLLOUT)
                events = poll.poll()[0][1]
                if events & select.POLLIN:
                    self._fill(0)
                if events & select.POLLOUT:
                    view = view[self._send(view) :]
                elif not events & select.POLLIN:
                    raise self._ended()

    def flush(self) -> None:
        """Drop what the program has written so far."""
        with self._lock:
            while self._process is not None and self._fill(0):
                pass
            self._cache = ""

    def autopsy(self) -> str:
        """Return the last of what the program wrote and how it ended, for a message."""
        with self._lock:
            if self._process is not None and self._process.poll() is not None:
                while self._fill(0):
                    pass
                self.finalize()
        said = self._seen.decode("utf-8", "replace").strip()
        return f"exit code {self.exit_code}, signal {self.exit_signal}: {said}"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.finalize()

    def __del__(self) -> None:
        if getattr(self, "_process", None) is not None:
            self.finalize()

    def _fill(self, deadline: float | None) -> bool | None:
        """Wait for output and keep it: True for some, False for none in time, None at the end."""
        if self._process is None:
            return None
        ready = self._poll(deadline)
        if not ready:
            return ready
        try:
            data = os.read(self._master, _READ_BYTES)
        except BlockingIOError:
            return False
        except OSError:  # EIO: no process has the terminal open any more
            return None
        if not data:
            return None
        if self._goes_raw:
            data = data[1:]  # what the terminal says of itself comes first (ioctl_tty(2), TIOCPKT)
        self._seen = (self._seen + data)[-_SHOWN_BYTES:]
        self._cache += self._decoder.decode(data)
        return True

    def _wait_until_raw(self) -> None:
        """Wait until the program has made the terminal raw, which ends flow control and is told."""
        while not self._is_typed_on:
            self._is_typed_on = not termios.tcgetattr(self._master)[_LOCAL] & termios.ICANON
            if not self._is_typed_on and self._fill(None) is None:
                raise self._ended()

    def _poll(self, deadline: float | None) -> bool | None:
        """Wait for output: True for some, False for none in time, None for the end without any."""
        poll = select.poll()
        poll.register(self._master, select.POLLIN)
        if self._pidfd >= 0:
            poll.register(self._pidfd, select.POLLIN)
        left = None if deadline is None else max(deadline - time.monotonic(), 0) * 1000
        ready = dict(poll.poll(left))
        if not ready or self._master in ready:
            return bool(ready)
        # It has ended; what it left in the background may keep the terminal open for long. The
        # kernel hands its last words on a moment later.
        poll.unregister(self._pidfd)
        return True if poll.poll(_LAST_WORDS_MS) else None

    def _send(self, data: memoryview) -> int:
        try:
            return os.write(self._master, data)
        except BlockingIOError:
            return 0
        except OSError as error:
            raise self._ended() from error

    def _check_lines(self, data: bytes) -> None:
        if len(data) <= _LONGEST_LINE_BYTES:
            return
        is_canonical = termios.tcgetattr(self._master)[_LOCAL] & termios.ICANON
        if is_canonical and max(map(len, data.split(b"\n"))) > _LONGEST_LINE_BYTES:
            raise BadParameter(
                f"a line on a terminal has at most {_LONGEST_LINE_BYTES} bytes",
                hint="send it through a Channel, or in several lines",
            )

    def _ended(self) -> NoSuccess:
        if self._process is not None:  # its terminal closes a moment before its status is there
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(_STATUS_S)
        return NoSuccess(f"`{self.command[0]}` has ended; {self.autopsy()}")
