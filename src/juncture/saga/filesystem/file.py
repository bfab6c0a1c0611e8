"""One file."""

from __future__ import annotations

from juncture._util.typed import overload
from juncture.saga.constants import READ
from juncture.saga.namespace.entry import Entry

TYPE_CHECKING = False
if TYPE_CHECKING:
    from io import BufferedRandom, RawIOBase
    from typing import Any, Literal

    from juncture.saga.task.task import Task


class File(Entry):
    """A file, opened for reading unless the flags say otherwise; see `namespace.Entry`."""

    _api_type = "filesystem.File"
    _default_flags = READ

    __slots__ = ()

    @overload
    def is_file(self, ttype: None = None) -> bool: ...
    @overload
    def is_file(self, ttype: int) -> Task[bool]: ...
    def is_file(self, ttype: int | None = None) -> Any:
        """Return whether it is a file."""
        return self._call("is_file", ttype)

    @overload
    def get_size(self, ttype: None = None) -> int: ...
    @overload
    def get_size(self, ttype: int) -> Task[int]: ...
    def get_size(self, ttype: int | None = None) -> Any:
        """Return the size in bytes."""
        return self._call("get_size", ttype)

    @overload
    def read(self, size: int | None = None, ttype: None = None) -> bytes: ...
    @overload
    def read(self, size: int | None = None, *, ttype: int) -> Task[bytes]: ...
    def read(self, size: int | None = None, ttype: int | None = None) -> Any:
        """Return up to `size` bytes from the position; None means all that follow."""
        return self._call("read", ttype, size)

    @overload
    def write(self, data: bytes | str, flags: int = 0, ttype: None = None) -> int: ...
    @overload
    def write(self, data: bytes | str, flags: int = 0, *, ttype: int) -> Task[int]: ...
    def write(self, data: bytes | str, flags: int = 0, ttype: int | None = None) -> Any:
        """Write at the position, and return the number of bytes."""
        return self._flagged("write", flags, ttype, data)

    @overload
    def seek(self, offset: int, whence: Any = None, ttype: None = None) -> int: ...
    @overload
    def seek(self, offset: int, whence: Any = None, *, ttype: int) -> Task[int]: ...
    def seek(self, offset: int, whence: Any = None, ttype: int | None = None) -> Any:
        """Move the position, and return it."""
        return self._call("seek", ttype, offset, whence)

    @overload
    def read_v(self, iovecs: Any, ttype: None = None) -> list[bytes]: ...
    @overload
    def read_v(self, iovecs: Any, ttype: int) -> Task[list[bytes]]: ...
    def read_v(self, iovecs: Any, ttype: int | None = None) -> Any:
        """Return the bytes of ranges `(offset, length)`, in a list; the position stays."""
        return self._call("read_v", ttype, iovecs)

    @overload
    def write_v(self, iovecs: Any, ttype: None = None) -> int: ...
    @overload
    def write_v(self, iovecs: Any, ttype: int) -> Task[int]: ...
    def write_v(self, iovecs: Any, ttype: int | None = None) -> Any:
        """Write pairs `(offset, data)`, and return the number of bytes; the position stays."""
        return self._call("write_v", ttype, iovecs)

    @overload
    def size_p(self, pattern: str, ttype: None = None) -> int: ...
    @overload
    def size_p(self, pattern: str, ttype: int) -> Task[int]: ...
    def size_p(self, pattern: str, ttype: int | None = None) -> Any:
        """Return how many bytes a pattern means: `(from,to,stride,repeat,(within each))`."""
        return self._call("size_p", ttype, pattern)

    @overload
    def read_p(self, pattern: str, ttype: None = None) -> bytes: ...
    @overload
    def read_p(self, pattern: str, ttype: int) -> Task[bytes]: ...
    def read_p(self, pattern: str, ttype: int | None = None) -> Any:
        """Return the bytes that a pattern means; see `size_p`."""
        return self._call("read_p", ttype, pattern)

    @overload
    def write_p(self, pattern: str, data: bytes | str, ttype: None = None) -> int: ...
    @overload
    def write_p(self, pattern: str, data: bytes | str, ttype: int) -> Task[int]: ...
    def write_p(self, pattern: str, data: bytes | str, ttype: int | None = None) -> Any:
        """Write the bytes that a pattern means, and return their number; see `size_p`."""
        return self._call("write_p", ttype, pattern, data)

    @overload
    def modes_e(self, ttype: None = None) -> list[str]: ...
    @overload
    def modes_e(self, ttype: int) -> Task[list[str]]: ...
    def modes_e(self, ttype: int | None = None) -> Any:
        """Return the names of the back end's own modes for `read_e` and the like."""
        return self._call("modes_e", ttype)

    @overload
    def size_e(self, emode: str, spec: str, ttype: None = None) -> int: ...
    @overload
    def size_e(self, emode: str, spec: str, ttype: int) -> Task[int]: ...
    def size_e(self, emode: str, spec: str, ttype: int | None = None) -> Any:
        """Return how many bytes a specification means in a mode of the back end's own."""
        return self._call("size_e", ttype, emode, spec)

    @overload
    def read_e(self, emode: str, spec: str, ttype: None = None) -> bytes: ...
    @overload
    def read_e(self, emode: str, spec: str, ttype: int) -> Task[bytes]: ...
    def read_e(self, emode: str, spec: str, ttype: int | None = None) -> Any:
        """Return what a specification means in a mode of the back end's own."""
        return self._call("read_e", ttype, emode, spec)

    @overload
    def write_e(self, emode: str, spec: str, data: bytes | str, ttype: None = None) -> int: ...
    @overload
    def write_e(self, emode: str, spec: str, data: bytes | str, ttype: int) -> Task[int]: ...
    def write_e(self, emode: str, spec: str, data: bytes | str, ttype: int | None = None) -> Any:
        """Write what a specification means in a mode of the back end's own."""
        return self._call("write_e", ttype, emode, spec, data)

    @overload
    def as_file(self, buffering: Literal[-1] = -1) -> BufferedRandom: ...
    @overload
    def as_file(self, buffering: Literal[0]) -> RawIOBase: ...
    @overload
    def as_file(self, buffering: int) -> BufferedRandom | RawIOBase: ...
    def as_file(self, buffering: int = -1) -> Any:
        """Return a binary file object of Python's that reads and writes this file.

        Args:
            buffering: Bytes of the buffer; 0: none; -1: what is usual.
        """
        from juncture.saga.filesystem.binary import as_file

        return as_file(self, buffering)

    @overload
    def truncate(self, size: int = 0, ttype: None = None) -> None: ...
    @overload
    def truncate(self, size: int = 0, *, ttype: int) -> Task[None]: ...
    def truncate(self, size: int = 0, ttype: int | None = None) -> Any:
        """Make it `size` bytes long; what is added is zeros, and the position stays."""
        return self._call("truncate", ttype, size)

    @overload  # type: ignore[override]
    def close(
        self, kill: bool = True, timeout: float | None = None, ttype: None = None
    ) -> None: ...
    @overload
    def close(
        self, kill: bool = True, timeout: float | None = None, *, ttype: int
    ) -> Task[None]: ...
    def close(  # pyright: ignore[reportIncompatibleMethodOverride]
        self, kill: bool = True, timeout: float | None = None, ttype: int | None = None
    ) -> Any:
        """Let go of everything that the file holds."""
        return self._call("close", ttype, kill, timeout, default=lambda *_: None)

    @property
    def size(self) -> int:
        """The size in bytes."""
        return self.get_size()
