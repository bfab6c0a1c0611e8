"""One authenticated ssh connection per host and session, shared by all that goes there.

The master is the OpenSSH client with a terminal of its own, on which it asks its questions (`dialogue`
answers them); no secret is ever in an argument, a file or a log. Shells are sessions on its control
socket, which lies in a directory that only its owner can enter. When this process ends, however it
ends, the terminal hangs up and the master ends with it. A master that has died is started again by
the next `open_shell`, and only then.
Sources: ssh(1) -M and -S, ssh_config(5) ControlMaster.
"""

from __future__ import annotations

import atexit
import functools
import logging
import os
import select
import shutil
import tempfile
import threading
import time
from typing import TYPE_CHECKING

from juncture._util.private import make_private_directory, random_name
from juncture.saga.exceptions import SagaException, Timeout
from juncture.saga.shell import _io, _terminal, ssh_config, ssh_failures
from juncture.saga.shell._process import PipedProcess
from juncture.saga.shell.budget import Budget, Slot
from juncture.saga.shell.dialogue import Dialogue
from juncture.saga.shell.ssh_config import Target

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterable

    from juncture.saga.session import Session

__all__ = ["Master", "Target", "master_for"]

_log = logging.getLogger(__name__)
_LONGEST_DIRECTORY = 60  # ssh makes names of 35 bytes in it, and a socket's may have 107
_SAID_BYTES = 16384
_SETTLE_S = 0.05
_CONNECT_TIMEOUT_S = 120.0
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
# A session on the socket must not become a connection of its own when the master is gone.
_SESSION_OPTIONS = ("ControlMaster=no", "BatchMode=yes", "ProxyCommand=exit 255", "LogLevel=ERROR")


class Master:
    """A connection to a host in a session; made by `master_for`.

    Args:
        target: Where to.
        session: Whose credentials.
        config: An ssh configuration in place of the user's; None for that.
        program: The OpenSSH client, or one that takes the same arguments.
        budget: The limits of the host; None for the usual ones.
    """

    def __init__(
        self,
        target: Target,
        session: Session,
        *,
        config: str | None = None,
        program: str = "ssh",
        budget: Budget | None = None,
    ) -> None:
        self.target = target
        self.budget = budget or Budget(target.host)
        self._session = session
        self._config = config or os.environ.get(ssh_config.CONFIG_VARIABLE) or None
        self._program = program
        self._life: _Life | None = None
        self._lock = threading.RLock()

    @property
    def name(self) -> str:
        """What to call the host in messages."""
        return self.target.name

    @property
    def alive(self) -> bool:
        """Whether the connection is there, as far as is known."""
        life = self._life
        return life is not None and life.is_up

    def start(self) -> None:
        """Connect, unless it is connected. Others who want the connection wait meanwhile.

        Raises:
            AuthenticationFailed: the host is not the known one, or accepts no credential.
            BadParameter: there is no such host.
            Timeout: it does not answer.
            NoSuccess: anything else, in ssh's own words.
        """
        with self._lock:
            if self.alive:
                return
            self.target.check()
            self._end()
            slot = self.budget.take_connection(_CONNECT_TIMEOUT_S, self._tell)
            try:
                self._life = self._connected(slot)
            except BaseException:
                slot.release()
                raise

    def open_shell(self) -> PipedProcess:
        """Start a `sh` on the host, connecting first if need be. Exceptions are those of `start`."""
        self.start()
        self.budget.take_command(self._tell)
        life = self._life
        assert life is not None  # noqa: S101 - it has just been started
        # Every login shell, be it csh or fish, understands these two words alike.
        argv = [self._program, "-F", "none", "-T", "-S", life.socket]
        argv += (word for option in _SESSION_OPTIONS for word in ("-o", option))
        return PipedProcess([*argv, "--", self.target.host, "exec /bin/sh"], _environment([]))

    def close(self) -> None:
        """End the connection, and all sessions on it."""
        with self._lock:
            self._end()

    def _end(self) -> None:
        life, self._life = self._life, None
        if life is not None:
            life.end()

    def _tell(self, text: str) -> None:
        _log.warning("%s", text)

    def _connected(self, slot: Slot) -> _Life:
        target, session = self.target, self._session
        contexts = ssh_config.contexts_for(session, target)
        if target.user is None:
            named = next((one.user_id for one in contexts if one.user_id), None)
            target = target._replace(user=named)
        resolved = ssh_config.resolve(self._program, target, self._config)
        text = ssh_config.write(self._program, target, resolved, session, self._config)
        life = _Life(target.name, self._program, slot)
        try:
            life.start(text, target, _environment(contexts, isolated=not session.is_default))
            life.wait(Dialogue(target.name, resolved.accounts, contexts, session.on_question))
        except BaseException:
            life.end()
            raise
        return life


class _Life:
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
        self._said = b""
        self._output = b""
        self._reactor = _io.reactor()
        self._owner = os.getpid()
        self._fds: list[int] = []
        self._pidfd = -1

    def start(self, config: str, target: Target, environment: dict[str, str]) -> None:
        """Start ssh."""
        with open(self._config, "x", encoding="utf-8", errors="surrogateescape") as file:
            file.write(config)
        terminal = _terminal.open_terminal()
        self._terminal = terminal.master
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
        deadline = time.monotonic() + _CONNECT_TIMEOUT_S
        while _UP not in self._output:
            left = _SETTLE_S if _is_question(asked) else deadline - time.monotonic()
            ready = poll.poll(max(left, 0) * 1000)
            if not ready and not _is_question(asked):
                raise Timeout(f"{self._name} did not let us in within {_CONNECT_TIMEOUT_S:g} s")
            if not ready:
                self._answer(dialogue, asked)
                asked = b""
                deadline = time.monotonic() + _CONNECT_TIMEOUT_S
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
            self._process = None
        for path in (self.socket, self._config):
            try:
                os.unlink(path)
            except FileNotFoundError:
                continue
        self._slot.release()

    def _answer(self, dialogue: Dialogue, asked: bytes) -> None:
        text = asked.decode("utf-8", "replace").replace("\r", "")
        _log.info("%s asks: %s", self._name, text.strip())
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
            _log.warning("the connection to %s has ended: %s", self._name, said[-1:] or "no reason")
        self._unwatch()

    def _unwatch(self) -> None:
        for fd in self._fds:
            self._reactor.unwatch(fd)
        if self._pidfd >= 0:
            self._reactor.unwatch(self._pidfd)
            os.close(self._pidfd)
            self._pidfd = -1


_masters: dict[tuple[object, ...], Master] = {}
_lock = threading.Lock()
_directories: dict[int, str] = {}


def master_for(
    host: str,
    *,
    user: str | None = None,
    port: int | None = None,
    session: Session | None = None,
    config: str | None = None,
    program: str = "ssh",
    budget: Budget | None = None,
) -> Master:
    """Return the connection to a host in a session; it is made when it is first used.

    Args:
        host: A name, an address, or an alias of the ssh configuration.
        user: None for the one that a context or the configuration says.
        port: None for the one that the configuration says.
        session: None for the default session.
        config: An ssh configuration in place of the user's.
        program: The OpenSSH client, or one that takes the same arguments.
        budget: The limits of the host; of several, the first is used.
    """
    if session is None:
        from juncture.saga.session import DefaultSession

        session = DefaultSession()
    asker = session.on_question and id(session.on_question)
    key = (os.getpid(), program, config, host, user, port, session.identity, asker)
    with _lock:
        if key not in _masters:
            target = Target(host, user, port)
            _masters[key] = Master(
                target, session, config=config, program=program, budget=budget
            )
        return _masters[key]


def _private_directory() -> str:
    with _lock:
        if os.getpid() not in _directories:
            bases = (os.environ.get("XDG_RUNTIME_DIR", ""), tempfile.gettempdir(), "/tmp")  # noqa: S108 - a base
            _directories[os.getpid()] = make_private_directory(
                bases, longest_path=_LONGEST_DIRECTORY
            )
        return _directories[os.getpid()]


def _environment(contexts: Iterable[object], *, isolated: bool = False) -> dict[str, str]:
    """Return the environment of an ssh: it asks on its terminal, and with `sh` runs what it runs."""
    environment = dict(os.environ)
    for name in ("SSH_ASKPASS", "DISPLAY", *(("SSH_AUTH_SOCK", "KRB5CCNAME") if isolated else ())):
        environment.pop(name, None)
    environment["SSH_ASKPASS_REQUIRE"] = "never"
    environment["SHELL"] = "/bin/sh"
    if isolated:
        environment.pop("X509_USER_PROXY", None)
    for context in contexts:
        proxy = getattr(context, "user_proxy", None)
        if proxy:
            environment["X509_USER_PROXY"] = proxy
    return environment


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


def _close_all() -> None:
    for key, master in tuple(_masters.items()):
        if key[0] == os.getpid():
            master.close()
    directory = _directories.pop(os.getpid(), None)
    if directory is not None:
        shutil.rmtree(directory, ignore_errors=True)


atexit.register(_close_all)
