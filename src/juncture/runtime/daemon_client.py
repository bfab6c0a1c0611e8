"""Talk to a daemon: from a living Python process, and from every command.

One connection, on which the log, progress and the outcome of a task come as they happen; the
outcome comes last. If the daemon dies, what it had logged is read from its spool and the outcome
says so. A task is sent once and never again.

This module stands on the start-up path: see `juncture_client.transport`. It is long because that
path is cheaper as one file than as three.
"""

from __future__ import annotations

import os

from juncture.errors import JunctureError, UsageError
from juncture.runtime import connection_file
from juncture.runtime import outcome as outcomes
from juncture.runtime.outcome import Outcome
from juncture_client import protocol, transport

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType
    from typing import Any

    from juncture_client.transport import Socket

    OnLog = Callable[[bytes], object]
    OnProgress = Callable[[float | None, str], object]

GIVE_UP_S = 10.0
"""How long a task may take to end after its time ran out before the command stops waiting."""

_READ_BYTES = 64 * 1024

_IDLE, _SENDING, _WAITING = "idle", "sending", "waiting"


class NoAnswerError(JunctureError):
    """The daemon is there and does not answer."""

    exit_status = 124


class DaemonClient:
    """A connection to a daemon, made when it is first needed.

    Args:
        path: The connection file; None means that of the environment.
        who: What to call this client in messages to others; None means its process id.
        connect_timeout: Seconds that the daemon may take to answer; None means for ever.

    Use it as a context manager, or call `close`.
    """

    def __init__(
        self,
        path: str | None = None,
        *,
        who: str | None = None,
        connect_timeout: float | None = None,
    ) -> None:
        self._connect_timeout = connect_timeout
        self._path = path
        self._who = who
        self._sock: Socket | None = None
        self._connection = protocol.Connection(protocol.CLIENT)
        self._frames: list[protocol.Frame] = []
        self._phase = _IDLE
        self._cancel_wanted = False
        self._log_seen = 0
        self._deadline: float | None = None
        self._give_up_s: float | None = None
        self.info: dict[str, str] = {}
        self.pid = 0

    def __enter__(self) -> DaemonClient:  # noqa: PYI034 - Self needs Python 3.11
        self.connect()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def connect(self) -> None:
        """Connect, if that was not done before.

        Raises:
            NoDaemonError: there is none: the connection file is missing or stale.
            ConnectionFileError: the connection file cannot be used.
            NoAnswerError: the daemon did not answer in time.
        """
        if self._sock is not None:
            return
        path = connection_file.resolve(self._path)
        sock, self.info = connection_file.connect(path)
        self._sock = sock
        who = transport.peer(sock)
        self.pid = who[0] if who else int(self.info.get("pid", "0"))
        token = self.info.get("token", "")
        name = self._who or f"process {os.getpid()}"
        self._send("hello", version=protocol.VERSION, token=token, who=name)
        if self._connect_timeout is not None:
            self.set_deadline(self._connect_timeout)
        try:
            frame = self._next_frame()
        except TimeoutError as error:
            self.close()
            raise NoAnswerError(
                f"the daemon of `{path}` (process {self.pid}) has not answered"
                f" in {self._connect_timeout:g} s; nothing was asked of it",
                hint="it may be deep in a library; end it with `daemon stop --force`",
            ) from error
        finally:
            self._deadline = None
        if frame is None or frame.name != "welcome":
            self.close()
            reason = frame["message"] if frame else "it closed the connection"
            raise connection_file.NoDaemonError(
                f"the daemon of `{path}` turned this command away: {reason}",
                hint=frame["hint"] if frame else "it may be ending; see `daemon status`",
            )

    def adopt(self, sock: Socket, *, pid: int) -> None:
        """Use the socket to a daemon that this process has made, which needs no greeting."""
        self._sock = sock
        self._connection.state = protocol.OPEN
        self.pid = pid

    def close(self) -> None:
        """Close the connection; a task that is running goes on."""
        if self._sock is not None:
            self._sock.close()
            self._sock = None
            self._connection = protocol.Connection(protocol.CLIENT)
            self._frames = []

    # -- what a daemon can be asked ----------------------------------------------------------

    def start(
        self, document: str, *, timeout: float | None = None, on_log: OnLog | None = None
    ) -> Outcome:
        """Hand an adopted daemon what to start; used by `daemon start`.

        Raises:
            TimeoutError: it had not started after `timeout` seconds; `receive` waits on.
        """
        if timeout is not None:
            self.set_deadline(timeout)
        return self.ask("start", {"document": document}, on_log=on_log)

    def confirm(self) -> None:
        """Tell an adopted daemon that its start was reported; without that it ends with us."""
        self._send("bye")
        self.close()

    def run(
        self,
        data: dict[str, Any] | str | bytes,
        *,
        wait: bool = False,
        timeout: float | None = None,
        on_log: OnLog | None = None,
        on_progress: OnProgress | None = None,
    ) -> Outcome:
        """Run one task and return how it ended.

        Args:
            data: The run data, or a document of it as JSON or YAML text.
            wait: Whether to wait for one's turn when the daemon is busy.
            timeout: Seconds after which the task is canceled; None means never.
            on_log: Called with the log as it comes, in pieces of bytes.
            on_progress: Called with `(percent or None, message)`.

        Raises:
            JunctureError: there is no daemon to ask; every other end is an outcome.
        """
        if isinstance(data, dict):
            import json

            data = json.dumps(data)
        fields: dict[str, str | bytes | float] = {"data": data}
        if wait:
            fields["wait"] = 1
        if timeout is not None:
            fields["timeout"] = timeout
        return self.ask("run", fields, on_log=on_log, on_progress=on_progress)

    def attach(
        self, *, on_log: OnLog | None = None, on_progress: OnProgress | None = None
    ) -> Outcome:
        """Follow the task that is running, or the last one, from its first log byte."""
        return self.ask("attach", {}, on_log=on_log, on_progress=on_progress)

    def logs(self, on_log: OnLog, *, follow: bool = False) -> Outcome:
        """Read the log that is kept; with `follow`, until the daemon ends."""
        return self.ask("logs", {"follow": 1} if follow else {}, on_log=on_log)

    def status(self) -> dict[str, Any]:
        """Return what the daemon is doing; the keys are in the reference of `daemon status`."""
        import json

        self.connect()
        self._send("status")
        frame = self._next_frame()
        if frame is None:
            raise connection_file.NoDaemonError(
                f"the daemon (process {self.pid}) died", hint="run `daemon start` again"
            )
        document: dict[str, Any] = json.loads(frame["document"])
        return document

    def cancel(self) -> Outcome:
        """Cancel the task that is running, whoever asked for it, and wait until it has ended.

        It uses a connection of its own, so it may be called while `run` waits in another thread.
        """
        with DaemonClient(self._path, who=self._who) as other:
            return other.ask("cancel", {})

    def stop(
        self, *, wait: bool = False, timeout: float | None = None, on_log: OnLog | None = None
    ) -> Outcome:
        """Stop the adaptor, clean up, and return when the daemon is gone.

        Args:
            wait: Whether to let a running task end; otherwise it is canceled.
            timeout: Seconds to wait; None means for ever.
            on_log: Called with the log as it comes.
        """
        import time

        end = None if timeout is None else time.monotonic() + timeout
        self.connect()
        gone = _pidfd(self.pid)
        try:
            self._deadline = end
            outcome = self.ask("stop", {"wait": 1} if wait else {}, on_log=on_log)
            if gone is not None and not _wait_for(gone, end):
                return _stop_timed_out(wait=False)
        except TimeoutError:
            return _stop_timed_out(wait=wait)
        finally:
            if gone is not None:
                os.close(gone)
        self.close()
        return outcome

    # -- the conversation --------------------------------------------------------------------

    def ask(
        self,
        name: str,
        fields: dict[str, str | bytes | float],
        *,
        on_log: OnLog | None = None,
        on_progress: OnProgress | None = None,
    ) -> Outcome:
        """Send a request and take what comes until its outcome.

        Raises:
            TimeoutError: a deadline passed, other than that of a task.
        """
        self.connect()
        self._log_seen = 0
        self._give_up_s = float(fields["timeout"]) + GIVE_UP_S if "timeout" in fields else None
        if self._give_up_s is not None and "wait" not in fields:
            self.set_deadline(self._give_up_s)
        self._phase = _SENDING
        try:
            if self._cancel_wanted:
                return Outcome(
                    outcomes.CANCELED, f"the {name} was canceled before it was asked for"
                )
            self._send(name, **fields)
            self._phase = _WAITING
            self._send_wanted_cancel()
            return self.receive(on_log=on_log, on_progress=on_progress)
        except TimeoutError:
            if name != "start":
                self.close()  # what it would still say is no answer to what is asked next
            if name != "run":
                raise
            return Outcome(
                outcomes.TIMED_OUT,
                f"the task did not end within {GIVE_UP_S:g} s of being canceled; it still runs",
                hint="end the daemon with `daemon stop --force`",
            )
        except BaseException:
            self.close()
            raise
        finally:
            self._phase = _IDLE
            self._cancel_wanted = False
            self._deadline = None

    def receive(
        self, *, on_log: OnLog | None = None, on_progress: OnProgress | None = None
    ) -> Outcome:
        """Take what comes until the outcome of what was asked last."""
        while True:
            frame = self._next_frame()
            if frame is None:
                return self._died(on_log)
            if frame.name == "log":
                data = frame.raw("data")
                self._log_seen += len(data)
                if on_log is not None:
                    on_log(data)
            elif frame.name == "progress":
                if on_progress is not None:
                    percent = frame["percent"]
                    on_progress(float(percent) if percent else None, frame["message"])
            elif frame.name == "accepted":
                self._log_seen = int(frame["log_offset"])
                if self._give_up_s is not None:
                    self.set_deadline(self._give_up_s)
            else:
                return outcomes.of_frame(frame)

    def interrupt(self) -> None:
        """Ask for the cancel of what this client waits for; a signal handler may call it.

        While it waits for nothing, what it is about to ask for is canceled instead.
        """
        self._cancel_wanted = True
        if self._phase == _WAITING:
            self._send_cancel()

    def _send_wanted_cancel(self) -> None:
        if self._cancel_wanted:
            self._send_cancel()

    def _send_cancel(self) -> None:
        if self._sock is not None:
            try:
                self._sock.sendall(self._connection.send("cancel", run=protocol.OWN_RUN))
            except OSError:  # the daemon is gone, which is read next
                return

    def _send(self, name: str, /, **fields: str | bytes | float) -> None:
        if self._sock is None:
            raise JunctureError("the client is closed")
        try:
            data = self._connection.send(name, **fields)
        except protocol.LocalProtocolError as error:
            raise UsageError(
                f"the daemon cannot be asked: {error}",
                hint="put large data into a file and pass its path",
            ) from error
        try:
            self._sock.sendall(data)
        except (BrokenPipeError, ConnectionResetError):
            return  # what the daemon said before it went, or its end, is read next

    def _next_frame(self) -> protocol.Frame | None:
        """Return the next frame, or None when the daemon is gone."""
        while not self._frames:
            if self._sock is None:
                return None
            if self._deadline is not None:
                self._sock.settimeout(max(self._deadline - _now(), 0.001))
            try:
                data = self._sock.recv(_READ_BYTES)
            except ConnectionResetError:
                data = b""
            finally:
                if self._deadline is not None:
                    self._sock.settimeout(None)
            if not data:
                return None
            try:
                self._frames = self._connection.receive(data)
            except protocol.RemoteProtocolError as error:
                raise JunctureError(
                    f"what process {self.pid} answers is not from a daemon: {error}",
                    hint="use the same version of juncture as the daemon",
                ) from error
        return self._frames.pop(0)

    def set_deadline(self, seconds: float) -> None:
        """Let waiting end with TimeoutError after so many seconds from now."""
        self._deadline = _now() + seconds

    def _died(self, on_log: OnLog | None) -> Outcome:
        """Deliver what the daemon wrote before it died, and say that it did."""
        path = self.info.get("log", "")
        if on_log is not None and path:
            try:
                with open(path, "rb") as file:
                    file.seek(self._log_seen)
                    while data := file.read(_READ_BYTES):
                        on_log(data)
            except OSError:
                pass  # gone with the daemon's directory: nothing left to show
        self.close()
        return Outcome(
            outcomes.DAEMON_DIED,
            f"the daemon (process {self.pid}) died before it said how this ended",
            hint="the last lines of its log may say why; run `daemon start` again",
        )


def _stop_timed_out(*, wait: bool) -> Outcome:
    hint = "it is still stopping; end it with `daemon stop --force`"
    if wait:
        hint = "if its task still runs, it goes on; stop it without `--wait` to cancel the task"
    message = "the daemon has not ended in the time given with `--timeout`"
    return Outcome(outcomes.TIMED_OUT, message, hint=hint)


def _now() -> float:
    import time

    return time.monotonic()


def _pidfd(pid: int) -> int | None:
    try:
        return os.pidfd_open(pid)
    except (AttributeError, OSError):
        return None


def _wait_for(pidfd: int, end: float | None) -> bool:
    """Wait until the process of a pidfd has ended; return False if the time ran out."""
    import select

    poll = select.poll()
    poll.register(pidfd, select.POLLIN)
    left_ms = None if end is None else max(0, (end - _now()) * 1000)
    return bool(poll.poll(left_ms))
