"""Files at `new-name://` URLs.

`NewNameStore` is one tree of files, and all that has to be written: juncture makes files, directories,
copies and listings of it. `Adaptor` is made once in a process and opens a store for each place.
"""

from collections.abc import Iterator
from typing import Any

import juncture.saga as rs
from juncture.saga.storage.store import Store
from juncture.saga.storage.values import Stat
from juncture.saga.stored import Directory, Entry, File, FileAdaptor, Folder, info

__all__ = ["Adaptor", "Directory", "Entry", "File", "Folder"]

_ADAPTOR_NAME = "new_name.file"
_ADAPTOR_SCHEMAS = ["new-name"]
_ADAPTOR_OPTIONS: list[dict[str, Any]] = []
_ADAPTOR_INFO: dict[str, Any] = info(_ADAPTOR_NAME, _ADAPTOR_SCHEMAS, "v0.1")
_ADAPTOR_INFO["capabilities"] = {
    # What the kit is to look at, beyond reading; the traits of the store are among it.
    "files": ["writes", "directories"],
}


class Adaptor(FileAdaptor):
    """The adaptor."""

    def __init__(self) -> None:
        super().__init__(_ADAPTOR_INFO, _ADAPTOR_OPTIONS)

    def sanity_check(self) -> None:
        """Raise an exception that says why the adaptor cannot be used on this host."""

    def open_store(self, url: Any, session: Any) -> Store:
        """Connect, or raise BadParameter to leave the URL to another adaptor."""
        return NewNameStore(f"new-name://{url.host}")


class NewNameStore(Store):
    """One tree of files.

    `juncture.saga.storage.store.Store` says what each method promises, and has more of them.
    """

    traits = frozenset()

    def __init__(self, name: str) -> None:
        self.name = name

    def stat(self, path: str, *, follow: bool = True) -> Stat:
        """Return what is known about a name: `Stat(FILE, size_bytes)` or `Stat(DIRECTORY)`."""
        raise rs.NotImplemented("new-name does not look at names yet")

    def scan(self, path: str) -> Iterator[tuple[str, Stat | None]]:
        """Yield the names in a directory."""
        raise rs.NotImplemented("new-name does not list directories yet")

    def open_read(self, path: str, offset: int = 0) -> Any:
        """Open a file for reading from `offset` on: an object with `read(size)` and `close()`."""
        raise rs.NotImplemented("new-name does not read files yet")

    def open_write(
        self, path: str, *, append: bool = False, exclusive: bool = False, mode: int | None = None
    ) -> Any:
        """Open a file for writing: an object with `write(data)`, `close()` and `abort()`."""
        raise rs.NotImplemented("new-name does not write files yet")

    def rename(self, path: str, new: str, *, replace: bool) -> None:
        """Give a name another one in one step; files are written beside their names, and renamed."""
        raise rs.NotImplemented("new-name does not rename files yet")

    def remove(self, path: str) -> None:
        """Remove one name that is no directory."""
        raise rs.NotImplemented("new-name does not remove files yet")

    def make_dir(self, path: str) -> None:
        """Make one directory."""
        raise rs.NotImplemented("new-name does not make directories yet")

    def remove_dir(self, path: str) -> None:
        """Remove one empty directory."""
        raise rs.NotImplemented("new-name does not remove directories yet")
