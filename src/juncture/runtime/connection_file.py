"""The file by which commands find a daemon: where it listens, and the token that it expects.

A JSON object of strings, mode 0600, made by the daemon before `on_start` and removed when it ends.
It appears whole or not at all. A file that belongs to somebody else, can be read by others or is a
symbolic link is refused. A stale one, whose daemon is gone, is recognised by nobody listening.

`read` stands on the start-up path of every command, which is why the usual form of the file is
read without `json`.
"""

from __future__ import annotations

import os
import stat

from juncture._util import private
from juncture.errors import JunctureError, UsageError
from juncture_client import transport

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from juncture_client.transport import Socket

VARIABLE = "JUNCTURE_CONNECTION_FILE"
"""Environment variable that names the file for every command without `--connection-file`."""

SESSION_VARIABLE = "OPENJD_ADAPTOR_SOCKET"
"""What `daemon start` asks an Open Job Description session to set, for the commands that follow."""

_MAX_BYTES = 65536
_TMP_SUFFIX = ".new"


class NoDaemonError(JunctureError):
    """There is no daemon to talk to."""

    exit_status = 121


class ConnectionFileError(UsageError):
    """The connection file cannot be used as it is."""


def resolve(path: str | None) -> str:
    """Return the absolute path of the connection file that a command means.

    Raises:
        UsageError: it was named neither by option nor by environment.
    """
    for candidate in (path, os.environ.get(VARIABLE), os.environ.get(SESSION_VARIABLE)):
        if candidate:
            return os.path.abspath(candidate)
    raise UsageError(
        "no connection file was named",
        hint=f"give `--connection-file PATH` or set {VARIABLE}",
    )


def read(path: str) -> dict[str, str]:
    """Return what the file says, by name: `socket`, `token`, `pid`, `log`.

    Raises:
        NoDaemonError: there is no such file.
        ConnectionFileError: it is not a private connection file of this user.
    """
    try:
        fd = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK)
    except FileNotFoundError as error:
        raise NoDaemonError(
            f"there is no connection file `{path}`",
            hint="the daemon has ended or was never started; see `daemon start`",
        ) from error
    except OSError as error:
        reason = "it is a symbolic link" if os.path.islink(path) else error.strerror
        raise ConnectionFileError(
            f"cannot use the connection file `{path}`: {reason}",
            hint="name the file that `daemon start` wrote",
        ) from error
    try:
        _check_owner(path, os.fstat(fd))
        data = os.read(fd, _MAX_BYTES)
    finally:
        os.close(fd)
    return _parse(path, data)


def connect(path: str) -> tuple[Socket, dict[str, str]]:
    """Return a socket to the daemon that the file names, and what the file says.

    Raises:
        NoDaemonError: the file is missing, or stale because nobody listens any more.
        ConnectionFileError: the file cannot be used.
    """
    info = read(path)
    try:
        return transport.connect(info["socket"]), info
    except transport.PeerError as error:
        raise ConnectionFileError(
            f"`{path}` leads to a stranger: {error}", hint="start a daemon of your own"
        ) from error
    except (FileNotFoundError, ConnectionRefusedError) as error:
        raise NoDaemonError(
            f"the daemon of `{path}` (process {info.get('pid', '?')}) is gone",
            hint="run `daemon start` again: it replaces a stale connection file",
        ) from error
    except (OSError, ValueError) as error:  # ValueError: the socket's name is no path
        reason = getattr(error, "strerror", None) or error
        raise ConnectionFileError(
            f"cannot reach the daemon of `{path}`: {reason}",
            hint="name the file that `daemon start` wrote",
        ) from error


def write(path: str, info: dict[str, str]) -> None:
    """Publish the file, whole and never over one that is there.

    Raises:
        ConnectionFileError: something has that name already, or it cannot be written there.
    """
    import json

    new = f"{path}.{private.random_name()}{_TMP_SUFFIX}"
    try:
        fd = private.open_private(new, os.O_WRONLY)
        try:
            with os.fdopen(fd, "w", encoding="utf-8") as file:
                file.write(json.dumps(info) + "\n")
            os.link(new, path)
        finally:
            os.unlink(new)
    except FileExistsError as error:
        raise ConnectionFileError(
            f"`{path}` exists already",
            hint="another daemon was started with the same connection file; choose another name",
        ) from error
    except OSError as error:
        raise ConnectionFileError(
            f"cannot write the connection file `{path}`: {error.strerror}",
            hint="name a file in a directory of yours that can be written",
        ) from error


def remove(path: str, token: str) -> None:
    """Remove the file if it is still the one that holds `token`."""
    try:
        if read(path).get("token") == token:
            os.unlink(path)
    except (OSError, JunctureError):
        return


def make_way(path: str) -> dict[str, str] | None:
    """Make sure that `path` is free for a new daemon; return what a stale file there said.

    Raises:
        ConnectionFileError: a living daemon has it, what is there is no connection file, or it
            cannot be removed.
    """
    try:
        sock, info = connect(path)
    except NoDaemonError:
        pass
    else:
        sock.close()
        raise ConnectionFileError(
            f"`{path}` belongs to a daemon that is running (process {info.get('pid', '?')})",
            hint="stop it with `daemon stop`, or choose another connection file",
        )
    try:
        return _remove_stale(path)
    except (NoDaemonError, FileNotFoundError):
        return None
    except OSError as error:  # a directory that cannot be written, a file system without locks
        raise ConnectionFileError(
            f"cannot replace the stale connection file `{path}`: {error.strerror}",
            hint="remove it, or name a file in a directory of yours that can be written",
        ) from error


def _remove_stale(path: str) -> dict[str, str]:
    import fcntl

    fd = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        # Two commands may find the same stale file; only one may remove it, and only that one.
        fcntl.flock(fd, fcntl.LOCK_EX)
        stale = read(path)
        _refuse_living(path, stale)
        if os.path.samestat(os.fstat(fd), os.stat(path)):
            os.unlink(path)
        return stale
    finally:
        os.close(fd)


def _refuse_living(path: str, info: dict[str, str]) -> None:
    """Refuse to replace the file of a daemon that lives and only cannot be reached."""
    from juncture.runtime._birth import birth

    pid = info.get("pid", "")
    if info.get("birth") and pid.isdecimal() and birth(int(pid)) == info["birth"]:
        raise ConnectionFileError(
            f"the daemon of `{path}` (process {pid}) is running, but its socket is gone",
            hint="end it with `daemon stop --force`; something cleans up temporary files",
        )


def _check_owner(path: str, info: os.stat_result) -> None:
    reason = ""
    if not stat.S_ISREG(info.st_mode):
        reason = "it is not a regular file"
    elif info.st_uid != os.geteuid():
        reason = f"it belongs to user {info.st_uid}"
    elif info.st_mode & 0o077:
        reason = f"its mode is {info.st_mode & 0o777:04o}, so that others can use it"
    if reason:
        raise ConnectionFileError(
            f"cannot use the connection file `{path}`: {reason}",
            hint="name the file that `daemon start` wrote, mode 0600",
        )


def _parse(path: str, data: bytes) -> dict[str, str]:
    """Return the strings of the object; see the module's docstring for why there are two ways."""
    text = data.decode("utf-8", "replace")
    words = text.strip().split('"')
    if "\\" not in text and set(words[2::4]) <= {": "} and words[0] == "{" and words[-1] == "}":
        return _require(path, dict(zip(words[1::4], words[3::4], strict=False)))
    import contextlib
    import json
    from typing import cast

    document: Any = None
    with contextlib.suppress(ValueError):
        document = json.loads(text)
    items = cast("dict[str, Any]", document) if isinstance(document, dict) else {}
    return _require(path, {key: str(value) for key, value in items.items()})


def _require(path: str, info: dict[str, str]) -> dict[str, str]:
    if not info.get("socket"):
        raise ConnectionFileError(
            f"`{path}` is not a connection file: it names no socket",
            hint="name the file that `daemon start` wrote",
        )
    return info
