"""`daemon start`: make the process of a daemon, and wait until its adaptor has started.

The new process is started as this command was, with `daemon _serve` in place of the arguments, so
whatever runs this command can run the daemon. It leads a session of its own; its descriptors 1 and
2 are the spool. Init data goes over an inherited socket; that socket is also how both sides learn
that the other has died.
"""

from __future__ import annotations

import json
import os
import signal
import socket
from subprocess import DEVNULL, Popen  # noqa: TID251 - a daemon outlives its maker

from juncture.errors import JunctureError, UsageError
from juncture.runtime import connection_file, console, remains, spool
from juncture.runtime import outcome as outcomes
from juncture.runtime.daemon_client import DaemonClient
from juncture.runtime.data import read_text
from juncture.runtime.outcome import Outcome

TYPE_CHECKING = False
if TYPE_CHECKING:
    from juncture.runtime.commandline import Invocation

DEFAULT_GRACE_S = 60.0
GIVE_UP_S = 10.0
"""How long a start whose time ran out may take to clean up."""


def start(call: Invocation, launcher: list[str]) -> int:
    """Start a daemon; return when its adaptor has started or has failed to.

    Args:
        call: The command.
        launcher: Program and arguments that run this adaptor, up to its own arguments.
    """
    named = call.text("--connection-file") or os.environ.get(connection_file.VARIABLE, "")
    request: dict[str, object] = {
        "init_data": read_text(call.text("--init-data"), "init data"),
        "path_mapping_rules": read_text(call.text("--path-mapping-rules"), "path mapping rules"),
        "idle_timeout": call.number("--idle-timeout"),
        "owner_pid": int(call.number("--owner-pid") or 0) or None,
        "grace": _given(call.number("--grace"), DEFAULT_GRACE_S),
    }
    if request["owner_pid"] is not None and not hasattr(os, "pidfd_open"):
        raise UsageError(
            "`--owner-pid` needs Linux 5.3 or newer", hint="use `--idle-timeout` instead"
        )
    if named:
        stale = connection_file.make_way(os.path.abspath(named))
        if stale is not None:
            remains.sweep(stale)
    signals = _Signals()
    signals.take()
    log, log_fd = spool.create()
    path = os.path.abspath(named) if named else os.path.join(os.path.dirname(log), "connection")
    request["log"] = log
    request["connection_file"] = path
    client = DaemonClient()
    try:
        child, ours = _spawn(launcher, log_fd)
        client.adopt(ours, pid=child.pid, log=log)
        signals.pass_on_to(child)
        outcome = _wait(client, child, json.dumps(request), call.number("--timeout"), signals)
    except BaseException:
        spool.remove(log)
        raise
    finally:
        os.close(log_fd)
    if outcome.ok:
        console.show(f"openjd_env: {connection_file.SESSION_VARIABLE}={path}")
        client.confirm()
    else:
        _sweep(path, child.pid)
        spool.remove(log)
    return console.report(outcome)


class _Signals:
    """SIGINT and SIGTERM to this command, passed on to the new process once there is one."""

    def __init__(self) -> None:
        self.names: list[str] = []
        self._child: Popen[bytes] | None = None

    def take(self) -> None:
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._pass_on)

    def ignore(self) -> None:
        """Let nothing end this command any more before it has said that the daemon runs."""
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_IGN)

    def pass_on_to(self, child: Popen[bytes]) -> None:
        self._child = child
        if self.names:
            child.terminate()

    def _pass_on(self, number: int, _frame: object) -> None:
        self.names.append(signal.Signals(number).name)
        if self._child is not None:
            self._child.terminate()


def _sweep(path: str, pid: int) -> None:
    """Remove what a daemon of ours has left that could not do so itself."""
    try:
        info = connection_file.read(path)
    except JunctureError:
        return
    if info.get("pid") == str(pid):
        remains.sweep(info)
        connection_file.remove(path, info.get("token", ""))


def _given(number: float | None, otherwise: float) -> float:
    return otherwise if number is None else number


def _spawn(launcher: list[str], log_fd: int) -> tuple[Popen[bytes], socket.socket]:
    """Start the process of the daemon; return it and the socket to it."""
    ours, theirs = socket.socketpair()
    with theirs:
        command = [*launcher, "daemon", "_serve", "--bootstrap-fd", str(theirs.fileno())]
        try:
            child = Popen(  # noqa: S603 - the daemon is this program
                command,
                stdin=DEVNULL,
                stdout=log_fd,
                stderr=log_fd,
                pass_fds=(theirs.fileno(),),
                start_new_session=True,
            )
        except OSError as error:
            ours.close()
            raise JunctureError(
                f"cannot start `{command[0]}`: {error.strerror}",
                hint="see that the program exists and may be executed",
            ) from error
    return child, ours


def _wait(
    client: DaemonClient,
    child: Popen[bytes],
    document: str,
    timeout: float | None,
    signals: _Signals,
) -> Outcome:
    """Hand over what to start and return how it went; unless it is done, leave no process behind.

    A signal, or the end of the time, goes to the new process as SIGTERM: while it still imports,
    that is all it hears, and afterwards it means cancel, cleanup and exit.
    """
    try:
        outcome = client.start(document, timeout=timeout, on_log=console.show_log)
    except TimeoutError:
        outcome = _give_up(client, child, timeout or 0)
    if outcome.ok:
        child.returncode = 0  # it lives on; nobody waits for it, and no signal is passed on
        signals.ignore()
        if not signals.names:
            return outcome
        child.returncode = None
    client.close()
    status = child.wait()
    if signals.names:
        return Outcome(outcomes.CANCELED, f"the start was canceled by {signals.names[0]}")
    if outcome.kind == outcomes.DAEMON_DIED:
        ended = outcomes.of_child(status, "the daemon").message.replace("`", "")
        outcome.message = f"{ended or 'the daemon ended'} before the adaptor had started"
        outcome.hint = "its log is above"
    return outcome


def _give_up(client: DaemonClient, child: Popen[bytes], timeout: float) -> Outcome:
    """End a start that took too long: by cancel, and by force if that does not end it."""
    child.terminate()
    client.set_deadline(GIVE_UP_S)
    try:
        client.receive(on_log=console.show_log)
    except TimeoutError:
        remains.end_session(child.pid)
    return Outcome(
        outcomes.TIMED_OUT,
        f"the adaptor had not started after {timeout:g} s, the time it was given",
        hint="give it more time with `--timeout`",
    )
