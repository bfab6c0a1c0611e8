"""How far copies are: one line on the terminal, redrawn when there is something new.

The line is drawn on standard error, only where that is a terminal, and whatever else is written
there meanwhile is written with the line out of the way. Nothing is drawn by the clock: a transfer
tells how far it is no more than about ten times a second.
"""

from __future__ import annotations

import contextlib
import sys
import threading

from juncture.cli import words
from juncture.cli.file_shown import Shown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Generator

    from juncture.cli.file_running import Run
    from juncture.saga.storage.progress import Progress

_CLEAR = "\r\x1b[K"
_BAR, _SHORTEST_BAR = 24, 8
_MINUTE_S, _HOUR_S = 60, 3600
_LONGEST_S = 100 * _HOUR_S


class Line(Shown):
    """A line that says how much is copied, how fast, and how long the rest will take."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._is_drawn = False

    def tell(self, progress: Progress) -> None:
        """Draw how far it is."""
        with self._lock:
            self.last = progress
            self._draw()

    @contextlib.contextmanager
    def aside(self) -> Generator[None, None, None]:
        """Take the line away while the block writes."""
        with self._lock:
            if self._is_drawn:
                sys.stderr.write(_CLEAR)
                sys.stderr.flush()
            try:
                yield
            finally:
                if self._is_drawn:
                    self._draw()

    def close(self) -> None:
        """Leave the line as it is and go to the next one."""
        with self._lock:
            if self._is_drawn:
                self._draw()
                sys.stderr.write("\n")
                sys.stderr.flush()
            self._is_drawn = False

    def _draw(self) -> None:
        utf8 = words.speaks_utf8(sys.stderr)
        line = text(self.last, words.columns(sys.stderr), utf8=utf8)
        sys.stderr.write(_CLEAR + line)
        sys.stderr.flush()
        self._is_drawn = True


@contextlib.contextmanager
def progress(run: Run, *, verb: str = "copied") -> Generator[Shown, None, None]:
    """Show on standard error how far it is, while the block runs.

    Args:
        run: The command.
        verb: What is done with files, for the words about an interrupt.
    """
    is_shown = sys.stderr.isatty() and not (run.options.quiet or run.options.json)
    shown = Line() if is_shown else Shown()
    run.shown = shown
    run.so_far = lambda: so_far(shown.last, verb)
    try:
        yield shown
    finally:
        shown.close()
        run.shown = None


def so_far(last: Progress, verb: str) -> str:
    """Return what somebody is told who interrupts it."""
    return (
        f"{last.files_done} of {last.files_total} names were {verb}"
        f" ({words.size(last.bytes_done)} of {words.size(last.bytes_total)}),"
        " the same command goes on from there"
    )


def text(progress: Progress, columns: int, *, utf8: bool) -> str:
    """Return the line, for a terminal of that width."""
    rate = words.size(progress.bytes_per_second)
    facts = (
        f" {progress.files_done}/{progress.files_total} "
        f" {words.size(progress.bytes_done)} of {words.size(progress.bytes_total)}  {rate}/s"
        f"{_left(progress)}"
    )
    room = columns - len(facts) - 1
    if room < _SHORTEST_BAR:
        return facts.strip()[: max(columns - 1, 0)]
    width = min(_BAR, room)
    line = _bar(progress, width, utf8=utf8) + facts
    name = words.printable(progress.name.rpartition("/")[2])
    return f"{line}  {name}" if name and len(line) + len(name) + 3 <= columns else line


def _bar(progress: Progress, width: int, *, utf8: bool) -> str:
    if progress.bytes_total > 0:
        share = progress.bytes_done / progress.bytes_total
    else:
        share = progress.files_done / progress.files_total if progress.files_total else 0.0
    full = int(width * min(max(share, 0.0), 1.0))
    done, open_ = ("\u2501", "\u2500") if utf8 else ("#", "-")
    return done * full + open_ * (width - full)


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
