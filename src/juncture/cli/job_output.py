"""What jobs write.

A back end says when a job has ended, but not when it has written something; output is looked for
in steps that grow while nothing comes.
"""

from __future__ import annotations

import sys
import time
from typing import Any

import juncture.saga as rs
from juncture.saga.job.facts import READ_BYTES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from juncture.cli.shown import Shown

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
        self._streams = [] if quiet else [(job.read_stdout, sys.stdout.buffer)]
        if not quiet:
            self._streams.append((job.read_stderr, sys.stderr.buffer))
        self._sent = [0] * len(self._streams)
        self.is_line_open = False
        """Whether what was written last does not end a line."""

    def pump(self) -> bool:
        """Write what is new, and say whether there was something."""
        if self._job.state not in _WRITING:
            return False
        new = [self._pump(number) for number in range(len(self._streams))]
        return any(new)

    def _pump(self, number: int) -> bool:
        read, stream = self._streams[number]
        before = self._sent[number]
        while True:
            try:
                new = read(self._sent[number], READ_BYTES)
            except rs.NotImplemented:
                return False  # the back end keeps no such stream
            self._sent[number] += len(new)
            stream.write(new)
            stream.flush()
            if new:
                self.is_line_open = not new.endswith(b"\n")
            if len(new) != READ_BYTES:  # that was all so far
                return self._sent[number] > before

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


def copy_output(job: Any, shown: Shown) -> None:
    """Write all that an ended job has written."""
    output = Output(job)
    try:
        with shown.aside():
            output.pump()
            if output.is_line_open and shown.is_line:
                sys.stderr.write("\n")  # or the line would be drawn over the output
    except rs.SagaException as error:
        shown.say(f"the output of {job.id} cannot be read: {error}")
