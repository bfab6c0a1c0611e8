"""Object stores: files are written whole, and directories are nothing but beginnings of names.

A directory that was made and has nothing in it is known to this store alone, until something is in
it: the back end has no such thing. So a tree can be made, filled and listed as anywhere; what stays
empty is gone with the store.
"""

from __future__ import annotations

import threading
from contextlib import suppress
from importlib import import_module
from typing import Any

from juncture.saga import exceptions
from juncture.saga.adaptors.fsspec_file import opening
from juncture.saga.adaptors.fsspec_file.store import FsspecStore
from juncture.saga.exceptions import AlreadyExists, BadParameter, DoesNotExist
from juncture.saga.storage.values import DIRECTORY, Stat

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from juncture.saga.adaptors.fsspec_file.schemes import Scheme
    from juncture.saga.storage.values import Writer
    from juncture.saga.url import Url

_PATTERN = frozenset("*?[]")
_S3_ATTEMPTS = 2
_PAGE = 1000


class ObjectStore(FsspecStore):
    """One bucket, or what else a service has in its place."""

    most_calls = 16
    keeps_directories = False

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self._guard = threading.Lock()
        self._made: set[str] = set()
        """Directories that may have nothing in them yet, and others that were seen."""

    def there(self, path: str) -> str:
        """Return bucket and key."""
        return f"{self._root}{path}".strip("/")

    def stat(self, path: str, *, follow: bool = True) -> Stat:
        """Return what is known about a name."""
        try:
            return super().stat(path, follow=follow)
        except DoesNotExist:
            if path in self._made:
                return Stat(DIRECTORY)
            raise

    def scan(self, path: str) -> Iterator[tuple[str, Stat | None]]:
        """Yield the names in a directory."""
        seen: set[str] = set()
        try:
            for name, stat in super().scan(path):
                seen.add(name)
                yield name, stat
        except DoesNotExist:
            if path not in self._made:
                raise
        folder = path.rstrip("/") + "/"
        with self._guard:
            made = [name[len(folder) :] for name in self._made if name.startswith(folder)]
        for name in made:
            if "/" not in name and name not in seen:
                yield name, Stat(DIRECTORY)

    def make_dir(self, path: str) -> None:
        """Make a directory; the root is the bucket."""
        self._check_writable("make the directory", path)
        if self.exists(path):
            raise AlreadyExists(f"`{path}` on {self.name} is there already")
        if path == "/":
            with self.calling(path) as fs:
                fs.mkdir(self.there(path))
            return
        self._check_parent(path)
        with self._guard:
            self._made.add(path)

    def remove_dir(self, path: str) -> None:
        """Forget an empty directory."""
        if self.stat(path).kind != DIRECTORY:
            raise BadParameter(f"`{path}` on {self.name} is not a directory")
        if next(iter(self.names(path)), None) is not None:
            raise BadParameter(f"`{path}` on {self.name} is not an empty directory")
        with self._guard:
            self._made.discard(path)

    def remove_tree(self, path: str) -> None:
        """Remove all whose names begin with that of a directory."""
        self._check_writable("remove", path)
        if self.stat(path).kind != DIRECTORY:
            raise BadParameter(f"`{path}` on {self.name} is not a directory")
        if _PATTERN & set(path):  # fsspec would take the name for a pattern
            for below, stat in list(self.walk(path)):
                if stat.kind != DIRECTORY:
                    self.remove(f"{path}/{below}")
        else:
            with self.calling(path) as fs, suppress(FileNotFoundError):  # it was empty
                fs.rm(self.there(path), recursive=True)
        with self._guard:
            self._made = {
                name for name in self._made if name != path and not name.startswith(f"{path}/")
            }

    def open_write(
        self, path: str, *, append: bool = False, exclusive: bool = False, mode: int | None = None
    ) -> Writer:
        """Open a file for writing, in a directory that there is."""
        self._check_parent(path)
        return super().open_write(path, append=append, exclusive=exclusive, mode=mode)

    def write_whole(self, path: str, data: bytes, stat: Stat | None, *, replace: bool) -> None:
        """Write a file, in a directory that there is."""
        self._check_parent(path)
        super().write_whole(path, data, stat, replace=replace)

    def _copy(self, source: str, target: str, *, replace: bool) -> None:
        self._check_parent(target)
        super()._copy(source, target, replace=replace)

    def _check_parent(self, path: str) -> None:
        """Raise what a tree raises where there is no directory; the back end would not care."""
        folder = path.rpartition("/")[0]
        if not folder or folder in self._made:
            return
        if self.stat(folder).kind != DIRECTORY:
            raise BadParameter(f"`{path}` on {self.name} is below something that is no directory")
        with self._guard:
            self._made.add(folder)

    def rename(self, path: str, new: str, *, replace: bool) -> None:
        """Object stores have no such step; what moves is copied and removed."""
        del new, replace
        raise exceptions.NotImplemented(f"`{path}` on {self.name} cannot be renamed in one step")


class S3Store(ObjectStore):
    """One bucket of S3, with one who tries again: botocore, which knows what may be repeated."""

    @classmethod
    def opened(
        cls, url: Url, scheme: Scheme, options: dict[str, Any], account: tuple[str, str], kind: Any
    ) -> S3Store:
        """Return the store of a URL."""
        retries = {"mode": "standard", "total_max_attempts": _S3_ATTEMPTS}
        config = {"retries": retries, **options.get("config_kwargs", {})}
        fs = opening.file_system(url, scheme, {**options, "config_kwargs": config}, account)
        fs.retries = 1  # the file system would try five times what botocore has given up
        name = opening.store_name(url, scheme, options)
        return kind(fs, name, opening.root_of(url, scheme), scheme)  # type: ignore[no-any-return]

    def _listed(self, path: str) -> Iterator[dict[str, Any]]:
        """Yield what S3 tells of all that is in a directory, page by page."""
        bucket, _, prefix = self.there(path).partition("/")
        told = False
        if bucket:
            with self.calling(path) as fs:
                coming = fs._iterdir(bucket, prefix=f"{prefix}/" if prefix else "")
                for info in _in_turn(fs, coming):
                    told = True
                    if not str(info["name"]).endswith("/"):  # which stands for the directory
                        yield info
        if not told:
            yield from super()._listed(path)


def _in_turn(fs: Any, coming: Any) -> Iterator[Any]:
    """Yield what comes of an asynchronous generator on the loop of a file system."""
    library: Any = import_module("fsspec.asyn")

    async def some() -> list[Any]:
        found: list[Any] = []
        async for each in coming:
            found.append(each)
            if len(found) == _PAGE:
                break
        return found

    try:
        while found := library.sync(fs.loop, some):
            yield from found
    finally:
        library.sync(fs.loop, coming.aclose)
