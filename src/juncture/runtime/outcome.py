"""How a task or a command ended, and the exit status that says so.

An outcome is made once, where the callback returned or raised, and travels as it is; nobody works
one out from log text. The statuses of our own are high, so that they can be told from those of a
child process or of `sys.exit(n)`, which are passed on.
"""

from __future__ import annotations

from juncture.errors import JunctureError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from juncture_client.protocol import Frame

DONE = "done"
FAILED = "failed"
BAD_INPUT = "bad-input"
CANCELED = "canceled"
BUSY = "busy"
NO_DAEMON = "no-daemon"
DAEMON_DIED = "daemon-died"
FORCED = "forced"
TIMED_OUT = "timed-out"
EXITED = "exited"
CHILD_FAILED = "child-failed"
CHILD_KILLED = "child-killed"

EXIT_STATUSES: dict[str, tuple[int | None, str]] = {
    DONE: (0, "the task or the command did what it was asked"),
    FAILED: (1, "a callback of the adaptor raised an error"),
    BAD_INPUT: (2, "an option, a file or a document is wrong"),
    CANCELED: (119, "the task was canceled"),
    BUSY: (120, "the daemon is busy with another task"),
    NO_DAEMON: (121, "there is no daemon: the connection file is missing or stale"),
    DAEMON_DIED: (122, "the daemon died before it said how the task ended"),
    FORCED: (123, "something did not end in time and was ended by force"),
    TIMED_OUT: (124, "the time given with `--timeout` ran out"),
    EXITED: (None, "the adaptor called `sys.exit(n)`: n"),
    CHILD_FAILED: (None, "the process of a command adaptor exited with n: n"),
    CHILD_KILLED: (None, "a signal ended the process of a command adaptor: 128 + its number"),
}
"""Every kind of outcome: its exit status (None: that of another program) and what it means."""

_SIGNAL_BASE = 128
_LARGEST_STATUS = 255


class Outcome:
    """How a task ended.

    Attributes:
        kind: A key of `EXIT_STATUSES`.
        exit_status: What a command that reports this outcome exits with.
        message: One sentence that says what happened; empty when done.
        hint: What to do about it, or empty.
        result_json: What `on_run` returned, as JSON text; empty when it returned None.
        lost_bytes: Bytes of the log that could not be stored (disk full).
    """

    __slots__ = ("exit_status", "hint", "kind", "lost_bytes", "message", "result_json")

    def __init__(
        self,
        kind: str,
        message: str = "",
        *,
        exit_status: int | None = None,
        hint: str = "",
        result_json: str = "",
        lost_bytes: int = 0,
    ) -> None:
        status = EXIT_STATUSES[kind][0] if exit_status is None else exit_status
        self.kind = kind
        self.exit_status = 1 if status is None else status
        self.message = message
        self.hint = hint
        self.result_json = result_json
        self.lost_bytes = lost_bytes

    def __repr__(self) -> str:
        return f"<outcome {self.kind}, exit status {self.exit_status}: {self.message}>"

    @property
    def ok(self) -> bool:
        """Whether the task did what it was asked."""
        return self.kind == DONE

    @property
    def result(self) -> Any:
        """What `on_run` returned, decoded from JSON; None when it returned nothing."""
        if not self.result_json:
            return None
        import json

        return json.loads(self.result_json)


class OutcomeError(JunctureError):
    """Ends a callback with an outcome of its own, such as that of a child process."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__(outcome.message, hint=outcome.hint)
        self.outcome = outcome
        self.exit_status = outcome.exit_status


def of_exit(code: object, where: str) -> Outcome:
    """Return the outcome of a callback that called `sys.exit(code)`.

    A code of 0 or None is success; a text or a number that is no exit status becomes 1.
    """
    if code is None or code == 0:
        return Outcome(DONE)
    if isinstance(code, int):
        status = code if 0 < code <= _LARGEST_STATUS else 1
        return Outcome(EXITED, f"{where} called sys.exit({code})", exit_status=status)
    return Outcome(EXITED, f"{where} called sys.exit: {code}", exit_status=1)


def of_child(returncode: int, program: str) -> Outcome:
    """Return the outcome of a child process; `returncode` is negative for a signal."""
    if returncode == 0:
        return Outcome(DONE)
    if returncode > 0:
        return Outcome(
            CHILD_FAILED, f"`{program}` exited with status {returncode}", exit_status=returncode
        )
    import signal

    try:
        name = signal.Signals(-returncode).name
    except ValueError:
        name = f"signal {-returncode}"
    return Outcome(
        CHILD_KILLED, f"`{program}` was ended by {name}", exit_status=_SIGNAL_BASE - returncode
    )


def fields_of(outcome: Outcome) -> dict[str, str | int]:
    """Return an outcome as the fields of its frame."""
    return {
        "kind": outcome.kind,
        "exit_status": outcome.exit_status,
        "message": writable(outcome.message),
        "hint": writable(outcome.hint),
        "result": outcome.result_json,
        "lost_bytes": outcome.lost_bytes,
    }


def of_frame(frame: Frame) -> Outcome:
    """Return the outcome that a frame `outcome` or `refused` tells."""
    if frame.name == "refused":
        return Outcome(frame["reason"], frame["message"], hint=frame["hint"])
    return Outcome(
        frame["kind"],
        frame["message"],
        hint=frame["hint"],
        exit_status=int(frame["exit_status"]),
        result_json=frame["result"],
        lost_bytes=int(frame["lost_bytes"] or 0),
    )


def writable(text: str) -> str:
    """Return text that UTF-8 can write: half of a surrogate pair becomes an escape."""
    return text.encode("utf-8", "backslashreplace").decode()
