"""One thing a daemon was asked to do: start the adaptor, run a task, or shut down."""

from __future__ import annotations

import threading
import time

from juncture.runtime import outcome as outcomes
from juncture.runtime.outcome import Outcome

TYPE_CHECKING = False
if TYPE_CHECKING:
    from juncture.runtime.daemon_peer import Peer
    from juncture.runtime.event_loop import Timer

START = "start"
RUN = "run"
STOP = "stop"


class Task:
    """A start, a run or the shutdown, from when it was asked for until its outcome was sent.

    Attributes:
        move: `START`, `RUN` or `STOP`.
        number: Of the run, from 1; 0 for the others.
        data: The run data as it came: text that the main thread will read.
        who: Who asked, for messages.
        watchers: Commands that follow it.
        waiters: Commands that only want to know when it has ended, and what to tell them.
        log_offset: Where its log begins.
        log_end: Where its log ends; None until it has ended.
        began: Set when its callback is about to be called, or will not be.
        callback_number: Which callback of the adaptor it is; None until it began.
        outcome: Set when it has ended.
    """

    def __init__(self, move: str, *, number: int = 0, data: bytes = b"", who: str = "") -> None:
        self.move = move
        self.number = number
        self.data = data
        self.who = who
        self.timeout_s: float | None = None
        self.watchers: list[Peer] = []
        self.waiters: list[Peer] = []
        self.log_offset = 0
        self.log_end: int | None = None
        self.began = threading.Event()
        self.callback_number: int | None = None
        self.begun_at = 0.0
        self.timer: Timer | None = None
        self.outcome: Outcome | None = None
        self._ending: Outcome | None = None

    @property
    def title(self) -> str:
        """What it is, for messages."""
        return f"task {self.number}" if self.move == RUN else f"the {self.move}"

    @property
    def canceled(self) -> bool:
        """Whether it was told to end."""
        return self._ending is not None

    def cancel(self, kind: str, message: str) -> bool:
        """Decide that it will have ended by cancel; return False if that was decided before."""
        if self._ending is not None:
            return False
        self._ending = Outcome(kind, message)
        return True

    def end(self, outcome: Outcome, log_end: int) -> Outcome:
        """Store and return how it ended: what the cancel said, if there was one."""
        if self._ending is not None and outcome.kind != outcomes.FORCED:
            self._ending.lost_bytes = outcome.lost_bytes
            outcome = self._ending
        self.outcome = outcome
        self.log_end = log_end
        if self.timer is not None:
            self.timer.cancel()
        return outcome

    def describe(self) -> dict[str, object]:
        """Return what `daemon status` shows."""
        described: dict[str, object] = {"move": self.move, "who": self.who}
        if self.number:
            described["number"] = self.number
        if self.outcome is None:
            described["seconds"] = round(time.monotonic() - self.begun_at, 3)
            described["canceled"] = self.canceled
        else:
            described["outcome"] = self.outcome.kind
            described["exit_status"] = self.outcome.exit_status
        return described
