"""One file."""

from __future__ import annotations

from juncture.saga.constants import READ
from juncture.saga.namespace.entry import Entry

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class File(Entry):
    """A file, opened for reading unless the flags say otherwise; see `namespace.Entry`."""

    _api_type = "filesystem.File"
    _default_flags = READ

    __slots__ = ()

    def is_file(self, ttype: int | None = None) -> Any:
        """Return whether it is a file."""
        return self._call("is_file", ttype)

    def get_size(self, ttype: int | None = None) -> Any:
        """Return the size in bytes."""
        return self._call("get_size", ttype)

    def read(self, size: int | None = None, ttype: int | None = None) -> Any:
        """Return up to `size` bytes from the position; None means all that follow."""
        return self._call("read", ttype, size)

    def write(self, data: bytes | str, flags: int = 0, ttype: int | None = None) -> Any:
        """Write at the position, and return the number of bytes."""
        return self._flagged("write", flags, ttype, data)

    def seek(self, offset: int, whence: Any = None, ttype: int | None = None) -> Any:
        """Move the position, and return it."""
        return self._call("seek", ttype, offset, whence)

    def read_v(self, iovecs: Any, ttype: int | None = None) -> Any:
        """Return the bytes of ranges `(offset, length)`, in a list; the position stays."""
        return self._call("read_v", ttype, iovecs)

    def write_v(self, iovecs: Any, ttype: int | None = None) -> Any:
        """Write pairs `(offset, data)`, and return the number of bytes; the position stays."""
        return self._call("write_v", ttype, iovecs)

    def size_p(self, pattern: str, ttype: int | None = None) -> Any:
        """Return how many bytes a pattern means: `(from,to,stride,repeat,(within each))`."""
        return self._call("size_p", ttype, pattern)

    def read_p(self, pattern: str, ttype: int | None = None) -> Any:
        """Return the bytes that a pattern means; see `size_p`."""
        return self._call("read_p", ttype, pattern)

    def write_p(self, pattern: str, data: bytes | str, ttype: int | None = None) -> Any:
        """Write the bytes that a pattern means, and return their number; see `size_p`."""
        return self._call("write_p", ttype, pattern, data)

    def modes_e(self, ttype: int | None = None) -> Any:
        """Return the names of the back end's own modes for `read_e` and the like."""
        return self._call("modes_e", ttype)

    def size_e(self, emode: str, spec: str, ttype: int | None = None) -> Any:
        """Return how many bytes a specification means in a mode of the back end's own."""
        return self._call("size_e", ttype, emode, spec)

    def read_e(self, emode: str, spec: str, ttype: int | None = None) -> Any:
        """Return what a specification means in a mode of the back end's own."""
        return self._call("read_e", ttype, emode, spec)

    def write_e(self, emode: str, spec: str, data: bytes | str, ttype: int | None = None) -> Any:
        """Write what a specification means in a mode of the back end's own."""
        return self._call("write_e", ttype, emode, spec, data)

    def as_file(self, buffering: int = -1) -> Any:
        """Return a binary file object of Python's that reads and writes this file.

        Args:
            buffering: Bytes of the buffer; 0: none; -1: what is usual.
        """
        from juncture.saga.filesystem.binary import as_file

        return as_file(self, buffering)

    def truncate(self, size: int = 0, ttype: int | None = None) -> Any:
        """Make it `size` bytes long; what is added is zeros, and the position stays."""
        return self._call("truncate", ttype, size)

    def close(  # type: ignore[override]
        self, kill: bool = True, timeout: float | None = None, ttype: int | None = None
    ) -> Any:
        """Let go of everything that the file holds."""
        return self._call("close", ttype, kill, timeout, default=lambda *_: None)

    size = property(get_size, doc="The size in bytes.")
