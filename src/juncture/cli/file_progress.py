"""How far copies are: how many names and bytes, how fast, and how long the rest will take.

A transfer tells how far it is no more than about ten times a second, and then the line is drawn.
"""

from __future__ import annotations

import contextlib
import sys

from juncture.cli import shown, words
from juncture.cli.shown import Shown
from juncture.saga.storage.progress import Progress

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Generator

    from juncture.cli.file_running import Run

_BAR, _SHORTEST_BAR = 24, 8
_MINUTE_S, _HOUR_S = 60, 3600
_LONGEST_S = 100 * _HOUR_S


class Copied(Shown):
    """How far copies are."""

    last = Progress()
    """How far it was when it was last told."""

    def tell(self, progress: Progress) -> None:
        """Take how far it is."""
        self.last = progress


class Line(shown.Line, Copied):
    """A line that says how much is copied, how fast, and how long the rest will take."""

    def tell(self, progress: Progress) -> None:
        """Draw how far it is."""
        with self._lock:
            self.last = progress
            self.draw()

    def text(self, columns: int) -> str:
        """Return the line, for a terminal of that width."""
        return text(self.last, columns, utf8=words.speaks_utf8(sys.stderr))


@contextlib.contextmanager
def progress(run: Run) -> Generator[Copied, None, None]:
    """Show on standard error how far it is, while the block runs."""
    options = run.options
    is_quiet = options.quiet or options.json or options.debug
    is_shown = sys.stderr.isatty() and not is_quiet
    copied = Line() if is_shown else Copied()
    run.shown = copied
    run.so_far = lambda: so_far(copied.last)
    try:
        yield copied
    finally:
        copied.close()
        run.shown = None


def so_far(last: Progress) -> str:
    """Return what somebody is told who interrupts it."""
    if not last.files_total:
        return "nothing was copied yet"
    return (
        f"{last.files_done} of {last.files_total} names were copied"
        f" ({words.size(last.bytes_done)} of {words.size(last.bytes_total)}),"
        " the same command goes on from there"
    )


def text(progress: Progress, columns: int, *, utf8: bool) -> str:
    """Return the line of a progress, as much of it as fits a terminal of that width."""
    room = columns - 1
    share, left = _share(progress), _left(progress)
    rate = f"{words.size(progress.bytes_per_second)}/s"
    size = f"{words.size(progress.bytes_done)} of {words.size(progress.bytes_total)}"
    facts = f"{progress.files_done}/{progress.files_total}  {size}  {rate}{left}"
    width = min(_BAR, room - len(facts) - 1)
    if width >= _SHORTEST_BAR:
        line = f"{shown.bar(share, width, utf8=utf8)} {facts}"
        name = words.printable(progress.name.rpartition("/")[2])
        return f"{line}  {name}" if name and len(line) + len(name) + 2 <= room else line
    percent = f"{int(100 * share)}%"
    for line in (facts, f"{percent}  {rate}{left}", f"{percent}{left}", percent):
        if len(line) <= room:
            return line
    return ""


def _share(progress: Progress) -> float:
    if progress.bytes_total > 0:
        return progress.bytes_done / progress.bytes_total
    return progress.files_done / progress.files_total if progress.files_total else 0.0


def _left(progress: Progress) -> str:
    if progress.files_total and progress.files_done >= progress.files_total:
        return f"  {_clock(progress.seconds)}"
    left = progress.seconds_left
    return "" if left is None or left < 0 else f"  {_clock(left)} left"


def _clock(seconds: float) -> str:
    """Return a time for people.

    >>> _clock(7.2), _clock(3725)
    ('0:08', '1:02:05')
    """
    whole = int(min(seconds, _LONGEST_S) + 0.99)
    minutes, rest = divmod(whole, _MINUTE_S)
    hours, minutes = divmod(minutes, _MINUTE_S)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"
