"""Files that hold credentials: where they are, and whether they may be used."""

from __future__ import annotations

import os
import stat

from juncture.saga.exceptions import BadParameter, PermissionDenied

_OTHERS = stat.S_IRWXG | stat.S_IRWXO


def expanded(path: str) -> str:
    """Return an absolute path in which `~` and variables are replaced."""
    return os.path.abspath(os.path.expanduser(os.path.expandvars(path)))


def check_readable(path: str, what: str) -> os.stat_result:
    """Return what the system says of a file that must be there and readable.

    Raises:
        BadParameter: there is no such file.
        PermissionDenied: it cannot be read.
    """
    try:
        status = os.stat(path)
    except PermissionError as error:
        raise PermissionDenied(f"{what} `{path}` cannot be reached") from error
    except OSError as error:
        raise BadParameter(f"{what} `{path}` does not exist") from error
    if not stat.S_ISREG(status.st_mode):
        raise BadParameter(f"{what} `{path}` is not a file")
    if not os.access(path, os.R_OK):
        raise PermissionDenied(f"{what} `{path}` cannot be read", hint=f"`ls -l {path}` shows why")
    return status


def check_private(path: str, what: str) -> None:
    """Refuse a file of secrets that is not the user's own or that others can read.

    Raises:
        BadParameter: there is no such file.
        PermissionDenied: it cannot be read, or others can.
    """
    status = check_readable(path, what)
    mine = status.st_uid == os.geteuid()
    if mine and status.st_mode & _OTHERS:
        raise PermissionDenied(
            f"{what} `{path}` has mode {stat.S_IMODE(status.st_mode):04o}, so others can use it",
            hint=f"run `chmod 600 {path}`",
        )
    if not mine and os.geteuid() != 0:
        raise PermissionDenied(f"{what} `{path}` belongs to another user")
