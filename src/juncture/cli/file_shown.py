"""Where words for people go while files are copied; `file_progress` draws a line around them."""

from __future__ import annotations

import contextlib
import sys

from juncture.saga.storage.progress import Progress

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Generator


class Shown:
    """Where words for people go while files are copied; without a terminal they are plain lines."""

    last = Progress()
    """How far it was when it was last told."""

    def tell(self, progress: Progress) -> None:
        """Take how far it is."""
        self.last = progress

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
