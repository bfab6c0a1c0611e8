"""Notes of large copies that are under way, so that a later attempt goes on where one stopped.

A note is a file of its own in `$XDG_STATE_HOME/juncture/transfers`, named after source and target;
it says what the part is called and what the source was. It holds no secret and no content, and only
its owner can read it. Without a place for notes every copy begins at its beginning.
"""

from __future__ import annotations

import os
from contextlib import suppress

TYPE_CHECKING = False
if TYPE_CHECKING:
    from juncture.saga.storage.values import Stat

_FIELDS = 3


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
    """The note of one copy.

    Args:
        source: Name of the source's store, and its path.
        target: The same of the target.
    """

    def __init__(self, source: tuple[str, str], target: tuple[str, str]) -> None:
        import hashlib

        text = "\0".join((*source, *target)).encode("utf-8", "surrogateescape")
        name = hashlib.sha256(text).hexdigest()
        self._path = os.path.join(_folder(), name)

    def read(self) -> Note | None:
        """Return what the last attempt left, or None."""
        try:
            with open(self._path, "rb") as file:
                fields = file.read().decode("utf-8", "surrogateescape").split("\0")
        except OSError:
            return None
        # A note that was not written whole says nothing.
        return Note(fields[0], fields[1]) if len(fields) == _FIELDS and not fields[2] else None

    def write(self, note: Note) -> None:
        """Leave a note for the next attempt; it is no failure if that is not possible."""
        text = f"{note.part}\0{note.source}\0".encode("utf-8", "surrogateescape")
        with suppress(OSError):
            os.makedirs(os.path.dirname(self._path), mode=0o700, exist_ok=True)
            new = f"{self._path}.{os.urandom(8).hex()}"
            number = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
            with open(number, "wb") as file:
                file.write(text)
            os.replace(new, self._path)

    def remove(self) -> None:
        """Take the note away."""
        with suppress(OSError):
            os.unlink(self._path)


def _folder() -> str:
    base = os.environ.get("XDG_STATE_HOME") or os.path.expanduser("~/.local/state")
    return os.path.join(base, "juncture", "transfers")
