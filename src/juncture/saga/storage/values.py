"""What stores tell and take: kinds, traits, what is known of a name, and open files."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Protocol

    class Reader(Protocol):
        """The bytes of a file from some place on.

        One that knows of holes may have `skip_hole`, which goes on to the end of one and returns
        how far that was.
        """

        def read(self, size: int) -> bytes:
            """Return up to `size` of the next bytes; none means the end."""
            ...

        def close(self) -> None:
            """Let go of the file."""
            ...

    class Writer(Protocol):
        """A file that is being written from some place on."""

        def write(self, data: bytes) -> None:
            """Write all of `data`; a failure may be raised by a later call."""
            ...

        def skip(self, size: int) -> None:
            """Go on `size` bytes further, leaving a hole; only with the trait HOLES."""
            ...

        def close(self) -> None:
            """Return when the back end has all bytes, or raise why not."""
            ...

        def abort(self) -> None:
            """Let go of the file; what was written may be there or not."""
            ...

    class Handle(Protocol):
        """A file that is open for bytes anywhere in it."""

        def read_at(self, offset: int, size: int) -> bytes:
            """Return the bytes of a range; fewer at the end of the file."""
            ...

        def write_at(self, offset: int, data: bytes) -> None:
            """Write all of `data`, and return when the back end has it."""
            ...

        def truncate(self, size: int) -> None:
            """Make the file as long as `size`."""
            ...

        def size(self) -> int:
            """Return how long the file is now."""
            ...

        def close(self) -> None:
            """Let go of the file, or raise what the back end could not keep."""
            ...

    class Lock(Protocol):
        """A lock that is held."""

        def close(self) -> None:
            """Let go of it."""
            ...


FILE = "file"
DIRECTORY = "directory"
LINK = "link"
OTHER = "other"

LINKS = "links"
MODES = "modes"
TIMES = "times"
RANDOM = "random"
APPENDS = "appends"
WHOLE = "whole"
HOLES = "holes"
TRAITS = {
    LINKS: "symbolic links",
    MODES: "POSIX permissions",
    TIMES: "times of last change that can be set",
    RANDOM: "bytes can be read and written anywhere in a file",
    APPENDS: "a writer can go on at the end of what is there",
    WHOLE: "a written file is there when its writer is closed, whole or not at all",
    HOLES: "a writer can leave holes in a file",
}


class Stat:
    """What is known about one name.

    Args:
        kind: FILE, DIRECTORY, LINK or OTHER.
        size_bytes: The length of a file; None: the back end does not say.
        mtime: Time of the last change in seconds since the epoch; None: the back end does not say.
        mode: POSIX permission bits, or None.
        owner: The owner's name or number as text, or None.
        group: The same of the group.
        version: What changes when the content does (an ETag); None: size and time have to do.
    """

    __slots__ = ("group", "kind", "mode", "mtime", "owner", "size_bytes", "version")

    def __init__(  # noqa: PLR0917 - a record
        self,
        kind: str,
        size_bytes: int | None = None,
        mtime: float | None = None,
        mode: int | None = None,
        owner: str | None = None,
        group: str | None = None,
        version: str | None = None,
    ) -> None:
        self.kind = kind
        self.size_bytes = size_bytes
        self.mtime = mtime
        self.mode = mode
        self.owner = owner
        self.group = group
        self.version = version

    def __repr__(self) -> str:
        return f"Stat({', '.join(f'{name}={getattr(self, name)!r}' for name in self.__slots__)})"
