"""The main thread of a daemon: it calls the adaptor, one task at a time, and nothing else does.

What it is given comes through a queue; what it has done is told to the daemon's loop. It sleeps
while there is nothing to do. `cancel` is the one thing that comes from another thread.
"""

from __future__ import annotations

import contextlib
import logging
import queue
import sys

from juncture.runtime import children, data, progress, remains
from juncture.runtime import outcome as outcomes
from juncture.runtime.daemon_task import RUN, START, Task
from juncture.runtime.lifecycle import CALLBACKS, AdaptorRunner, AdaptorState, outcome_of
from juncture.runtime.outcome import Outcome

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from juncture.runtime.adaptor import BaseAdaptor
    from juncture.runtime.event_loop import EventLoop
    from juncture.runtime.logs import LogHandler
    from juncture.runtime.spool import Spool

_logger = logging.getLogger(__name__)


class Worker:
    """Calls one adaptor.

    Args:
        name: Class name of the adaptor.
        load: Imports the adaptor's module and makes the adaptor.
        remove_files: Removes what the daemon made on disk.

    Attributes:
        on_ended: Called in the loop's thread with a task, its outcome and the end of its log.
        take_signals: Called between callbacks; takes signals back that the adaptor has taken.
        on_progress: Called in the loop's thread with percent and message.
    """

    def __init__(
        self,
        *,
        name: str,
        load: Callable[[], BaseAdaptor[Any]],
        loop: EventLoop,
        spool: Spool,
        handler: LogHandler,
        remove_files: Callable[[], None],
    ) -> None:
        self.name = name
        self.remove_files = remove_files
        self.on_ended: Callable[[Task, Outcome, int], None] | None = None
        self.take_signals: Callable[[], None] | None = None
        self.on_progress: Callable[[float | None, str | None], None] | None = None
        self._load = load
        self._loop = loop
        self._spool = spool
        self._sink = handler.sink
        self._queue: queue.SimpleQueue[Task | None] = queue.SimpleQueue()
        self._runner: AdaptorRunner | None = None
        self._progress: tuple[float | None, str | None] = (None, None)
        self._is_progress_due = False

    # -- from the loop's thread --------------------------------------------------------------

    def put(self, task: Task | None) -> None:
        """Give the main thread something to do; None lets it return."""
        self._queue.put(task)

    def cancel(self, task: Task) -> None:
        """Cancel a task; waits until its callback is about to be called. In a thread of its own."""
        task.began.wait()
        runner, number = self._runner, task.callback_number
        if task.outcome is None and runner is not None and number is not None:
            outcome_of(lambda: runner.cancel(number), f"on_cancel of {self.name}")

    @property
    def is_loading(self) -> bool:
        """Whether there is no adaptor yet."""
        return self._runner is None

    @property
    def active(self) -> str:
        """The callback that is executing, or an empty string."""
        return CALLBACKS.get(self._runner.active, "") if self._runner else f"loading {self.name}"

    @property
    def state(self) -> str:
        """Where in its lifecycle the adaptor is."""
        return (self._runner.state if self._runner else AdaptorState.NOT_STARTED).value

    @property
    def lost_bytes(self) -> int:
        """Bytes of log that could not be stored."""
        return self._sink.lost_bytes

    def kill_children(self) -> None:
        """End every child at once."""
        children.terminate_all(0)
        remains.end_children(0)

    # -- in the main thread ------------------------------------------------------------------

    def work(self) -> None:
        """Do what is put until None comes."""
        progress.listeners.append(self._report_progress)
        children.on_callback_error.append(self._callback_failed)
        self._take_signals()
        while True:
            task = self._queue.get()
            if task is None:
                return
            self._execute(task)

    def _execute(self, task: Task) -> None:
        lost_before = self._sink.lost_bytes
        try:
            outcome = {START: self._start, RUN: self._run}.get(task.move, self._stop)(task)
        finally:
            task.began.set()
        self._take_signals()
        for stream in (sys.stdout, sys.stderr):
            with contextlib.suppress(Exception):  # the adaptor may have closed or replaced it
                stream.flush()
        outcome.lost_bytes = self._sink.lost_bytes - lost_before
        if self.on_ended is not None:
            self._loop.call_soon(self.on_ended, task, outcome, self._spool.size())

    def _start(self, task: Task) -> Outcome:
        loaded: list[BaseAdaptor[Any]] = []
        outcome = outcome_of(lambda: loaded.append(self._load()), f"loading {self.name}")
        if not loaded:
            return outcome
        self._take_signals()
        runner = self._runner = AdaptorRunner(adaptor=loaded[0])
        if task.canceled:
            return Outcome(outcomes.CANCELED)
        self._announce(runner, task)
        return outcome_of(runner.start, f"on_start of {self.name}")

    def _take_signals(self) -> None:
        if self.take_signals is not None:
            self.take_signals()

    def _run(self, task: Task) -> Outcome:
        runner = self._runner
        if runner is None or task.canceled:
            return Outcome(outcomes.CANCELED)
        text, task.data = task.data.decode("utf-8", "surrogateescape"), b""
        documents: list[dict[str, Any]] = []
        outcome = outcome_of(
            lambda: documents.append(data.parse_document(text, "run data")), "reading the run data"
        )
        if not documents:
            return outcome
        self._announce(runner, task)
        return outcome_of(lambda: runner.run(documents[0]), f"on_run of {self.name}")

    def _announce(self, runner: AdaptorRunner, task: Task) -> None:
        """Let `cancel` reach the callback of this task, and no other, once it begins."""

        def begin() -> None:
            task.callback_number = runner.number
            task.began.set()

        runner.on_begin = begin

    def _stop(self, _: Task) -> Outcome:
        """Stop and clean up; the first thing that went wrong is the outcome."""
        runner = self._runner
        if runner is None:
            return Outcome(outcomes.DONE)
        runner.on_begin = None
        ends = [
            outcome_of(move, f"{CALLBACKS[name]} of {self.name}") for name, move in runner.ending()
        ]
        children.terminate_all(children.GRACE_S)
        count = remains.end_children(children.GRACE_S)
        if count:
            _logger.warning("%d processes that the adaptor had left were ended", count)
        return next((outcome for outcome in ends if not outcome.ok), Outcome(outcomes.DONE))

    def _report_progress(self, percent: float | None, message: str | None) -> None:
        """Tell the loop; what it has not told anybody yet is replaced."""
        self._progress = (percent, message)
        if not self._is_progress_due:
            self._is_progress_due = True
            self._loop.call_soon(self._tell_progress)

    def _tell_progress(self) -> None:
        # First, so that a report which comes after the next line has a call of its own.
        self._is_progress_due = False
        if self.on_progress is not None:
            self.on_progress(*self._progress)

    def _callback_failed(self, error: BaseException) -> None:
        if self._runner is not None:
            self._runner.fail_active(error)
