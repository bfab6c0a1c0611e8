"""What jobs write, and how far many of them are.

A back end says when a job has ended, but not when it has written something; output is looked for
in steps that grow while nothing comes.
"""

from __future__ import annotations

import contextlib
import sys
import time
from typing import Any

import juncture.saga as rs

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Generator

_FIRST_STEP_S, _LAST_STEP_S = 0.05, 2.0
_WRITING = (rs.job.RUNNING, rs.job.SUSPENDED, *rs.job.FINAL)


class Output:
    """The two streams of a job, on their way to ours.

    Args:
        job: The job.
        quiet: Whether to wait only.
    """

    def __init__(self, job: Any, *, quiet: bool = False) -> None:
        self._job = job
        self._streams = [] if quiet else [(job.get_stdout_bytes, sys.stdout.buffer)]
        if not quiet:
            self._streams.append((job.get_stderr_bytes, sys.stderr.buffer))
        self._sent = [0] * len(self._streams)

    def pump(self) -> bool:
        """Write what is new, and say whether there was something."""
        if self._job.state not in _WRITING:
            return False
        new = [self._pump(number) for number in range(len(self._streams))]
        return any(new)

    def _pump(self, number: int) -> bool:
        read, stream = self._streams[number]
        try:
            data = read()
        except rs.NotImplemented:
            return False  # the back end keeps no such stream
        new = data[self._sent[number] :]
        self._sent[number] += len(new)
        stream.write(new)
        stream.flush()
        return bool(new)

    def follow(self, timeout_s: float | None) -> bool:
        """Write until the job has ended, and return whether it did in time; None means for ever."""
        deadline = None if timeout_s is None else time.monotonic() + timeout_s
        step = _FIRST_STEP_S
        while not self._job.wait(step if self._streams or deadline is not None else None):
            if deadline is not None and time.monotonic() >= deadline:
                self.pump()
                return False
            step = _FIRST_STEP_S if self.pump() else min(2 * step, _LAST_STEP_S)
        self.pump()
        return True


class Shown:
    """Where words for people go while many jobs run."""

    def __init__(self, say: Callable[[str], object]) -> None:
        self.say = say


def copy_output(job: Any, shown: Shown) -> None:
    """Write all that an ended job has written."""
    try:
        Output(job).pump()
    except rs.SagaException as error:
        shown.say(f"the output of {job.id} cannot be read: {error}")


@contextlib.contextmanager
def progress(container: Any, is_shown: bool) -> Generator[Shown, None, None]:
    """Show on standard error how many jobs have ended, while the block runs."""
    plain = Shown(lambda text: sys.stderr.write(f"{text}\n"))
    if not is_shown:
        yield plain
        return
    try:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
        from rich.progress import TimeElapsedColumn as Elapsed
    except ImportError:  # it is not needed to run jobs
        yield plain
        return
    bar = Progress(
        *(TextColumn("jobs"), BarColumn(), MofNCompleteColumn(), Elapsed()),
        TextColumn("{task.fields[failed]} failed"),
        console=Console(stderr=True),
    )
    jobs = container.get_tasks()
    line = bar.add_task("jobs", total=len(jobs), failed=0)

    done: set[Any] = set()
    failed: set[Any] = set()

    def ended(job: Any, _key: str, state: str) -> bool:
        if state in rs.job.FINAL:
            (done if state == rs.job.DONE else failed).add(job)
            bar.update(line, completed=len(done) + len(failed), failed=len(failed))
        return True

    with bar:
        cookies = [job.add_callback("State", ended) for job in jobs]
        for job in jobs:
            ended(job, "State", job.state)
        try:
            yield Shown(lambda text: bar.console.print(text, markup=False, highlight=False))
        finally:
            for job, cookie in zip(jobs, cookies, strict=True):
                job.remove_callback("State", cookie)
