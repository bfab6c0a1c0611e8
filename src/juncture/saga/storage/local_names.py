"""Names of this host's files: new ones that replace nothing, and trees that go.

`rename(2)` replaces what has the new name. A hard link does not, and is made in one step; where
there are none (directories, some file systems) `renameat2(2)` with RENAME_NOREPLACE does it, and
where that is missing too, looking first has to do.
"""

from __future__ import annotations

import errno
import os
from contextlib import contextmanager, suppress

from juncture.saga.storage import stopping
from juncture.saga.storage.parts import part_name

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Generator
    from typing import Any

_NO_LINKS = frozenset((errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK, errno.EXDEV))
_NO_FLAG = frozenset((errno.EINVAL, errno.ENOSYS))
_AT_FDCWD = -100
_RENAME_NOREPLACE = 1
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
_NEW_UNNAMED = (
    os.O_WRONLY | os.O_TMPFILE | os.O_CLOEXEC
    if hasattr(os, "O_TMPFILE") and os.path.exists("/proc/self/fd")
    else 0
)
_NO_UNNAMED = frozenset((errno.EOPNOTSUPP, errno.EISDIR, errno.EINVAL, errno.ENOSYS))
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


def appear(path: str, mode: int, fill: Callable[[int], None], *, replace: bool) -> None:
    """Make a file that appears under its name when it is whole.

    What replaces nothing has no name at all before, where the file system can do that: then nobody
    sees a part, and nothing is left when this process is killed.

    Args:
        path: The file.
        mode: Its permission bits at first.
        fill: Called with the open file; when it returns, the file is whole. It is called again for
            another file where this host does not let the first get a name.
        replace: Whether a file that is there is replaced.

    Raises:
        OSError: FileExistsError when it is there and not to be replaced.
    """
    if not replace and _NEW_UNNAMED and _appears_unnamed(path, mode, fill):
        return
    part = part_name(path)
    try:  # an interrupt may come when it has been made
        target = os.open(part, _NEW, mode)
        try:
            fill(target)
        finally:
            os.close(target)
        publish(part, path, replace=replace)
    except BaseException:
        with suppress(OSError):
            os.unlink(part)
        raise


def _appears_unnamed(path: str, mode: int, fill: Callable[[int], None]) -> bool:
    """Make a file without a name and give it one; False: that cannot be done here (open(2))."""
    try:
        target = os.open(path.rpartition("/")[0] or "/", _NEW_UNNAMED, mode)
    except OSError as error:
        if error.errno not in _NO_UNNAMED:
            raise
        return False
    try:
        fill(target)
        # With a descriptor of a directory given, though it is not used, links are followed.
        os.link(f"/proc/self/fd/{target}", path, src_dir_fd=target, follow_symlinks=True)
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        return False
    finally:
        os.close(target)
    return True


def publish(part: str, path: str, *, replace: bool) -> None:
    """Give a part, which is a file, its own name.

    Raises:
        OSError: FileExistsError when it is taken and not to be replaced.
    """
    if replace:
        os.rename(part, path)
        return
    try:
        os.link(part, path)
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        rename_new(part, path)
    else:
        os.unlink(part)


def rename_over(path: str, new: str) -> None:
    """Rename anything, replacing a file.

    Raises:
        OSError: with EINVAL when both are the same name of the same directory.
    """
    os.rename(path, new)
    if not os.path.lexists(path):
        return
    # Both were names of one file, and rename(2) does nothing then. Either they are two hard links,
    # of which one has to go, or one name that is reached in two ways, which has to stay.
    folders = [os.path.realpath(os.path.dirname(each)) for each in (path, new)]
    if folders[0] == folders[1] and os.path.basename(path) == os.path.basename(new):
        raise OSError(errno.EINVAL, os.strerror(errno.EINVAL), path)
    if os.path.lexists(new) and os.path.samestat(os.lstat(path), os.lstat(new)):
        os.unlink(path)


def rename_new(path: str, new: str) -> None:
    """Rename anything to a name that nothing has.

    Raises:
        OSError: FileExistsError when something has it.
    """
    call = _rename_call()
    if call is not None:
        import ctypes

        failed = call(_AT_FDCWD, os.fsencode(path), _AT_FDCWD, os.fsencode(new), _RENAME_NOREPLACE)
        if not failed:
            return
        number = ctypes.get_errno()
        if number not in _NO_FLAG:
            raise OSError(number, os.strerror(number), path, None, new)
    if os.path.lexists(new):
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), new)
    os.rename(path, new)


def _rename_call() -> Any:
    try:
        import ctypes

        return ctypes.CDLL(None, use_errno=True).renameat2
    except (ImportError, OSError, AttributeError):
        return None


class _Folder:
    """A directory that is being emptied."""

    __slots__ = ("below", "failed_before", "name", "path", "stat")

    def __init__(self, number: int, name: str, path: str, failed: list[OSError]) -> None:
        self.name = name
        self.path = path
        self.failed_before = len(failed)
        self.stat = os.fstat(number)
        self.below = _emptied(number, path, failed)
        """Directories that are still in it."""


def remove_tree(path: str) -> None:
    """Remove a directory and all that can be removed below it; links are not followed.

    However deep it is, no more than two directories are open at a time.

    Raises:
        OSError: the first thing that could not be removed.
    """
    failed: list[OSError] = []
    number = os.open(path, _FOLDER)
    try:
        above = [_Folder(number, "", path, failed)]
        while above:
            folder = above[-1]
            if folder.below:
                name = folder.below.pop()
                below = _opened(number, name, f"{folder.path}/{name}", failed)
                if below >= 0:
                    os.close(number)
                    number = below
                    above.append(_Folder(number, name, f"{folder.path}/{name}", failed))
            else:
                above.pop()
                if above:
                    number = _go_up(number, folder, above[-1], failed)
    finally:
        os.close(number)
    if failed:
        raise failed[0]
    os.rmdir(path)


def _opened(parent: int, name: str, path: str, failed: list[OSError]) -> int:
    """Open a directory in one that is open; -1: that could not be done."""
    try:
        return os.open(name, _FOLDER, dir_fd=parent)
    except FileNotFoundError:
        pass
    except OSError as error:
        error.filename = path
        failed.append(error)
    return -1


def _go_up(number: int, folder: _Folder, parent: _Folder, failed: list[OSError]) -> int:
    """Open the directory above, remove the one that was open, and return what is open now."""
    above = os.open("..", _FOLDER, dir_fd=number)
    if not os.path.samestat(os.fstat(above), parent.stat):
        os.close(above)
        raise OSError(errno.ESTALE, "was moved while it was removed", folder.path)
    os.close(number)
    if len(failed) == folder.failed_before:
        with _noted(folder.path, failed):
            os.rmdir(folder.name, dir_fd=above)
    return above


def _emptied(folder: int, path: str, failed: list[OSError]) -> list[str]:
    """Remove all that is no directory, and return the names of those that are."""
    below: list[str] = []
    with _noted(path, failed):
        with os.scandir(folder) as entries:
            found = [(entry.name, entry.is_dir(follow_symlinks=False)) for entry in entries]
        for name, is_folder in found:
            stopping.check()
            if is_folder:
                below.append(name)
                continue
            with _noted(f"{path}/{name}", failed):
                os.unlink(name, dir_fd=folder)
    return below


@contextmanager
def _noted(path: str, failed: list[OSError]) -> Generator[None, None, None]:
    """Note a failure and what it is about; what somebody else removed is none."""
    try:
        yield
    except FileNotFoundError:
        pass
    except OSError as error:
        error.filename = path
        failed.append(error)
