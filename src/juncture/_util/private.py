"""Directories and files that only their owner can enter, made without a predictable name."""

from __future__ import annotations

import os
import stat

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

_RANDOM_BYTES = 8
NAME_PREFIX = "juncture-"
"""What the names of the directories begin with."""


def make_private_directory(bases: Iterable[str], *, longest_path: int = 0) -> str:
    """Create a directory of mode 0700 with a random name in the first base that will do.

    Args:
        bases: Directories to try in order; an empty name is passed over.
        longest_path: Most bytes the new path may have; 0 means no limit.

    Raises:
        OSError: no base would do; the text says why for each.
    """
    reasons: list[str] = []
    for base in bases:
        if not base:
            continue
        reason = _why_not(base)
        if not reason:
            path = os.path.join(os.path.realpath(base), NAME_PREFIX + random_name())
            if longest_path and len(os.fsencode(path)) > longest_path:
                reason = f"a path in it is over {longest_path} bytes"
            else:
                try:
                    os.mkdir(path, 0o700)
                except OSError as error:
                    reason = error.strerror or str(error)
                else:
                    return path
        reasons.append(f"`{base}`: {reason}")
    raise OSError("; ".join(reasons) or "no directory to try")


def random_name() -> str:
    """Return a name nobody can guess."""
    return os.urandom(_RANDOM_BYTES).hex()


def open_private(path: str, flags: int) -> int:
    """Create a file of mode 0600 that does not exist yet and return its descriptor.

    Raises:
        FileExistsError: something is there, be it a dangling symbolic link.
        OSError: the directory is missing, read-only or full.
    """
    return os.open(path, flags | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)


def _why_not(base: str) -> str:
    """Return why nothing private can be kept in `base`, or an empty string."""
    try:
        info = os.stat(base)
    except OSError as error:
        return error.strerror or str(error)
    if not stat.S_ISDIR(info.st_mode):
        return "not a directory"
    if info.st_mode & stat.S_IWOTH and not info.st_mode & stat.S_ISVTX:
        return "everybody may rename what is in it (world-writable without the sticky bit)"
    return ""
