"""One run of the OpenSSH client as a master: its start with the questions it asks, and its end.

ssh has a terminal, for its questions, and two pipes: one on which it says that it is up, and one
for its messages. Once it is up the I/O thread reads them, so that it never has to wait for us.
"""

from __future__ import annotations

import fcntl
import functools
import os
import select
import stat
import threading
import time

from juncture._util.private import NAME_PREFIX, make_private_directory, open_private, random_name
from juncture.saga.exceptions import NoSuccess, SagaException, Timeout
from juncture.saga.shell import _io, _terminal
from juncture.saga.shell._process import PipedProcess

TYPE_CHECKING = False
if TYPE_CHECKING:
    import logging
    from collections.abc import Iterable, Iterator

    from juncture.saga.shell.budget import Slot
    from juncture.saga.shell.dialogue import Dialogue
    from juncture.saga.shell.ssh_config import Target

_LONGEST_DIRECTORY = 60  # ssh makes names of 35 bytes in it, and a socket's may have 107
_BASE_VARIABLES = ("XDG_RUNTIME_DIR", "TMPDIR", "TEMP", "TMP")
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
        self._process: PipedProcess | None = None
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
        """Start ssh.

        Raises:
            NoSuccess: it cannot be started.
        """
        with open(self._config, "x", encoding="utf-8", errors="surrogateescape") as file:
            file.write(config)
        terminal = _terminal.open_terminal()
        self._terminal, self._far_end = terminal.master, terminal.slave
        argv = [self._program, "-F", self._config, "-N", "-T", "-S", self.socket]
        argv += (word for option in _MASTER_OPTIONS for word in ("-o", option))
        try:
            process = PipedProcess([*argv, *target.arguments()], environment, terminal)
        except OSError as error:
            raise NoSuccess(f"`{self._program}` was not started: {error}") from error
        self._process = process
        process.close_input()
        # Our copy of its end stays open: the terminal would hang up whenever ssh asks nothing.
        self._fds = [process.stdout, process.stderr, self._terminal]
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
        if self._process is None or self._process.has_ended:
            raise NoSuccess(
                f"the connection to {self._name} ended before its question was answered",
                hint="servers wait for two minutes as a rule; connect again",
            )

    def abort(self) -> None:
        """Kill ssh while another thread waits for it in `wait`, which fails then."""
        process = self._process
        if process is not None and self._owner == os.getpid():
            process.kill()

    def end(self) -> None:
        """End ssh and remove what it left."""
        self.is_up = False
        if self._owner != os.getpid():
            return
        if self._process is not None:
            self._process.kill()
            self._reactor.do(self._unwatch)
            self._process.discard()
            self._process = None
        if self._terminal >= 0:
            os.close(self._terminal)
            os.close(self._far_end)
            self._terminal = -1
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
        from juncture.saga.shell import ssh_failures

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
            said = self._said.decode("utf-8", "replace").strip().splitlines() or ["no reason"]
            _log().warning("the connection to %s has ended: %s", self._name, said[-1])
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


def _after_fork() -> None:
    global _lock  # noqa: PLW0603 - another thread may have held it when we were forked
    _lock = threading.Lock()


os.register_at_fork(after_in_child=_after_fork)


def _private_directory() -> str:
    with _lock:
        if os.getpid() not in _directories:
            bases = [*(os.environ.get(name, "") for name in _BASE_VARIABLES), "/tmp", "/var/tmp"]  # noqa: S108 - bases
            _sweep(bases)
            while not (path := _locked_directory(bases)):
                continue
            _directories[os.getpid()] = path
        return _directories[os.getpid()]


def _locked_directory(bases: Iterable[str]) -> str | None:
    """Return a new directory; None when another process swept it before its lock was held."""
    path = make_private_directory(bases, longest_path=_LONGEST_DIRECTORY)
    lock = open_private(os.path.join(path, _LOCK_NAME), os.O_RDWR)
    fcntl.flock(lock, fcntl.LOCK_EX)  # held as long as this process lives
    if os.fstat(lock).st_nlink:
        return path
    os.close(lock)
    return None


def _sweep(bases: Iterable[str]) -> None:
    """Remove what killed processes have left: directories of ours whose lock nobody holds."""
    for place in _places(bases):
        lock = os.path.join(place, _LOCK_NAME)
        try:
            info = os.lstat(place)
            if info.st_uid != os.geteuid() or stat.S_IMODE(info.st_mode) != _PRIVATE:
                continue
            with open(lock, "r+b") as file:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                _remove(place)
        except OSError:  # it is in use, or somebody else removes it
            continue


def _places(bases: Iterable[str]) -> Iterator[str]:
    """Yield what may be a directory of ours, be it of another process."""
    for base in dict.fromkeys(filter(None, bases)):
        try:
            names = os.listdir(base)
        except OSError:  # no such place, or not for us
            continue
        yield from (os.path.join(base, name) for name in names if name.startswith(NAME_PREFIX))


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
    """Remove a directory of ours: sockets and files, so that `shutil` need not be loaded."""
    try:
        for name in os.listdir(directory):
            try:
                os.unlink(os.path.join(directory, name))
            except FileNotFoundError:  # a master that ends removes its socket itself
                continue
        os.rmdir(directory)
    except OSError as error:
        _log().debug("`%s` is not removed: %s", directory, error)


def _log() -> logging.Logger:
    import logging

    return logging.getLogger(__name__)
