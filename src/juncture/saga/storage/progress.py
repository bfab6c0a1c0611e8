"""How far a transfer is: a value to show, and the counter that makes it.

The counter is fed by every thread that copies, and wakes the one that tells: no more than about ten
times a second, so that a display costs nothing.
"""

from __future__ import annotations

import threading
import time

from juncture.saga.exceptions import BadParameter

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

_INTERVAL_S = 0.1


class Progress:
    """How far a transfer is; it does not change.

    Args:
        files_done: Files, links and directories that are copied or have failed.
        files_total: Those that are known of; it grows while directories are read.
        bytes_done: Bytes of them that are copied.
        bytes_total: Bytes of those that are known of.
        seconds: Since the transfer began.
        name: What is copied now, or was last.
    """

    __slots__ = ("bytes_done", "bytes_total", "files_done", "files_total", "name", "seconds")

    def __init__(  # noqa: PLR0917 - a record
        self,
        files_done: int = 0,
        files_total: int = 0,
        bytes_done: int = 0,
        bytes_total: int = 0,
        seconds: float = 0.0,
        name: str = "",
    ) -> None:
        keep = object.__setattr__
        keep(self, "files_done", files_done)
        keep(self, "files_total", files_total)
        keep(self, "bytes_done", bytes_done)
        keep(self, "bytes_total", bytes_total)
        keep(self, "seconds", seconds)
        keep(self, "name", name)

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"a Progress does not change: `{name}` cannot be set")

    files_done: int
    files_total: int
    bytes_done: int
    bytes_total: int
    seconds: float
    name: str

    @property
    def bytes_per_second(self) -> float:
        """The mean rate so far."""
        return self.bytes_done / self.seconds if self.seconds > 0 else 0.0

    @property
    def seconds_left(self) -> float | None:
        """How long what is known of will take at this rate; None: there is no rate yet."""
        rate = self.bytes_per_second
        return (self.bytes_total - self.bytes_done) / rate if rate else None

    def __repr__(self) -> str:
        return (
            f"Progress({', '.join(f'{name}={getattr(self, name)!r}' for name in self.__slots__)})"
        )


def check_wishes(on_progress: object, checksum: object) -> None:
    """Raise BadParameter for what cannot be called, and for what `hashlib` cannot compute."""
    if on_progress is not None and not callable(on_progress):
        raise BadParameter(f"`on_progress` is a function that is called, found {on_progress!r}")
    if checksum is not None:
        import hashlib

        if str(checksum).lower() not in hashlib.algorithms_available:
            raise BadParameter(
                f"`checksum` is an algorithm that `hashlib` knows, found {checksum!r}",
                hint="such as `sha256`",
            )


class Stages:
    """Tells how far something is that is done in stages, one after the other.

    Args:
        tell: Called with the progress of all stages so far; None: nobody is told.
    """

    def __init__(self, tell: Callable[[Progress], None] | None) -> None:
        self._tell = tell
        self._before = self._last = Progress()
        self.files_later = 0
        """Files of later stages that are known of already."""
        self.bytes_later = 0
        """Bytes of them."""

    def begin(self) -> Callable[[Progress], None] | None:
        """Begin a stage, and return who takes its progress; None if nobody wants to know."""
        self._before = self._last
        self.files_later = self.bytes_later = 0
        return None if self._tell is None else self._take

    def _take(self, stage: Progress) -> None:
        before = self._before
        self._last = Progress(
            before.files_done + stage.files_done,
            before.files_total + stage.files_total,
            before.bytes_done + stage.bytes_done,
            before.bytes_total + stage.bytes_total,
            before.seconds + stage.seconds,
            stage.name,
        )
        if self._tell is not None:
            told = self._last
            self._tell(
                Progress(
                    told.files_done,
                    told.files_total + self.files_later,
                    told.bytes_done,
                    told.bytes_total + self.bytes_later,
                    told.seconds,
                    told.name,
                )
            )


class Meter:
    """Counts what is done, for all threads of a transfer.

    Args:
        wake: Called, by whichever thread counts, when it is time to tell; None: nobody is told.
    """

    def __init__(self, wake: Callable[[], None] | None = None) -> None:
        self._lock = threading.Lock()
        self._wake = wake
        self._begun = time.monotonic()
        self._next = 0.0 if wake is not None else float("inf")
        self._files_done = self._files_total = 0
        self._bytes_done = self._bytes_total = 0
        self._name = ""

    def plan(self, files: int, size_bytes: int) -> None:
        """Count what is to be copied."""
        with self._lock:
            self._files_total += files
            self._bytes_total += size_bytes
        self._tick()

    def count(self, size_bytes: int) -> None:
        """Count bytes that are copied; fewer than none where a part begins anew."""
        with self._lock:
            self._bytes_done += size_bytes
        self._tick()

    def begin(self, name: str) -> None:
        """Say what is copied now."""
        self._name = name

    def finish(self, name: str, size_bytes: int = 0) -> None:
        """Count a file that is done with, and bytes of it that are not counted yet."""
        with self._lock:
            self._files_done += 1
            self._bytes_done += size_bytes
        self._name = name
        self._tick()

    def progress(self) -> Progress:
        """Return how far it is."""
        with self._lock:
            return Progress(
                self._files_done,
                self._files_total,
                self._bytes_done,
                self._bytes_total,
                time.monotonic() - self._begun,
                self._name,
            )

    def _tick(self) -> None:
        if self._wake is None:
            return
        now = time.monotonic()
        if now >= self._next:
            self._next = now + _INTERVAL_S
            self._wake()
