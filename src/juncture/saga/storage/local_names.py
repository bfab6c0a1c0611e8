"""Names of this host's files: new ones that replace nothing, and trees that go.

`rename(2)` replaces what has the new name. A hard link does not, and is made in one step; where
there are none (directories, some file systems) `renameat2(2)` with RENAME_NOREPLACE does it, and
where that is missing too, looking first has to do.
"""

from __future__ import annotations

import errno
import os

from juncture.saga.storage import stopping

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_NO_LINKS = frozenset((errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK, errno.EXDEV))
_NO_FLAG = frozenset((errno.EINVAL, errno.ENOSYS))
_AT_FDCWD = -100
_RENAME_NOREPLACE = 1


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


def remove_tree(path: str) -> None:
    """Remove a directory and all that can be removed below it; links are not followed.

    Raises:
        OSError: the first thing that could not be removed.
    """
    failed: list[OSError] = []
    folder = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        _empty(folder, path, failed)
    finally:
        os.close(folder)
    if failed:
        raise failed[0]
    os.rmdir(path)


def _empty(folder: int, path: str, failed: list[OSError]) -> None:
    with os.scandir(folder) as entries:
        found = [(entry.name, entry.is_dir(follow_symlinks=False)) for entry in entries]
    for name, is_folder in found:
        stopping.check()
        try:
            if is_folder:
                _remove_folder(folder, name, f"{path}/{name}", failed)
            else:
                os.unlink(name, dir_fd=folder)
        except FileNotFoundError:
            pass  # somebody else removed it
        except OSError as error:
            error.filename = f"{path}/{name}"
            failed.append(error)


def _remove_folder(parent: int, name: str, path: str, failed: list[OSError]) -> None:
    flags = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
    folder = os.open(name, flags, dir_fd=parent)
    before = len(failed)
    try:
        _empty(folder, path, failed)
    finally:
        os.close(folder)
    if len(failed) == before:
        os.rmdir(name, dir_fd=parent)
