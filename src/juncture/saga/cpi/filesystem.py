"""The CPIs of `filesystem.File` and `filesystem.Directory`: names that hold bytes."""

from __future__ import annotations

from juncture.saga.cpi import namespace
from juncture.saga.cpi.decorators import stub

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class File(namespace.Entry):
    """One file."""

    cpi_type = "filesystem.File"

    @stub
    def is_file(self) -> Any:
        """Return whether this is a file."""

    @stub
    def get_size(self) -> Any:
        """Return the size in bytes."""

    @stub
    def read(self, size: int | None = None) -> Any:
        """Return up to `size` bytes from the position; None means all that follow."""

    @stub
    def write(self, data: Any, flags: int = 0) -> Any:
        """Write at the position, and return the number of bytes."""

    @stub
    def seek(self, offset: int, whence: Any = None) -> Any:
        """Move the position, and return it."""

    @stub
    def truncate(self, size: int = 0) -> None:
        """Make the file as long as `size`."""

    @stub
    def read_v(self, iovecs: Any) -> Any:
        """Return the bytes of ranges `(offset, length)`, in a list."""

    @stub
    def write_v(self, iovecs: Any) -> Any:
        """Write pairs `(offset, data)`, and return the number of bytes."""

    @stub
    def size_p(self, pattern: str) -> Any:
        """Return how many bytes a pattern means."""

    @stub
    def read_p(self, pattern: str) -> Any:
        """Return the bytes that a pattern means."""

    @stub
    def write_p(self, pattern: str, data: Any) -> Any:
        """Write the bytes that a pattern means, and return their number."""

    @stub
    def modes_e(self) -> Any:
        """Return the names of the extended modes."""

    @stub
    def size_e(self, emode: str, spec: str) -> Any:
        """Return how many bytes a specification means in an extended mode."""

    @stub
    def read_e(self, emode: str, spec: str) -> Any:
        """Return what a specification means in an extended mode."""

    @stub
    def write_e(self, emode: str, spec: str, data: Any) -> Any:
        """Write what a specification means in an extended mode."""

    @stub
    def close(self, kill: bool = True, timeout: float | None = None) -> None:  # type: ignore[override]
        """Let go of everything that the file holds."""


class Directory(namespace.Directory):
    """One folder of files."""

    cpi_type = "filesystem.Directory"

    @stub
    def is_file(self, tgt: Any = None) -> Any:
        """Return whether the target is a file."""

    @stub
    def get_size(self, tgt: Any = None) -> Any:
        """Return the size of the target in bytes."""

    @stub
    def sync(  # noqa: PLR0917 - the CPI has no keywords
        self,
        src: Any,
        tgt: Any,
        flags: int = 0,
        delete: bool = False,
        checksum: bool | str = False,
        dry_run: bool = False,
        on_progress: Any = None,
    ) -> Any:
        """Make a target directory like a source directory, or return what there is to do."""
