"""The contract of a store: one tree of files, and what can be done in it.

The author of a file adaptor implements `stat`, `scan`, `open_read` and `open_write`, and of the
rest what the back end has; `traits` says what it keeps. What is left out raises NotImplemented, or
is done with the others: slower, never otherwise. Everything may be called by many threads at once.

A path is absolute text as the back end has it. Of the last part of a path a link is not followed,
except by `stat` unless told so, `scan`, `open_read` and `open_write`. Failures are SAGA's own:
DoesNotExist, AlreadyExists, PermissionDenied, BadParameter (not the kind of thing that it must be),
and NoSuccess for the rest; `failures` makes them of `OSError`.

A file that is written whole appears under its name when it is whole: it is written under a name of
its own beside the final one and renamed, so that nobody sees a half and what was there stays until
the new file is complete. Stores with the trait WHOLE need no such name.

It is one class, which is the whole contract, and so one module although a long one.
"""

from __future__ import annotations

from contextlib import suppress

from juncture.saga import exceptions
from juncture.saga.exceptions import AlreadyExists, DoesNotExist, SagaException
from juncture.saga.storage import reading, stopping
from juncture.saga.storage.failures import answers
from juncture.saga.storage.parts import part_name, told_of
from juncture.saga.storage.values import DIRECTORY, MODES, TIMES, WHOLE, Stat

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from typing import NoReturn

    from typing_extensions import Self

    from juncture.saga.storage.values import Handle, Lock, Reader, Writer

_PIECE_BYTES = 1 << 18


class Store:
    """One tree of files, with one set of credentials."""

    name: str = ""
    """`scheme://user@host:port`, without a secret and without a path."""
    traits: frozenset[str] = frozenset()
    """What of `TRAITS` the back end has."""
    keeps_directories: bool = True
    """Whether a directory is there that nothing is in; else directories are beginnings of names."""

    def is_same(self, other: Store) -> bool:
        """Return whether another store reaches the same tree with the same credentials.

        Copies between the two may then stay on the host. That two names are equal is not enough: a
        name tells no credentials.
        """
        return self is other

    # What there is ------------------------------------------------------------------------------

    def absolute(self, path: str) -> str:
        """Return the absolute path that a path of a URL means, without looking whether it is there.

        Here a path without a slash at its beginning is relative to the root.
        """
        return path if path.startswith("/") else f"/{path}"

    def stat(self, path: str, *, follow: bool = True) -> Stat:
        """Return what is known about a name.

        Raises:
            DoesNotExist: there is no such name, or with `follow` nothing where its link leads.
        """
        del follow
        self._lacks("stat", path)

    def scan(self, path: str) -> Iterator[tuple[str, Stat | None]]:
        """Yield the names in a directory in any order, as they come, without `.` and `..`.

        A `Stat` comes with a name if it costs nothing more; it is that of the name itself, and what
        is not known of it is None.
        """
        self._lacks("list", path)

    def names(self, path: str) -> Iterable[str]:
        """Return the names in a directory, as `scan` has them; failures are raised at once or by
        the iterator.
        """
        return (name for name, _ in self.scan(path))

    def read_link(self, path: str) -> str:
        """Return the text of a link."""
        self._lacks("read the link", path)

    def exists(self, path: str) -> bool:
        """Return whether there is something, or a link to something or to nothing."""
        try:
            self.stat(path, follow=False)
        except DoesNotExist:
            return False
        return True

    def walk(self, path: str) -> Iterator[tuple[str, Stat]]:
        """Yield all that is below a directory, each directory before what is in it.

        Links are not followed. The paths are relative to the directory.
        """
        waiting = [""]
        while waiting:
            folder = waiting.pop()
            for name, known in self.scan(f"{path}/{folder}" if folder else path):
                below = f"{folder}/{name}" if folder else name
                stat = known or self.stat(f"{path}/{below}", follow=False)
                yield below, stat
                if stat.kind == DIRECTORY:
                    waiting.append(below)

    # Changes of the tree ------------------------------------------------------------------------

    def make_dir(self, path: str) -> None:
        """Make one directory.

        Raises:
            AlreadyExists: there is something of that name.
            DoesNotExist: its parent is not there.
        """
        self._lacks("make the directory", path)

    def remove(self, path: str) -> None:
        """Remove one name that is no directory."""
        self._lacks("remove", path)

    def remove_dir(self, path: str) -> None:
        """Remove one empty directory."""
        self._lacks("remove the directory", path)

    def remove_tree(self, path: str) -> None:
        """Remove a directory and all that is below it; links are removed, not followed.

        A directory that goes with the last thing in it is one that has been removed.
        """
        directories = [path]
        for below, stat in self.walk(path):
            stopping.check()
            if stat.kind == DIRECTORY:
                directories.append(f"{path}/{below}")
            else:
                self.remove(f"{path}/{below}")
        for directory in reversed(directories):
            with suppress(DoesNotExist):
                self.remove_dir(directory)

    def rename(self, path: str, new: str, *, replace: bool) -> None:
        """Give a name another one in one step.

        Args:
            path: The name.
            new: The other name.
            replace: Whether a file of the other name is replaced.

        Raises:
            AlreadyExists: there is something of the other name, and it is not to be replaced.
        """
        del new, replace
        self._lacks("rename", path)

    def make_link(self, text: str, path: str) -> None:
        """Make a symbolic link at `path` that holds `text`."""
        del text
        self._lacks("make the link", path)

    def set_mode(self, path: str, mode: int) -> None:
        """Set the permission bits."""
        del mode
        self._lacks("set the permissions of", path)

    def set_times(self, path: str, mtime: float) -> None:
        """Set the time of the last change."""
        del mtime
        self._lacks("set the time of", path)

    # Bytes of one file --------------------------------------------------------------------------

    def open_read(self, path: str, offset: int = 0) -> Reader:
        """Open a file for reading from `offset` on; the store reads ahead if that helps."""
        del offset
        self._lacks("read", path)

    def open_write(
        self, path: str, *, append: bool = False, exclusive: bool = False, mode: int | None = None
    ) -> Writer:
        """Open a file for writing; it is made when it is not there.

        Args:
            path: The file.
            append: Keep what is there, and write after it; else it is dropped.
            exclusive: It must not be there.
            mode: Permission bits of a new file, or None for what is usual there.
        """
        del append, exclusive, mode
        self._lacks("write", path)

    def write_whole(self, path: str, data: bytes, stat: Stat | None, *, replace: bool) -> None:
        """Write a file that appears under its name when it is whole.

        Args:
            path: The file.
            data: Its content.
            stat: The mode and the time it gets, as far as the store keeps them.
            replace: Whether a file that is there is replaced.

        Raises:
            AlreadyExists: it is there and is not to be replaced.
            SagaException: it could not be written; what was there is still there.
        """
        if WHOLE in self.traits:
            if not replace and self.exists(path):
                raise AlreadyExists(f"`{path}` on {self.name} is there already")
            self._write(path, data, stat, exclusive=False)
            return
        part = part_name(path)
        try:
            with told_of(path, part):
                self._write(part, data, stat, exclusive=True)
                self.rename(part, path, replace=replace)
        except BaseException:
            with suppress(SagaException):
                self.remove(part)
            raise

    def settle(self, path: str, stat: Stat | None) -> None:
        """Give a file the mode and the time of a `Stat`, as far as the store keeps them."""
        if stat is None:
            return
        if MODES in self.traits and stat.mode is not None:
            self.set_mode(path, stat.mode)
        if TIMES in self.traits and stat.mtime is not None:
            self.set_times(path, stat.mtime)

    def open_update(self, path: str) -> Handle:
        """Open a file that is there for reading and writing anywhere (the trait RANDOM)."""
        self._lacks("update", path)

    def lock(self, path: str, *, shared: bool) -> Lock:
        """Lock a file that is there against others who ask for its lock, until it is closed.

        Raises:
            NoSuccess: somebody else has it; nobody waits for it.
        """
        del shared
        self._lacks("lock", path)

    # Many files ---------------------------------------------------------------------------------

    def stat_many(
        self, paths: Iterable[str], *, follow: bool = True
    ) -> Iterator[Stat | SagaException]:
        """Yield for each name what `stat` returns, or why not, in their order.

        The paths are taken as they are needed. A store behind a network keeps many requests on
        their way.
        """
        return answers(lambda path: self.stat(path, follow=follow), paths)

    def checksum_many(self, paths: Iterable[str], algorithm: str) -> Iterator[str | SagaException]:
        """Yield for each file what `checksum` returns, or why not, in their order."""
        return answers(lambda path: self.checksum(path, algorithm), paths)

    def make_dir_many(self, paths: Iterable[str]) -> Iterator[SagaException | None]:
        """Make directories, none of which is in another, and yield for each None or why not."""
        return answers(self.make_dir, paths)

    def read_link_many(self, paths: Iterable[str]) -> Iterator[str | SagaException]:
        """Yield for each link what `read_link` returns, or why not, in their order."""
        return answers(self.read_link, paths)

    def make_link_many(self, links: Iterable[tuple[str, str]]) -> Iterator[SagaException | None]:
        """Make links, each told by its text and its path, and yield for each None or why not."""
        return answers(lambda link: self.make_link(*link), links)

    def settle_many(self, files: Iterable[tuple[str, Stat]]) -> Iterator[SagaException | None]:
        """Settle names, none of which is in another, and yield for each None or why not."""
        return answers(lambda file: self.settle(*file), files)

    def rename_many(
        self, pairs: Iterable[tuple[str, str]], *, replace: bool
    ) -> Iterator[SagaException | None]:
        """Give names other ones, each in one step, and yield for each None or why not."""
        return answers(lambda pair: self.rename(*pair, replace=replace), pairs)

    def read_many(self, paths: Iterable[str]) -> Iterator[bytes | SagaException]:
        """Yield the whole content of each of many small files, or why not, in their order.

        The paths are taken as they are needed. A store behind a network keeps many requests on
        their way.
        """
        return answers(self._read_whole, paths)

    def read_known(
        self, paths: Iterable[str], most_bytes: int
    ) -> Iterator[tuple[bytes, Stat] | SagaException]:
        """Yield what `read_many` does, each content with what is known of the file afterwards.

        Args:
            paths: The files; the paths are taken as they are needed.
            most_bytes: Of what is longer only so much is needed.
        """
        del most_bytes
        return reading.known(paths, self.read_many, self.stat_many)

    def write_many(
        self, files: Iterable[tuple[str, bytes, Stat | None]], *, replace: bool
    ) -> Iterator[SagaException | None]:
        """Write many small files, and yield for each None or why not, in their order.

        Each appears under its name when it is whole, with mode and time of the `Stat` as far as the
        store keeps them. Without `replace` one that is there is left alone: AlreadyExists.
        """
        return answers(lambda file: self.write_whole(*file, replace=replace), files)

    def overwrite_many(
        self, files: Iterable[tuple[str, bytes, Stat | None]]
    ) -> Iterator[SagaException | None]:
        """Write as `write_many` does, and replace plain files, and nothing else.

        What has the name and is no plain file stays, and is a `failures.NotPlain`. A store that
        cannot look at each name for next to nothing raises NotImplemented at once; then names are
        looked at before.
        """
        del files
        self._lacks("overwrite in", self.name)

    def copy_within(
        self,
        pairs: Iterable[tuple[str, str]],
        *,
        replace: bool,
        told: Callable[[int], None] | None = None,
    ) -> Iterator[SagaException | None]:
        """Copy files in this tree without moving their bytes through the client.

        What is yielded, and how a file appears, is as with `write_many`; modes and times are those
        of the sources, as far as the store keeps them, and links among the sources are followed. A
        source that changes meanwhile is a `failures.Changed`, and its copy does not appear. A store
        that cannot do so raises NotImplemented at once, and the bytes come through the client.

        Args:
            pairs: Source and target of each file; they are taken as they are needed.
            replace: Whether files that are there are replaced.
            told: Called now and then while a large file is copied, with how many bytes more it
                has. What it raises ends the copy; the file does not appear.
        """
        del pairs, replace, told
        self._lacks("copy in", self.name)

    def checksum(self, path: str, algorithm: str) -> str:
        """Return the checksum of a file's content in lower-case hexadecimal.

        Args:
            path: The file.
            algorithm: A name that `hashlib` knows: `sha256`, `md5`, …
        """
        import hashlib

        found = hashlib.new(algorithm, usedforsecurity=False)
        reader = self.open_read(path)
        try:
            while data := reader.read(_PIECE_BYTES):
                found.update(data)
        finally:
            reader.close()
        return found.hexdigest()

    def remote_shell(self) -> list[str] | None:
        """Return what runs programs where the files are, as `rsync --rsh` takes it.

        Returns:
            A program and arguments that a host name, which means nothing, and a command follow;
            none for this host, and None where no programs can be run.
        """
        return None

    def close(self) -> None:
        """Let go of what the store holds; connections that others share stay."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.name}>"

    def _write(self, path: str, data: bytes, stat: Stat | None, *, exclusive: bool) -> None:
        mode = stat.mode if stat is not None and MODES in self.traits else None
        writer = self.open_write(path, exclusive=exclusive, mode=mode)
        try:
            writer.write(data)
            writer.close()
        except BaseException:
            writer.abort()
            raise
        self.settle(path, stat)

    def _read_whole(self, path: str) -> bytes:
        reader = self.open_read(path)
        try:
            pieces: list[bytes] = []
            while data := reader.read(_PIECE_BYTES):
                pieces.append(data)
            return b"".join(pieces)
        finally:
            reader.close()

    def _lacks(self, what: str, path: str) -> NoReturn:
        raise exceptions.NotImplemented(
            f"{self.name} cannot {what} `{path}`: the back end has no way to"
        )
