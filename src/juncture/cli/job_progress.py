"""How far many jobs are: one line on the terminal, redrawn when a job ends.

The line is drawn on standard error, and only where that is a terminal. Whatever else is written to
the terminal meanwhile is written with the line out of the way. Nothing is drawn by the clock.
"""

from __future__ import annotations

import contextlib
import os
import sys
import threading
import time
from typing import Any

import juncture.saga as rs

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Generator

_BAR, _COLUMNS = 40, 80
_STEP_S = 0.05
"""More often than this a terminal shows nothing new; the last state is always drawn."""
_CLEAR = "\r\x1b[K"


class Shown:
    """Where words for people go while many jobs run; without a terminal they are plain lines."""

    is_line = False
    """Whether a line is drawn on the terminal."""

    def say(self, text: str) -> None:
        """Write one line."""
        with self.aside():
            sys.stderr.write(f"{text}\n")

    @contextlib.contextmanager
    def aside(self) -> Generator[None, None, None]:
        """Keep what is shown out of the way of what the block writes."""
        yield


class Line(Shown):
    """A line that says how many of some jobs have ended, and how many of these failed.

    Args:
        total: How many there are.
    """

    is_line = True

    def __init__(self, total: int) -> None:
        self._total = total
        self._ended: dict[int, str] = {}
        self._failed = 0
        self._drawn_at = 0.0
        self._lock = threading.RLock()
        self._counting = threading.Lock()
        self._on = True

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
        with self._lock:
            if self._on:
                self._drawn_at = time.monotonic()
                sys.stderr.write(_CLEAR + self.text(_columns()))
                sys.stderr.flush()

    def text(self, columns: int) -> str:
        """Return the line, for a terminal of that width."""
        ended = len(self._ended)
        words = f" {ended}/{self._total} jobs" + (
            f", {self._failed} failed" if self._failed else ""
        )
        width = min(_BAR, columns - len(words) - 1)
        if width < _BAR // 4:
            return words.strip()[: max(columns - 1, 0)]
        full = width * ended // self._total
        done, open_ = ("\u2501", "\u2500") if _speaks_utf8() else ("#", "-")
        return done * full + open_ * (width - full) + words

    @contextlib.contextmanager
    def aside(self) -> Generator[None, None, None]:
        """Take the line away while the block writes."""
        with self._lock:
            sys.stderr.write(_CLEAR)
            sys.stderr.flush()
            try:
                yield
            finally:
                self.draw()

    def close(self) -> None:
        """Leave the line as it is and go to the next one."""
        with self._lock:
            self.draw()
            self._on = False
            sys.stderr.write("\n")
            sys.stderr.flush()


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


def _columns() -> int:
    try:
        return os.get_terminal_size(sys.stderr.fileno()).columns or _COLUMNS
    except OSError:
        return _COLUMNS


def _speaks_utf8() -> bool:
    return "utf" in (sys.stderr.encoding or "").lower()
