"""How far many jobs are: one line on the terminal, redrawn when a job ends."""

from __future__ import annotations

import contextlib
import sys
import threading
import time
from typing import Any

import juncture.saga as rs
from juncture.cli import shown, words
from juncture.cli.shown import Shown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Generator

_BAR = 40
_STEP_S = 0.05
"""More often than this a terminal shows nothing new; the last state is always drawn."""


class Line(shown.Line):
    """A line that says how many of some jobs have ended, and how many of these failed.

    Args:
        total: How many there are.
    """

    def __init__(self, total: int) -> None:
        super().__init__()
        self._total = total
        self._ended: dict[int, str] = {}
        self._failed = 0
        self._drawn_at = 0.0
        self._counting = threading.Lock()

    def ended(self, job: Any, _key: str, state: str) -> bool:
        """Count a job if the state is a final one; callbacks of jobs come here, on any thread.

        It never waits for who writes: that may be waiting for what this thread reads next.
        """
        if state not in rs.job.FINAL:
            return True
        with self._counting:
            if id(job) in self._ended:
                return True
            self._ended[id(job)] = state
            self._failed += state != rs.job.DONE
            last = len(self._ended) == self._total
        is_due = last or time.monotonic() - self._drawn_at >= _STEP_S
        if is_due and self._lock.acquire(blocking=False):
            try:
                self.draw()
            finally:
                self._lock.release()
        return True

    def draw(self) -> None:
        """Draw the line over itself."""
        self._drawn_at = time.monotonic()
        super().draw()

    def text(self, columns: int) -> str:
        """Return the line, for a terminal of that width."""
        ended = len(self._ended)
        facts = f" {ended}/{self._total} jobs" + (
            f", {self._failed} failed" if self._failed else ""
        )
        width = min(_BAR, columns - len(facts) - 1)
        if width < _BAR // 4:
            return facts.strip()[: max(columns - 1, 0)]
        utf8 = words.speaks_utf8(sys.stderr)
        return shown.bar(ended / self._total, width, utf8=utf8) + facts


@contextlib.contextmanager
def progress(container: Any, is_shown: bool) -> Generator[Shown, None, None]:
    """Show on standard error how many jobs have ended, while the block runs."""
    if not is_shown:
        yield Shown()
        return
    jobs = container.get_tasks()
    line = Line(len(jobs))
    line.draw()
    cookies = [job.add_callback("State", line.ended) for job in jobs]
    for job in jobs:
        line.ended(job, "State", job.state)
    try:
        yield line
    finally:
        for job, cookie in zip(jobs, cookies, strict=True):
            job.remove_callback("State", cookie)
        line.close()
