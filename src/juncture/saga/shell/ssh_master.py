"""One authenticated ssh connection per host and session, shared by all that goes there.

The master is the OpenSSH client with a terminal of its own, on which it asks its questions
(`dialogue` answers them); no secret is ever in an argument, a file or a log. Shells are sessions on
its control socket, which lies in a directory that only its owner can enter. When this process ends,
however it ends, the terminal hangs up and the master ends with it. A master that has died is
started again by the next `open_shell`, and only then.
Sources: ssh(1) -M and -S, ssh_config(5) ControlMaster.
"""

from __future__ import annotations

import functools
import os
import threading
import weakref

from juncture._util import at_exit
from juncture.saga.exceptions import BadParameter, NoSuccess, SagaException
from juncture.saga.shell import quoting, ssh_config
from juncture.saga.shell._attempts import Attempts
from juncture.saga.shell._process import PipedProcess
from juncture.saga.shell.budget import Budget
from juncture.saga.shell.ssh_config import Target

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from juncture.saga.session import Session
    from juncture.saga.shell._ssh_life import Connection
    from juncture.saga.shell.dialogue import Dialogue

__all__ = ["Master", "Target", "master_for"]

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

    Attributes:
        session: Whose credentials; what it has at the time of an attempt counts.
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
        self.session = session
        self._config = config or os.environ.get(ssh_config.CONFIG_VARIABLE) or None
        self._program = program
        self._life: Connection | None = None
        self._attempt: Connection | None = None
        self._attempts = Attempts()
        self._dialogue: Dialogue | None = None
        self._was_up = False
        self._lock = threading.RLock()
        _made.add(self)

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

    def start(self, meanwhile: Callable[[], object] | None = None) -> None:
        """Connect, unless it is connected. Others who want the connection wait meanwhile.

        Args:
            meanwhile: Called if it is not connected, while ssh is on its way to the host; what it
                raises ends the attempt. None for nothing to do.

        Raises:
            AuthenticationFailed: the host is not the known one, or accepts no credential.
            BadParameter: there is no such host.
            Timeout: it does not answer.
            NoSuccess: anything else, in ssh's own words.
        """
        made = self._attempts.made
        with self._lock:
            if self.alive:
                return
            credentials = (self.session.identity, self._asker)
            self._attempts.check(made, credentials)
            self.target.check()
            self._end()
            self._dialogue = None
            try:
                self._life = self._connected(meanwhile)
            except SagaException as error:
                if self._attempts.failed(error, self._dialogue, credentials):
                    self._tell(f"{error}; {self.name} is left alone until somebody asks for it")
                raise
            self._attempts.succeeded()
            self._was_up = True

    def allow(self) -> None:
        """Let a person be asked again, whatever came of the last attempt.

        After a failure that a person has to do something about, the host is left alone until the
        session has other credentials or another `on_question`, or this is called, as `master_for`
        does. A secret of a context that was refused is not sent again even so.
        """
        self._attempts.allow()

    def open_shell(self) -> PipedProcess:
        """Start a `sh` on the host, connecting first if need be; raises what `start` does."""
        # Every login shell, be it csh or fish, understands these two words alike.
        return self._started(self._session_argv("-T", "exec /bin/sh"))

    def open_subsystem(self, name: str) -> PipedProcess:
        """Start a subsystem of the server, such as `sftp`, on pipes; raises what `start` does.

        Its bytes go both ways unchanged. Why it ended, `explain` says of its standard error and its
        status: a server that does not have it is told by no more than a status of 255.
        """
        if not name or name.startswith("-"):
            raise BadParameter(f"{name!r} is not the name of a subsystem")
        argv = [*self.command_prefix(), "-T", "-s", "--", self.target.host, name]
        process = self._started(argv)
        process.explain = functools.partial(self._subsystem_failure, name)
        return process

    def command_prefix(self) -> list[str]:
        """Return the ssh command that reaches the host over this connection; connects if need be.

        What follows are options of ssh, `--`, `target.host` and a command. For programs that start
        ssh themselves: `rsync -e` takes it as one string (`quoting.command`). It is good as long as
        the connection is up, and connects by no other way.
        """
        self.start()
        life = self._life
        assert life is not None  # noqa: S101 - it has just been started
        options = (f"ControlPath={life.socket}", *_SESSION_OPTIONS)
        return [self._program, "-F", "none", *(w for each in options for w in ("-o", each))]

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
        # What is typed is the program's, be it an escape character of ssh's.
        return self._session_argv("-tt", quoting.for_any_shell(cmd), "-o", "EscapeChar=none")

    def take_command(self) -> None:
        """Wait until the budget of the host allows one more command."""
        self.budget.take_command(self._tell)

    def close(self) -> None:
        """End the connection, and all sessions on it; an attempt to connect fails."""
        attempt = self._attempt
        if attempt is not None:  # it may be waiting for a person, and we do not
            attempt.abort()
            return
        with self._lock:
            self._end()

    def forget_attempt(self) -> None:
        """In a forked child: an attempt, and the lock held during it, are the parent's."""
        self._lock = threading.RLock()
        self._attempt = None

    def _session_argv(self, terminal: str, cmd: str, *options: str) -> list[str]:
        return [*self.command_prefix(), terminal, *options, "--", self.target.host, cmd]

    def _started(self, argv: list[str]) -> PipedProcess:
        process = PipedProcess(argv, _environment([]))
        process.explain = functools.partial(_failure, self.name)
        return process

    def _subsystem_failure(self, name: str, said: str, status: int | None) -> SagaException:
        if said.strip() or not self.alive:
            return _failure(self.name, said, status)
        return NoSuccess(
            f"{self.name} does not have the subsystem `{name}`, which ended with status {status}",
            hint="`Subsystem` in the configuration of its sshd says which it has",
        )

    def _end(self) -> None:
        life, self._life = self._life, None
        if life is not None:
            life.end()

    def _tell(self, text: str) -> None:
        import logging

        logging.getLogger(__name__).warning("%s", text)

    @property
    def _asker(self) -> int:
        return id(self.session.on_question) if self.session.on_question is not None else 0

    def _connected(self, meanwhile: Callable[[], object] | None) -> Connection:
        target, session = self.target, self.session
        contexts = ssh_config.contexts_for(session, target)
        if target.user is None:
            named = next((one.user_id for one in contexts if one.user_id), None)
            target = target.with_user(named)
        query = ssh_config.Query(self._program, target, self._config)
        from juncture.saga.shell import _ssh_life  # ssh reads its configuration meanwhile

        resolved = query.answer()
        contexts = ssh_config.contexts_for(session, target.with_user(resolved.first("user")))
        text = ssh_config.write(
            self._program,
            target,
            resolved,
            contexts,
            is_default=session.is_default,
            config=self._config,
        )
        slot = self.budget.take_connection(_ssh_life.CONNECT_TIMEOUT_S, self._tell)
        try:
            life = _ssh_life.Connection(target.name, self._program, slot)
        except BaseException:
            slot.release()
            raise
        ask = functools.partial(self._ask, life) if session.on_question is not None else None
        try:
            self._attempt = life
            life.start(text, target, _environment(contexts, isolated=not session.is_default))
            from juncture.saga.shell.dialogue import Dialogue  # ssh is on its way

            self._dialogue = Dialogue(target.name, resolved.accounts, contexts, ask)
            if meanwhile is not None:
                meanwhile()
            life.wait(self._dialogue)
        except BaseException:
            life.end()
            raise
        finally:
            self._attempt = None
        return life

    def _ask(self, life: Connection, text: str) -> str | None:
        """Put a question to a person, who is told which host asks it and why."""
        with _lock_of(self.target.host):
            life.check()
            ask = self.session.on_question
            if ask is None:
                return None
            why = f"connecting to {self.name}"
            if self._was_up:
                why = f"the connection to {self.name} was lost and is made again"
                self._tell(f"{why}; work there waits for the answer to a question")
            given = ask(f"{why}\n{text}")
            life.check()
            return given


_made: weakref.WeakSet[Master] = weakref.WeakSet()
_masters: dict[tuple[object, ...], Master] = {}
_askers: dict[str, threading.Lock] = {}
_lock = threading.Lock()


def _lock_of(host: str) -> threading.Lock:
    """Return the lock under which a person is asked about a host: one question at a time."""
    with _lock:
        return _askers.setdefault(host, threading.Lock())


def _after_fork() -> None:
    global _lock  # noqa: PLW0603 - another thread may have held it when we were forked
    _lock = threading.Lock()
    _askers.clear()
    for master in list(_made):
        master.forget_attempt()


os.register_at_fork(after_in_child=_after_fork)


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
        budget: The limits of the host; of several, the strictest counts.
    """
    if session is None:
        from juncture.saga.session import DefaultSession

        session = DefaultSession()
    asker = session.on_question and id(session.on_question)
    place = (os.getpid(), program, config, host, user, port)
    key = (*place, session.identity, asker)
    with _lock:
        master = _masters.get(key) or _of_session(place, session)
        if master is None:
            target = Target(host, user, port)
            master = Master(target, session, config=config, program=program, budget=budget)
        elif budget is not None:
            master.budget = master.budget.stricter(budget)
        _masters[key] = master
    master.allow()
    return master


def _of_session(place: tuple[object, ...], session: Session) -> Master | None:
    """Return a connection that a session has had there when somebody else was to be asked.

    One that is up was made with the session's credentials; one that is not uses those of now.
    """
    for key, master in _masters.items():
        same = key[-2] == session.identity or not master.alive
        if key[: len(place)] == place and master.session is session and same:
            return master
    return None


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


def _failure(name: str, said: str, status: int | None) -> SagaException:
    from juncture.saga.shell import ssh_failures

    return ssh_failures.failure(name, said, status)


def _close_all() -> None:
    for key, master in tuple(_masters.items()):
        if key[0] == os.getpid():
            master.close()
    if _masters:
        from juncture.saga.shell._ssh_life import remove_directory

        remove_directory()


at_exit.call_last(_close_all)
