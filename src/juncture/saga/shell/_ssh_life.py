"""One run of the OpenSSH client as a master: its start with the questions it asks, and its end.

ssh has a terminal, for its questions, and two pipes: one on which it says that it is up, and one
for its messages. Once it is up the I/O thread reads them, so that it never has to wait for us.
"""

from __future__ import annotations

import fcntl
import functools
import glob
import os
import select
import stat
import tempfile
import threading
import time
from typing import TYPE_CHECKING

from juncture._util.private import make_private_directory, open_private, random_name
from juncture.saga.exceptions import NoSuccess, SagaException, Timeout
from juncture.saga.shell import _io, _terminal, ssh_failures

if TYPE_CHECKING:
    import logging
    import subprocess
    from collections.abc import Iterable

    from juncture.saga.shell.budget import Slot
    from juncture.saga.shell.dialogue import Dialogue
    from juncture.saga.shell.ssh_config import Target

_LONGEST_DIRECTORY = 60  # ssh makes names of 35 bytes in it, and a socket's may have 107
_LOCK_NAME = "ssh.lock"
_PRIVATE = 0o700
_SAID_BYTES = 16384
_SETTLE_S = 0.05
CONNECT_TIMEOUT_S = 120.0
_UP = b"juncture-up"

# Said on the command line, these hold whatever the user's configuration says.
_MASTER_OPTIONS = (
    "ControlMaster=yes",
    "ControlPersist=no",
    "PermitLocalCommand=yes",
    f"LocalCommand=echo {_UP.decode('ascii')}",
    "NumberOfPasswordPrompts=1",
    "BatchMode=no",
    "ClearAllForwardings=yes",
    "RemoteCommand=none",
    "RequestTTY=no",
    "EscapeChar=none",
    "LogLevel=INFO",
)


class Connection:
    """One run of the master process."""

    def __init__(self, name: str, program: str, slot: Slot) -> None:
        base = os.path.join(_private_directory(), random_name()[:8])
        self.socket = base
        self.is_up = False
        self._config = base + ".conf"
        self._name = name
        self._program = program
        self._slot = slot
        self._process: subprocess.Popen[bytes] | None = None  # noqa: TID251 - a type
        self._terminal = -1
        self._far_end = -1
        self._said = b""
        self._output = b""
        self._reactor = _io.reactor()
        self._owner = os.getpid()
        self._fds: list[int] = []
        self._pidfd = -1

    @property
    def pid(self) -> int | None:
        """Its process id; None before the start and after the end."""
        return self._process.pid if self._process is not None else None

    def start(self, config: str, target: Target, environment: dict[str, str]) -> None:
        """Start ssh."""
        with open(self._config, "x", encoding="utf-8", errors="surrogateescape") as file:
            file.write(config)
        terminal = _terminal.open_terminal()
        self._terminal, self._far_end = terminal.master, terminal.slave
        argv = [self._program, "-F", self._config, "-N", "-T", "-S", self.socket]
        argv += (word for option in _MASTER_OPTIONS for word in ("-o", option))
        self._process = _terminal.start_on(
            terminal, [*argv, *target.arguments()], environment=environment, pipes=True
        )
        assert self._process.stdout is not None  # noqa: S101 - both are pipes
        assert self._process.stderr is not None  # noqa: S101
        self._fds = [self._process.stdout.fileno(), self._process.stderr.fileno(), self._terminal]
        for fd in self._fds:
            os.set_blocking(fd, False)

    def wait(self, dialogue: Dialogue) -> None:
        """Answer what is asked until the connection is up."""
        output, errors, terminal = self._fds
        poll = select.poll()
        for fd in self._fds:
            poll.register(fd, select.POLLIN)
        asked = b""
        deadline = time.monotonic() + CONNECT_TIMEOUT_S
        while _UP not in self._output:
            left = _SETTLE_S if _is_question(asked) else deadline - time.monotonic()
            ready = poll.poll(max(left, 0) * 1000)
            if not ready and not _is_question(asked):
                raise Timeout(f"{self._name} did not let us in within {CONNECT_TIMEOUT_S:g} s")
            if not ready:
                self._answer(dialogue, asked)
                asked = b""
                deadline = time.monotonic() + CONNECT_TIMEOUT_S
            for fd, _ in ready:
                data = _read(fd)
                if fd == terminal:
                    asked += data or b""
                elif fd == output:
                    self._output += data or b""
                    if data == b"":
                        raise self._failure(errors)
                else:
                    self._keep(data or b"")
                if data == b"":
                    poll.unregister(fd)
        self.is_up = True
        self._reactor.do(self._watch)

    def check(self) -> None:
        """Raise NoSuccess if ssh has ended while somebody thought about an answer."""
        if self._process is None or self._process.poll() is not None:
            raise NoSuccess(
                f"the connection to {self._name} ended before its question was answered",
                hint="servers wait for two minutes as a rule; connect again",
            )

    def abort(self) -> None:
        """Kill ssh while another thread waits for it in `wait`, which fails then."""
        process = self._process
        if process is not None and self._owner == os.getpid():
            _terminal.kill(process)

    def end(self) -> None:
        """End ssh and remove what it left."""
        self.is_up = False
        if self._owner != os.getpid():
            return
        if self._process is not None:
            _terminal.kill(self._process)
            self._reactor.do(self._unwatch)
            for stream in (self._process.stdout, self._process.stderr):
                if stream is not None:
                    stream.close()
            os.close(self._terminal)
            os.close(self._far_end)
            self._process = None
        for path in (self.socket, self._config):
            try:
                os.unlink(path)
            except FileNotFoundError:
                continue
        self._slot.release()

    def _answer(self, dialogue: Dialogue, asked: bytes) -> None:
        text = asked.decode("utf-8", "replace").replace("\r", "")
        _log().info("%s asks: %s", self._name, text.strip())
        os.write(self._terminal, dialogue.answer(text).encode("utf-8", "surrogateescape") + b"\n")

    def _failure(self, errors: int) -> SagaException:
        assert self._process is not None  # noqa: S101 - it was started
        status = self._process.wait()
        while data := _read(errors):
            self._keep(data)
        return ssh_failures.failure(self._name, self._said.decode("utf-8", "replace"), status)

    def _keep(self, data: bytes) -> None:
        self._said = (self._said + data)[-_SAID_BYTES:]

    # In the I/O thread: nobody may be kept waiting by a full pipe, and the end is noticed.

    def _watch(self) -> None:
        for fd in self._fds:
            self._reactor.watch(fd, _io.READ, functools.partial(self._drain, fd))
        assert self._process is not None  # noqa: S101 - it is up
        try:
            self._pidfd = os.pidfd_open(self._process.pid)
        except (AttributeError, OSError):  # not Linux: the end of its messages must do
            return
        self._reactor.watch(self._pidfd, _io.READ, self._ended)

    def _drain(self, fd: int) -> None:
        data = _read(fd)
        if data == b"":
            self._reactor.unwatch(fd)
            if fd == self._fds[1] and self._pidfd < 0:
                self._ended()
        elif data is not None and fd == self._fds[1]:
            self._keep(data)

    def _ended(self) -> None:
        if self.is_up:
            self.is_up = False
            said = self._said.decode("utf-8", "replace").strip().splitlines()
            _log().warning(
                "the connection to %s has ended: %s", self._name, said[-1:] or "no reason"
            )
        self._unwatch()

    def _unwatch(self) -> None:
        for fd in self._fds:
            self._reactor.unwatch(fd)
        if self._pidfd >= 0:
            self._reactor.unwatch(self._pidfd)
            os.close(self._pidfd)
            self._pidfd = -1


_lock = threading.Lock()
_directories: dict[int, str] = {}


def _private_directory() -> str:
    with _lock:
        if os.getpid() not in _directories:
            bases = (os.environ.get("XDG_RUNTIME_DIR", ""), tempfile.gettempdir(), "/tmp")  # noqa: S108 - a base
            _sweep(bases)
            path = make_private_directory(bases, longest_path=_LONGEST_DIRECTORY)
            lock = open_private(os.path.join(path, _LOCK_NAME), os.O_RDWR)
            fcntl.flock(lock, fcntl.LOCK_EX)  # held as long as this process lives
            _directories[os.getpid()] = path
        return _directories[os.getpid()]


def _sweep(bases: Iterable[str]) -> None:
    """Remove what killed processes have left: directories of ours whose lock nobody holds."""
    for base in filter(None, bases):
        for lock in glob.glob(os.path.join(glob.escape(base), "juncture-*", _LOCK_NAME)):
            place = os.path.dirname(lock)
            try:
                info = os.lstat(place)
                if info.st_uid != os.geteuid() or stat.S_IMODE(info.st_mode) != _PRIVATE:
                    continue
                with open(lock, "r+b") as file:
                    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    _remove(place)
            except OSError:  # it is in use, or somebody else removes it
                continue


def remove_directory() -> None:
    """Remove the private directory of this process, with all that is in it."""
    directory = _directories.pop(os.getpid(), None)
    if directory is not None:
        _remove(directory)


def _is_question(asked: bytes) -> bool:
    """Whether what stands on the terminal waits for an answer: it does not end its line."""
    return bool(asked.rpartition(b"\n")[2].strip())


def _read(fd: int) -> bytes | None:
    """Return what has come, None for nothing yet, empty at the end."""
    try:
        return os.read(fd, 4096)
    except BlockingIOError:
        return None
    except OSError:  # a terminal without a process on it
        return b""


def _remove(directory: str) -> None:
    import shutil

    shutil.rmtree(directory, ignore_errors=True)


def _log() -> logging.Logger:
    import logging

    return logging.getLogger(__name__)
