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

    def truncate(self, size: int = 0, ttype: int | None = None) -> Any:
        """Make it `size` bytes long; what is added is zeros, and the position stays."""
        return self._call("truncate", ttype, size)

    def close(  # type: ignore[override]
        self, kill: bool = True, timeout: float | None = None, ttype: int | None = None
    ) -> Any:
        """Let go of everything that the file holds."""
        return self._call("close", ttype, kill, timeout, default=lambda *_: None)

    size = property(get_size, doc="The size in bytes.")
