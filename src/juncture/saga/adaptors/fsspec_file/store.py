"""A file system of fsspec as a store.

Listings are not cached: what a call tells is what is there. Calls come from many threads; a file
system that cannot bear that has a store of its own in this package. Where the back end has no step
that makes a file appear whole, files are written under a part's name and renamed.
"""

from __future__ import annotations

from contextlib import contextmanager, suppress
from functools import partial
from importlib import import_module
from typing import Any

from juncture.saga import exceptions
from juncture.saga.adaptors.fsspec_file import streams
from juncture.saga.adaptors.fsspec_file.failures import as_saga
from juncture.saga.adaptors.fsspec_file.many import windowed
from juncture.saga.adaptors.fsspec_file.stats import stat_of
from juncture.saga.exceptions import AlreadyExists, BadParameter, SagaException
from juncture.saga.storage.failures import attempt
from juncture.saga.storage.parts import part_name
from juncture.saga.storage.store import Store
from juncture.saga.storage.values import DIRECTORY, WHOLE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Iterator
    from concurrent.futures import Future

    from juncture.saga.adaptors.fsspec_file.schemes import Scheme
    from juncture.saga.storage.values import Reader, Stat, Writer

_BLOCK_BYTES = 1 << 23
_UPLOAD_BYTES = 1 << 24
_MOST_CALLS = 8
_SPECIAL = frozenset("*?[")
"""Letters for which the methods of fsspec that take several paths take a path for a pattern."""


class FsspecStore(Store):
    """One file system of fsspec.

    Args:
        fs: The file system.
        name: The name of the store.
        root: What stands before every path over there.
        scheme: What is known of its scheme.
    """

    most_calls = _MOST_CALLS
    """How many calls of the bulk methods are made at a time."""

    def __init__(self, fs: Any, name: str, root: str, scheme: Scheme) -> None:
        self._fs = fs
        self._root = root.rstrip("/")
        self._scheme = scheme
        self.name = name
        self.traits = scheme.traits
        cache = getattr(fs, "dircache", None)
        if cache is not None:
            with suppress(AttributeError):
                cache.use_listings_cache = False

    def there(self, path: str) -> str:
        """Return a path as the file system has it."""
        return f"{self._root}{path}" if path != "/" else self._root or "/"

    @contextmanager
    def calling(self, path: str) -> Generator[Any]:
        """Give the file system for one call about a path; its failures come out as SAGA's."""
        try:
            yield self._fs
        except Exception as error:
            found = as_saga(error, path, self.name)
            if found is error:
                raise
            raise found from error

    # What there is ------------------------------------------------------------------------------

    def stat(self, path: str, *, follow: bool = True) -> Stat:
        """Return what is known about a name."""
        del follow
        with self.calling(path) as fs:
            return stat_of(fs.info(self.there(path)))

    def scan(self, path: str) -> Iterator[tuple[str, Stat | None]]:
        """Yield the names in a directory."""
        own = self.there(path).strip("/")
        for info in self._listed(path):
            below = str(info["name"]).strip("/")
            if below != own:
                yield below.rpartition("/")[2], stat_of(info)
            elif stat_of(info).kind != DIRECTORY:
                raise BadParameter(f"`{path}` on {self.name} is not a directory")

    def _listed(self, path: str) -> Iterable[dict[str, Any]]:
        """Return what the file system tells of all that is in a directory."""
        with self.calling(path) as fs:
            found: list[dict[str, Any]] = fs.ls(self.there(path), detail=True)
        return found

    # Changes of the tree ------------------------------------------------------------------------

    def make_dir(self, path: str) -> None:
        """Make one directory."""
        self._check_writable("make the directory", path)
        with self.calling(path) as fs:
            fs.mkdir(self.there(path), create_parents=False)

    def remove(self, path: str) -> None:
        """Remove one name that is no directory."""
        self._check_writable("remove", path)
        if self.stat(path).kind == DIRECTORY:
            raise BadParameter(f"`{path}` on {self.name} is a directory")
        with self.calling(path) as fs:
            fs.rm_file(self.there(path))

    def remove_dir(self, path: str) -> None:
        """Remove one empty directory."""
        self._check_writable("remove the directory", path)
        if next(iter(self.names(path)), None) is not None:
            raise BadParameter(f"`{path}` on {self.name} is not an empty directory")
        with self.calling(path) as fs:
            fs.rmdir(self.there(path))

    def rename(self, path: str, new: str, *, replace: bool) -> None:
        """Give a name another one."""
        self._check_writable("rename", path)
        self.check_free(new, replace=replace)
        with self.calling(path) as fs:
            try:
                self._move(fs, self.there(path), self.there(new))
            except FileExistsError:
                if not replace:
                    raise
                # Some servers rename to free names alone.
                fs.rm_file(self.there(new))
                self._move(fs, self.there(path), self.there(new))

    def _move(self, fs: Any, path: str, new: str) -> None:
        spec: Any = import_module("fsspec.spec")
        moves_alone: bool = fs.__class__.mv is not spec.AbstractFileSystem.mv
        if moves_alone or _SPECIAL.isdisjoint(path):
            fs.mv(path, new, recursive=True)
        elif fs.isdir(path):
            raise exceptions.NotImplemented(f"fsspec takes `{path}` for a pattern")
        else:
            fs.cp_file(path, new)
            fs.rm_file(path)

    def check_free(self, path: str, *, replace: bool) -> None:
        """Raise AlreadyExists when a name is taken; with `replace`, by a directory alone."""
        try:
            found = self.stat(path)
        except exceptions.DoesNotExist:
            return
        if found.kind == DIRECTORY:
            raise BadParameter(f"`{path}` on {self.name} is a directory")
        if not replace:
            raise AlreadyExists(f"`{path}` on {self.name} is there already")

    # Bytes of one file --------------------------------------------------------------------------

    def open_read(self, path: str, offset: int = 0) -> Reader:
        """Open a file for reading from `offset` on."""
        if self._scheme.ranges:
            found = self.stat(path)
            if found.kind == DIRECTORY:
                raise BadParameter(f"`{path}` on {self.name} is a directory")
            if found.size_bytes is not None:
                size = found.size_bytes
                return streams.BlockReader(self._fetcher(path), offset, size, path, self.name)
        with self.calling(path) as fs:
            file = fs.open(self.there(path), "rb", block_size=_BLOCK_BYTES)
            if offset:
                file.seek(offset)
        return streams.FileReader(file, path, self.name)

    def _fetcher(self, path: str) -> Callable[[int, int], Future[bytes]]:
        """Return what starts to fetch a range of a file."""
        there = self.there(path)
        if getattr(self._fs, "async_impl", False):
            import asyncio

            def begin(start: int, end: int) -> Future[bytes]:
                call = self._fs._cat_file(there, start=start, end=end)
                return asyncio.run_coroutine_threadsafe(call, self._fs.loop)

            return begin
        from concurrent.futures import Future

        def now(start: int, end: int) -> Future[bytes]:
            done: Future[bytes] = Future()
            try:
                done.set_result(self._fs.cat_file(there, start=start, end=end))
            except Exception as error:  # noqa: BLE001 - raised where the result is taken
                done.set_exception(error)
            return done

        return now

    def open_write(
        self, path: str, *, append: bool = False, exclusive: bool = False, mode: int | None = None
    ) -> Writer:
        """Open a file for writing."""
        del mode
        self._check_writable("write", path)
        if exclusive:
            self.check_free(path, replace=False)
        with self.calling(path) as fs:
            how = "ab" if append else "wb"
            file = fs.open(self.there(path), how, block_size=_UPLOAD_BYTES)
        return streams.FileWriter(file, path, self.name)

    def write_whole(self, path: str, data: bytes, stat: Stat | None, *, replace: bool) -> None:
        """Write a file that appears under its name when it is whole."""
        self._check_writable("write", path)
        if WHOLE in self.traits:
            self.check_free(path, replace=replace)
            with self.calling(path) as fs:
                fs.pipe_file(self.there(path), data)
            return
        super().write_whole(path, data, stat, replace=replace)

    # Many files ---------------------------------------------------------------------------------

    def stat_many(
        self, paths: Iterable[str], *, follow: bool = True
    ) -> Iterator[Stat | SagaException]:
        """Yield what is known about each of many names."""
        one = partial(self.stat, follow=follow)
        return windowed(partial(attempt, one), paths, self.most_calls)

    def read_many(self, paths: Iterable[str]) -> Iterator[bytes | SagaException]:
        """Yield the whole content of each of many small files."""
        return windowed(partial(attempt, self._read_whole), paths, self.most_calls)

    def write_many(
        self, files: Iterable[tuple[str, bytes, Stat | None]], *, replace: bool
    ) -> Iterator[SagaException | None]:
        """Write many small files."""

        def one(file: tuple[str, bytes, Stat | None]) -> None:
            self.write_whole(*file, replace=replace)

        return windowed(partial(attempt, one), files, self.most_calls)

    def copy_within(
        self,
        pairs: Iterable[tuple[str, str]],
        *,
        replace: bool,
        told: Callable[[int], None] | None = None,
    ) -> Iterator[SagaException | None]:
        """Copy files over there."""
        self._check_writable("copy in", self.name)
        if not self.copies():
            self._lacks("copy in", self.name)
        del told

        def one(pair: tuple[str, str]) -> None:
            self._copy(*pair, replace=replace)

        return windowed(partial(attempt, one), pairs, self.most_calls)

    def copies(self) -> bool:
        """Return whether the file system copies without us."""
        spec: Any = import_module("fsspec.spec")
        kind: Any = self._fs.__class__
        own = getattr(kind, "_cp_file", None) if getattr(kind, "async_impl", False) else None
        return own is not None or kind.cp_file is not spec.AbstractFileSystem.cp_file

    def _copy(self, source: str, target: str, *, replace: bool) -> None:
        if self.stat(source).kind == DIRECTORY:
            raise BadParameter(f"`{source}` on {self.name} is a directory")
        self.check_free(target, replace=replace)
        whole = WHOLE in self.traits
        part = target if whole else part_name(target)
        try:
            self._copy_bytes(source, part)
            if not whole:
                self.rename(part, target, replace=replace)
        except BaseException:
            if not whole:
                with suppress(SagaException):
                    self.remove(part)
            raise

    def _copy_bytes(self, source: str, part: str) -> None:
        with self.calling(source) as fs:
            fs.cp_file(self.there(source), self.there(part))

    def _check_writable(self, what: str, path: str) -> None:
        if not self._scheme.writable:
            raise exceptions.NotImplemented(
                f"{self.name} cannot {what} `{path}`: it can only be read"
            )
