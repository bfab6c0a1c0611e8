"""Talk to a daemon: from a living Python process, and from every command.

One connection, on which the log, progress and the outcome of a task come as they happen; the
outcome comes last. If the daemon dies, what it had logged is read from its spool and the outcome
says so. A task is sent once and never again.

This module stands on the start-up path: see `juncture_client.transport`.
"""

from __future__ import annotations

import os

from juncture.errors import JunctureError
from juncture.runtime import connection_file
from juncture.runtime import outcome as outcomes
from juncture.runtime.daemon_link import DaemonLink
from juncture.runtime.outcome import Outcome
from juncture_client import protocol

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

_READ_BYTES = 256 * 1024

_IDLE, _SENDING, _WAITING = "idle", "sending", "waiting"


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
        self._link = DaemonLink()
        self._phase = _IDLE
        self._cancel_wanted = False
        self._log_seen: int | None = None
        self._give_up_s: float | None = None

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

    @property
    def info(self) -> dict[str, str]:
        """What the connection file says; empty before the first connection."""
        return self._link.info

    @property
    def pid(self) -> int:
        """Process id of the daemon; 0 before the first connection."""
        return self._link.pid

    def connect(self) -> None:
        """Connect, if that was not done before.

        Raises:
            NoDaemonError: there is none: the connection file is missing or stale.
            ConnectionFileError: the connection file cannot be used.
            NoAnswerError: the daemon did not answer in time.
        """
        self._link.connect(self._path, self._who, self._connect_timeout)

    def adopt(self, sock: Socket, *, pid: int, log: str) -> None:
        """Use the socket to a daemon that this process has made, which logs to this file."""
        self._link.info = {"log": log}
        self._link.adopt(sock, pid=pid)

    def close(self) -> None:
        """Close the connection; a task that is running goes on."""
        self._link.close()

    def set_deadline(self, seconds: float) -> None:
        """Let waiting end with TimeoutError after so many seconds from now."""
        self._link.set_deadline(seconds)

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
        self._link.send("bye")
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
        try:
            self._link.send("status")
            frame = self._link.next_frame()
        except BaseException:
            self.close()
            raise
        if frame is None:
            self.close()
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

        Raises:
            NoAnswerError: the daemon did not answer in time; it was not asked to stop.
        """
        import time

        end = None if timeout is None else time.monotonic() + timeout
        limits = [each for each in (timeout, self._connect_timeout) if each is not None]
        self._link.connect(self._path, self._who, min(limits, default=None))
        gone = _pidfd(self.pid)
        try:
            self._link.deadline = end
            outcome = self.ask("stop", {"wait": 1} if wait else {}, on_log=on_log)
            if outcome.kind == outcomes.CANCELED:
                return outcome  # before it was asked for: the daemon does not end
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
        # Until a task is accepted, what stands in the log is of others; a start has the whole log.
        self._log_seen = 0 if name == "start" else None
        self._give_up_s = float(fields["timeout"]) + GIVE_UP_S if "timeout" in fields else None
        if self._give_up_s is not None and "wait" not in fields:
            self.set_deadline(self._give_up_s)
        self._phase = _SENDING
        try:
            if self._cancel_wanted:
                return Outcome(
                    outcomes.CANCELED, f"the {name} was canceled before it was asked for"
                )
            self._link.send(name, **fields)
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
            self._link.deadline = None

    def receive(
        self, *, on_log: OnLog | None = None, on_progress: OnProgress | None = None
    ) -> Outcome:
        """Take what comes until the outcome of what was asked last."""
        while True:
            frame = self._link.next_frame()
            if frame is None:
                return self._died(on_log)
            if frame.name == "log":
                data = frame.raw("data")
                self._log_seen = (self._log_seen or 0) + len(data)
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
        try:
            self._link.send("cancel", run=protocol.OWN_RUN)
        except (OSError, JunctureError):  # the daemon is gone, which is read next
            return

    def _died(self, on_log: OnLog | None) -> Outcome:
        """Deliver what the daemon wrote before it died, and say that it did."""
        path = self.info.get("log", "")
        if on_log is not None and path and self._log_seen is not None:
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


def _pidfd(pid: int) -> int | None:
    try:
        return os.pidfd_open(pid)
    except (AttributeError, OSError):
        return None


def _wait_for(pidfd: int, end: float | None) -> bool:
    """Wait until the process of a pidfd has ended; return False if the time ran out."""
    import select
    import time

    poll = select.poll()
    poll.register(pidfd, select.POLLIN)
    left_ms = None if end is None else max(0, (end - time.monotonic()) * 1000)
    return bool(poll.poll(left_ms))
