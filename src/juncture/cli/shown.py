"""What a command shows while it works: one line on the terminal, and words that keep clear of it.

The line is drawn on standard error, and only where that is a terminal. Whatever else is written
there meanwhile is written with the line out of the way. Nothing is drawn by the clock.
"""

from __future__ import annotations

import contextlib
import sys
import threading

from juncture.cli import words

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Generator

_CLEAR = "\r\x1b[K"


class Shown:
    """Where words for people go meanwhile; without a terminal they are plain lines."""

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

    def close(self) -> None:
        """End it."""


class Line(Shown):
    """A line that is drawn over itself; who derives from it says what is in it."""

    is_line = True

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._is_drawn = self._is_closed = False

    def text(self, columns: int) -> str:
        """Return the line, for a terminal of that width."""
        raise NotImplementedError

    def draw(self) -> None:
        """Draw the line over itself."""
        with self._lock:
            if not self._is_closed:
                self._is_drawn = True
                sys.stderr.write(_CLEAR + self.text(words.columns(sys.stderr)))
                sys.stderr.flush()

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
                    self.draw()

    def close(self) -> None:
        """Leave the line as it is and go to the next one."""
        with self._lock:
            if self._is_drawn:
                self.draw()
                sys.stderr.write("\n")
                sys.stderr.flush()
            self._is_drawn, self._is_closed = False, True


def bar(share: float, width: int, *, utf8: bool) -> str:
    """Return a bar, of which a share from 0 to 1 is full."""
    full = int(width * min(max(share, 0.0), 1.0))
    done, open_ = ("\u2501", "\u2500") if utf8 else ("#", "-")
    return done * full + open_ * (width - full)
