"""Notes of large copies that are under way, so that a later attempt goes on where one stopped.

A note is a file of its own in `$XDG_STATE_HOME/juncture/transfers`, named after source and target;
it says what the part is called and what the source was. It holds no secret and no content, and only
its owner can read it. Without a place for notes every copy begins at its beginning.
"""

from __future__ import annotations

import fcntl
import os
from contextlib import suppress

TYPE_CHECKING = False
if TYPE_CHECKING:
    from juncture.saga.storage.values import Stat

_FIELDS = 3
_LONGEST_BYTES = 1 << 16


class Note:
    """What is known of a copy that was begun.

    Args:
        part: The path of the part at the target.
        source: The identity of the source, as `identity` gives it.
    """

    __slots__ = ("part", "source")

    def __init__(self, part: str, source: str) -> None:
        self.part = part
        self.source = source


def identity(stat: Stat) -> str:
    """Return a text that differs when a source is not what it was."""
    return f"{stat.size_bytes} {stat.mtime!r} {stat.version!r}"


class Notes:
    """The note of one copy, which is locked from `open` to `close`.

    While another copy of the same file to the same place has it, there is nothing to read, and what
    is written is dropped: two copies never share a part.

    Args:
        source: Name of the source's store, and its path.
        target: The same of the target.
    """

    def __init__(self, source: tuple[str, str], target: tuple[str, str]) -> None:
        import hashlib

        text = "\0".join((*source, *target)).encode("utf-8", "surrogateescape")
        self._path = os.path.join(folder(), hashlib.sha256(text).hexdigest())
        self._number = -1

    def open(self) -> None:
        """Take the note, if nobody has it; it is no failure if there is no place for notes."""
        with suppress(OSError):
            os.makedirs(os.path.dirname(self._path), mode=0o700, exist_ok=True)
            number = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            try:
                fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                os.close(number)
            else:
                self._number = number

    def read(self) -> Note | None:
        """Return what the last attempt left, or None."""
        if self._number < 0:
            return None
        text = os.pread(self._number, _LONGEST_BYTES, 0).decode("utf-8", "surrogateescape")
        fields = text.split("\0")
        # A note that was not written whole says nothing.
        return Note(fields[0], fields[1]) if len(fields) == _FIELDS and not fields[2] else None

    def write(self, note: Note) -> None:
        """Leave a note for the next attempt; it is no failure if that is not possible."""
        if self._number < 0:
            return
        with suppress(OSError):
            os.ftruncate(self._number, 0)
            text = f"{note.part}\0{note.source}\0"
            os.pwrite(self._number, text.encode("utf-8", "surrogateescape"), 0)

    def remove(self) -> None:
        """Take the note away."""
        if self._number >= 0:
            with suppress(OSError):
                os.unlink(self._path)

    def close(self) -> None:
        """Let go of the note; it stays unless it was removed, or says nothing."""
        if self._number >= 0:
            if not os.fstat(self._number).st_size:
                self.remove()
            os.close(self._number)
            self._number = -1


def folder() -> str:
    """Return where the notes are."""
    base = os.environ.get("XDG_STATE_HOME") or os.path.expanduser("~/.local/state")
    return os.path.join(base, "juncture", "transfers")
