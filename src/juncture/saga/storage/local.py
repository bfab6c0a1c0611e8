"""The files of this host, by the calls of the operating system.

What appears whole is written without a name, or under one that `parts` gives, made with O_EXCL, and
then linked or renamed to its own: a link fails when the name is taken, so that nothing is replaced
unasked. Bytes
of copies stay in the kernel (`copy_file_range(2)`), holes stay holes (`lseek(2)`, SEEK_DATA), and
trees are removed relative to open directories, so that nobody can put a link in the way.
"""

from __future__ import annotations

import fcntl
import os
import stat as modes
import sys
from contextlib import suppress

from juncture.saga.exceptions import BadParameter, DoesNotExist, NoSuccess, SagaException
from juncture.saga.exceptions import NotImplemented as Lacking
from juncture.saga.storage import local_bytes, local_names
from juncture.saga.storage.failures import Changed, NotPlain, answers, failure
from juncture.saga.storage.local_stat import from_system
from juncture.saga.storage.store import Store
from juncture.saga.storage.values import APPENDS, HOLES, LINKS, MODES, RANDOM, TIMES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from juncture.saga.storage.values import Handle, Lock, Reader, Stat, Writer

_USUAL_MODE = 0o666
_NEW = os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC


class LocalStore(Store):
    """All files of this host that the account may use."""

    name = "file://"
    traits = frozenset((LINKS, MODES, TIMES, RANDOM, APPENDS, HOLES))

    # What there is ------------------------------------------------------------------------------

    def absolute(self, path: str) -> str:
        """Return a path; one without a slash is relative to the process's working directory."""
        return path if path.startswith("/") else os.path.join(os.getcwd(), path)

    def is_same(self, other: Store) -> bool:
        """Return whether the other is this host's store, too."""
        return isinstance(other, LocalStore)

    def stat(self, path: str, *, follow: bool = True) -> Stat:
        """Return what is known about a name."""
        try:
            return from_system(os.stat(path) if follow else os.lstat(path))
        except OSError as error:
            raise failure(error, path) from error

    def scan(self, path: str) -> Iterator[tuple[str, Stat | None]]:
        """Yield the names in a directory, each with all that is known of it."""
        try:
            with os.scandir(path) as entries:
                for entry in entries:
                    try:
                        yield entry.name, from_system(entry.stat(follow_symlinks=False))
                    except FileNotFoundError:
                        continue  # removed since
        except OSError as error:
            raise failure(error, path) from error

    def names(self, path: str) -> Iterable[str]:
        """Return the names in a directory."""
        try:
            return os.listdir(path)
        except OSError as error:
            raise failure(error, path) from error

    def read_link(self, path: str) -> str:
        """Return the text of a link."""
        try:
            return os.readlink(path)
        except OSError as error:
            raise failure(error, path) from error

    def exists(self, path: str) -> bool:
        """Return whether there is something, or a link to something or to nothing."""
        try:
            os.lstat(path)
        except (FileNotFoundError, NotADirectoryError):
            return False
        except OSError as error:
            raise failure(error, path) from error
        return True

    # Changes of the tree ------------------------------------------------------------------------

    def make_dir(self, path: str) -> None:
        """Make one directory."""
        try:
            os.mkdir(path)
        except OSError as error:
            raise _new_failure(error, path) from error

    def remove(self, path: str) -> None:
        """Remove one name that is no directory."""
        try:
            os.unlink(path)
        except OSError as error:
            raise failure(error, path) from error

    def remove_dir(self, path: str) -> None:
        """Remove one empty directory."""
        try:
            os.rmdir(path)
        except OSError as error:
            raise failure(error, path) from error

    def remove_tree(self, path: str) -> None:
        """Remove a directory and all that can be removed below it, then raise what could not."""
        try:
            local_names.remove_tree(path)
        except OSError as error:
            raise failure(error, error.filename or path) from error

    def rename(self, path: str, new: str, *, replace: bool) -> None:
        """Give a name another one in one step."""
        try:
            if replace:
                local_names.rename_over(path, new)
            else:
                local_names.rename_new(path, new)
        except OSError as error:
            raise failure(error, _culprit(error, path, new)) from error

    def make_link(self, text: str, path: str) -> None:
        """Make a symbolic link at `path` that holds `text`."""
        try:
            os.symlink(text, path)
        except OSError as error:
            raise _new_failure(error, path) from error

    def set_mode(self, path: str, mode: int) -> None:
        """Set the permission bits; a link has none of its own."""
        try:
            if modes.S_ISLNK(os.lstat(path).st_mode):
                raise Lacking(f"`{path}` is a link, which has no permissions of its own")
            os.chmod(path, mode)
        except OSError as error:
            raise failure(error, path) from error

    def set_times(self, path: str, mtime: float) -> None:
        """Set the time of the last change."""
        try:
            os.utime(path, (mtime, mtime), follow_symlinks=False)
        except OSError as error:
            raise failure(error, path) from error

    def remote_shell(self) -> list[str] | None:
        """Return nothing: what runs here runs where the files are."""
        return []

    # Bytes of one file --------------------------------------------------------------------------

    def open_read(self, path: str, offset: int = 0) -> Reader:
        """Open a file for reading from `offset` on."""
        return local_bytes.LocalReader(path, offset)

    def open_write(
        self, path: str, *, append: bool = False, exclusive: bool = False, mode: int | None = None
    ) -> Writer:
        """Open a file for writing; what is written is there at once."""
        flags = _NEW | (os.O_EXCL if exclusive else 0)
        flags |= os.O_APPEND if append else os.O_TRUNC
        try:
            return local_bytes.LocalWriter(path, flags, _USUAL_MODE if mode is None else mode)
        except DoesNotExist as error:
            folder = os.path.dirname(path)
            if isinstance(error.__cause__, OSError) and not os.path.isdir(folder):
                raise failure(error.__cause__, folder) from error.__cause__
            raise

    def write_whole(self, path: str, data: bytes, stat: Stat | None, *, replace: bool) -> None:
        """Write a file that appears under its name when it is whole."""
        mode = None if stat is None else stat.mode

        def fill(target: int) -> None:
            local_bytes.write_all(target, data)
            if mode is not None:
                os.fchmod(target, mode)
            if stat is not None and stat.mtime is not None:
                os.utime(target, (stat.mtime, stat.mtime))

        new = _USUAL_MODE if mode is None else mode & 0o700
        try:
            local_names.appear(path, new, fill, replace=replace)
        except OSError as error:
            raise _new_failure(error, path) from error

    def open_update(self, path: str) -> Handle:
        """Open a file that is there for reading and writing anywhere."""
        return local_bytes.LocalHandle(path)

    def lock(self, path: str, *, shared: bool) -> Lock:
        """Lock a file (`flock(2)`)."""
        reader = local_bytes.LocalReader(path, 0)
        kind = fcntl.LOCK_SH if shared else fcntl.LOCK_EX
        try:
            fcntl.flock(reader.fileno(), kind | fcntl.LOCK_NB)
        except OSError as error:
            reader.close()
            if isinstance(error, BlockingIOError):
                raise NoSuccess(f"`{path}` is locked by somebody else", error) from error
            raise failure(error, path) from error
        return reader

    # Many files ---------------------------------------------------------------------------------

    def read_many(self, paths: Iterable[str]) -> Iterator[bytes | SagaException]:
        """Yield the whole content of each of many small files, or why not, in their order."""
        for known in self.read_known(paths, sys.maxsize):
            yield known if isinstance(known, SagaException) else known[0]

    def read_known(
        self, paths: Iterable[str], most_bytes: int
    ) -> Iterator[tuple[bytes, Stat] | SagaException]:
        """Yield the content of each file with what is known of the file afterwards."""
        for path in paths:
            try:
                data, found = local_bytes.read_known(path, most_bytes)
            except OSError as error:
                yield failure(error, path)
            except BadParameter as error:
                yield error
            else:
                yield data, from_system(found)

    def overwrite_many(
        self, files: Iterable[tuple[str, bytes, Stat | None]]
    ) -> Iterator[SagaException | None]:
        """Write many small files, and replace plain files, and nothing else."""
        return answers(lambda file: self._overwrite(*file), files)

    def _overwrite(self, path: str, data: bytes, stat: Stat | None) -> None:
        with suppress(OSError):  # what is not there is not in the way; all else is met again
            if not modes.S_ISREG(os.lstat(path).st_mode):
                raise NotPlain(f"`{path}` is no plain file")
        self.write_whole(path, data, stat, replace=True)

    def copy_within(
        self,
        pairs: Iterable[tuple[str, str]],
        *,
        replace: bool,
        told: Callable[[int], None] | None = None,
    ) -> Iterator[SagaException | None]:
        """Copy files with mode and time; the bytes stay in the kernel, and holes stay holes."""
        return answers(lambda pair: self._copy(*pair, replace, told), pairs)

    def copy_file(self, path: str, new: str, *, replace: bool) -> None:
        """Copy one file as `copy_within` does."""
        self._copy(path, new, replace, None)

    def _copy(self, path: str, new: str, replace: bool, told: Callable[[int], None] | None) -> None:
        try:
            source = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
        except OSError as error:
            raise failure(error, path) from error
        try:
            found = os.fstat(source)
            if not modes.S_ISREG(found.st_mode):
                raise NoSuccess(f"`{path}` is no file that could be copied")
            mode = modes.S_IMODE(found.st_mode)

            def fill(target: int) -> None:
                os.lseek(source, 0, os.SEEK_SET)
                local_bytes.copy_all(source, target, found, told)
                now = os.fstat(source)
                if (now.st_mtime_ns, now.st_size) != (found.st_mtime_ns, found.st_size):
                    text = f"`{path}` changed while it was copied"
                    raise Changed(text, hint="copy it again when it is at rest")
                os.fchmod(target, _mode_of_copy(mode, found, target))
                os.utime(target, ns=(found.st_atime_ns, found.st_mtime_ns))

            try:
                local_names.appear(new, mode & 0o700, fill, replace=replace)
            except OSError as error:
                raise _new_failure(error, new) from error
        finally:
            os.close(source)


def _mode_of_copy(mode: int, found: os.stat_result, target: int) -> int:
    """Return the mode of a copy: who runs it does not act for an owner that its source has not."""
    if mode & (modes.S_ISUID | modes.S_ISGID):
        own = os.fstat(target)
        if own.st_uid != found.st_uid:
            mode &= ~modes.S_ISUID
        if own.st_gid != found.st_gid:
            mode &= ~modes.S_ISGID
    return mode


def _culprit(error: OSError, path: str, new: str) -> str:
    """Return which of the two names of a call an error is about."""
    return path if isinstance(error, FileNotFoundError) and not os.path.lexists(path) else new


def _new_failure(error: OSError, path: str) -> SagaException:
    """Return why something could not be made: what is not there is the directory for it."""
    if isinstance(error, FileNotFoundError):
        return failure(error, os.path.dirname(path))
    return failure(error, path)
