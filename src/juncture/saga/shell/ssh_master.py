"""One authenticated ssh connection per host and session, shared by all that goes there.

The master is the OpenSSH client with a terminal of its own, on which it asks its questions
(`dialogue` answers them); no secret is ever in an argument, a file or a log. Shells are sessions on
its control socket, which lies in a directory that only its owner can enter. When this process ends,
however it ends, the terminal hangs up and the master ends with it. A master that has died is
started again by the next `open_shell`, and only then.
Sources: ssh(1) -M and -S, ssh_config(5) ControlMaster.
"""

from __future__ import annotations

import atexit
import functools
import logging
import os
import threading
from typing import TYPE_CHECKING

from juncture.saga.shell import quoting, ssh_config, ssh_failures
from juncture.saga.shell._process import PipedProcess
from juncture.saga.shell._ssh_life import CONNECT_TIMEOUT_S, Connection, remove_directory
from juncture.saga.shell.budget import Budget, Slot
from juncture.saga.shell.dialogue import Dialogue
from juncture.saga.shell.ssh_config import Target

if TYPE_CHECKING:
    from collections.abc import Iterable

    from juncture.saga.session import Session

__all__ = ["Master", "Target", "master_for"]

_log = logging.getLogger(__name__)
_CHECK_TIMEOUT_S = 5.0
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
        self._life: Connection | None = None
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

    @property
    def pid(self) -> int | None:
        """Process id of the ssh that holds the connection; None without one."""
        life = self._life
        return life.pid if life is not None else None

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
            slot = self.budget.take_connection(CONNECT_TIMEOUT_S, self._tell)
            try:
                self._life = self._connected(slot)
            except BaseException:
                slot.release()
                raise

    def open_shell(self) -> PipedProcess:
        """Start a `sh` on the host, connecting first if need be; raises what `start` does."""
        # Every login shell, be it csh or fish, understands these two words alike.
        process = PipedProcess(self._session_argv("-T", "exec /bin/sh"), _environment([]))
        process.explain = functools.partial(ssh_failures.failure, self.name)
        return process

    def open_subsystem(self, subsystem: str) -> PipedProcess:
        """Start a subsystem of the host's sshd; raises what `start` does."""
        process = PipedProcess(self._session_argv("-sT", subsystem), _environment([]))
        process.explain = functools.partial(ssh_failures.failure, self.name)
        return process

    def check(self) -> bool:
        """Ask the connection itself whether it is there; if it is not, it is ended."""
        life = self._life
        if life is None:
            return False
        argv = [self._program, "-F", "none", "-S", life.socket, "-O", "check", "--", "host"]
        process = PipedProcess(argv, _environment([]))
        try:
            if process.wait(_CHECK_TIMEOUT_S) == 0:
                return True
        finally:
            process.discard()
        with self._lock:
            if self._life is life:
                self._end()
        return False

    def terminal_argv(self, cmd: str) -> list[str]:
        """Return what runs a command of `sh` on a terminal of the host; connects if need be."""
        return self._session_argv("-tt", quoting.for_any_shell(cmd))

    def take_command(self) -> None:
        """Wait until the budget of the host allows one more command."""
        self.budget.take_command(self._tell)

    def close(self) -> None:
        """End the connection, and all sessions on it."""
        with self._lock:
            self._end()

    def _session_argv(self, terminal: str, cmd: str) -> list[str]:
        self.start()
        life = self._life
        assert life is not None  # noqa: S101 - it has just been started
        argv = [self._program, "-F", "none", terminal, "-S", life.socket]
        argv += (word for option in _SESSION_OPTIONS for word in ("-o", option))
        return [*argv, "--", self.target.host, cmd]

    def _end(self) -> None:
        life, self._life = self._life, None
        if life is not None:
            life.end()

    def _tell(self, text: str) -> None:
        _log.warning("%s", text)

    def _connected(self, slot: Slot) -> Connection:
        target, session = self.target, self._session
        contexts = ssh_config.contexts_for(session, target)
        if target.user is None:
            named = next((one.user_id for one in contexts if one.user_id), None)
            target = target._replace(user=named)
        resolved = ssh_config.resolve(self._program, target, self._config)
        contexts = ssh_config.contexts_for(session, target._replace(user=resolved.first("user")))
        text = ssh_config.write(
            self._program,
            target,
            resolved,
            contexts,
            is_default=session.is_default,
            config=self._config,
        )
        life = Connection(target.name, self._program, slot)
        try:
            life.start(text, target, _environment(contexts, isolated=not session.is_default))
            life.wait(Dialogue(target.name, resolved.accounts, contexts, session.on_question))
        except BaseException:
            life.end()
            raise
        return life


_masters: dict[tuple[object, ...], Master] = {}
_lock = threading.Lock()


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
            _masters[key] = Master(target, session, config=config, program=program, budget=budget)
        return _masters[key]


def _environment(contexts: Iterable[object], *, isolated: bool = False) -> dict[str, str]:
    """Return the environment of an ssh that asks on its terminal and runs commands with `sh`."""
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


def _close_all() -> None:
    for key, master in tuple(_masters.items()):
        if key[0] == os.getpid():
            master.close()
    remove_directory()


atexit.register(_close_all)
