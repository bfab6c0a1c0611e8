"""A `File` as a binary file object of Python's (`io.RawIOBase`, buffered)."""

from __future__ import annotations

import io

from juncture._util import at_exit

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_WHENCE = ("Start", "Current", "End")


class RawFile(io.RawIOBase):
    """The bytes of a `File`; closing it closes the file."""

    def __init__(self, file: Any) -> None:
        self._file = file

    def readable(self) -> bool:
        """Return whether it may be read: the first read tells."""
        return not self.closed

    def writable(self) -> bool:
        """Return whether it may be written: the first write tells."""
        return not self.closed

    def seekable(self) -> bool:
        """Return whether there are positions: there are."""
        return not self.closed

    def readinto(self, buffer: Any) -> int:
        """Read into a buffer, and return how many bytes."""
        data: bytes = self._file.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)

    def write(self, data: Any) -> int:
        """Write bytes, and return how many."""
        written: int = self._file.write(bytes(data))
        return written

    def seek(self, offset: int, whence: int = 0) -> int:
        """Move the position, and return it."""
        position: int = self._file.seek(offset, _WHENCE[whence])
        return position

    def truncate(self, size: int | None = None) -> int:
        """Make the file as long as `size`, or as the position."""
        length = self.tell() if size is None else size
        self._file.truncate(length)
        return length

    def close(self) -> None:
        """Close the file, and raise what it could not keep."""
        if not self.closed:
            try:
                super().close()
            finally:
                self._file.close()


def as_file(file: Any, buffering: int) -> Any:
    """Return a file object of a `File`."""
    raw = RawFile(file)
    if buffering == 0:
        return raw
    buffered = io.BufferedRandom(raw, io.DEFAULT_BUFFER_SIZE if buffering < 0 else buffering)
    at_exit.close_buffer(buffered)
    return buffered
