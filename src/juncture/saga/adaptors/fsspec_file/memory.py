"""The files in the memory of this process that fsspec calls `memory`: for tests and for scratch."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from juncture.saga.adaptors.fsspec_file.store import FsspecStore
from juncture.saga.exceptions import BadParameter, DoesNotExist
from juncture.saga.storage.values import DIRECTORY, Stat


class MemoryStore(FsspecStore):
    """A tree in memory: fsspec's own is laxer than a tree may be."""

    most_calls = 1

    def stat(self, path: str, *, follow: bool = True) -> Stat:
        """Return what is known about a name; the root is always there."""
        if path == "/":
            return Stat(DIRECTORY)
        return super().stat(path, follow=follow)

    def scan(self, path: str) -> Any:
        """Yield the names in a directory; an empty root is no failure."""
        try:
            yield from super().scan(path)
        except DoesNotExist:
            if path != "/":
                raise

    def make_dir(self, path: str) -> None:
        """Make one directory in one that is there."""
        self._check_parent(path)
        super().make_dir(path)

    def open_write(
        self, path: str, *, append: bool = False, exclusive: bool = False, mode: int | None = None
    ) -> Any:
        """Open a file for writing in a directory that is there."""
        self._check_parent(path)
        return super().open_write(path, append=append, exclusive=exclusive, mode=mode)

    def rename(self, path: str, new: str, *, replace: bool) -> None:
        """Give a name another one, in a directory that is there."""
        self._check_parent(new)
        super().rename(path, new, replace=replace)

    def remove_tree(self, path: str) -> None:
        """Remove a directory with all below it; some that a name implies are gone with the name."""
        for below, stat in sorted(self.walk(path), key=lambda each: each[0], reverse=True):
            with suppress(DoesNotExist):
                remove = self.remove_dir if stat.kind == DIRECTORY else self.remove
                remove(f"{path}/{below}")
        with suppress(DoesNotExist):
            self.remove_dir(path)

    def _copy(self, source: str, target: str, *, replace: bool) -> None:
        self._check_parent(target)
        super()._copy(source, target, replace=replace)

    def _check_parent(self, path: str) -> None:
        folder = path.rpartition("/")[0] or "/"
        if self.stat(folder).kind != DIRECTORY:
            raise BadParameter(f"`{path}` on {self.name} is below something that is no directory")
