"""A source of files that break off in the middle, for the kit of file adaptors: `broken://`.

`broken://half/NAME` breaks after half of its bytes, `broken://short/NAME` ends there though it is
said to be longer. `at_half` is called between the halves, in the thread that reads.
"""

from __future__ import annotations

from juncture.saga.exceptions import DoesNotExist, NoSuccess
from juncture.saga.storage.store import Store
from juncture.saga.storage.values import FILE, Stat
from juncture.saga.stored import Directory, Entry, File, FileAdaptor, Folder, info

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from juncture.saga.url import Url

__all__ = ["Adaptor", "Directory", "Entry", "File", "Folder", "at_half"]

SIZE_BYTES = 6 << 20

at_half: list[Callable[[], None]] = []
"""What is called when half of a file was read."""


class BrokenStore(Store):
    """Files that all are as broken."""

    def __init__(self, name: str) -> None:
        self.name = name

    def stat(self, path: str, *, follow: bool = True) -> Stat:
        """Return that there is a file, whole to look at."""
        del follow
        if path == "/none":
            raise DoesNotExist(f"`{path}` on {self.name} is not there")
        return Stat(FILE, SIZE_BYTES, 1_500_000_000.0)

    def open_read(self, path: str, offset: int = 0) -> BrokenReader:
        """Open it."""
        return BrokenReader(path, offset, breaks=self.name.endswith("half"))


class BrokenReader:
    """The bytes of the first half."""

    def __init__(self, path: str, offset: int, *, breaks: bool) -> None:
        self._path = path
        self._at = offset
        self._breaks = breaks

    def read(self, size: int) -> bytes:
        """Return bytes up to the half."""
        left = SIZE_BYTES // 2 - self._at
        if left > 0:
            data = b"\xaa" * min(size, left)
            self._at += len(data)
            return data
        for call in at_half:
            call()
        if self._breaks:
            raise NoSuccess(f"`{self._path}` broke in the middle, as it was to")
        return b""

    def close(self) -> None:
        """Let go of it."""


class Adaptor(FileAdaptor):
    """The adaptor of broken files."""

    def __init__(self) -> None:
        super().__init__(info("juncture.testing.broken", ["broken"]))

    def open_store(self, url: Url, session: Any) -> Store:
        """Return the store of files that break, or end, as the host says."""
        del session
        return BrokenStore(f"broken://{url.host}")
