"""From the status of an SFTP server to SAGA's exceptions.

Version 3 has one code, FAILURE, for most of what an operating system tells apart, so the reason is
looked for: with questions about the name, its parent and the file system. What they find is what is
so now, and a moment ago it may have been otherwise; then the text is the server's own.
"""

from __future__ import annotations

import errno
import os
import posixpath
import stat as modes

from juncture.saga import exceptions
from juncture.saga.exceptions import BadParameter, NoSuccess, SagaException
from juncture.saga.storage import failures
from juncture.saga.storage import sftp_protocol as protocol
from juncture.saga.storage.failures import ConnectionLost

TYPE_CHECKING = False
if TYPE_CHECKING:
    from juncture.saga.storage.sftp import Session
    from juncture.saga.storage.sftp_values import Attrs, Reply

READ, WRITE, MAKE, REMOVE, REMOVE_DIR, LIST, LINK, OTHER = (
    "read",
    "write",
    "make",
    "remove",
    "remove_dir",
    "list",
    "link",
    "other",
)
"""What was tried: MAKE makes a name that must not be there, LINK reads a link."""

_LONGEST_NAME_BYTES = 255
_WITHOUT_KIND = {MAKE: errno.EEXIST, LINK: errno.EINVAL}
_OF_KIND = {
    (READ, True): errno.EISDIR,
    (WRITE, True): errno.EISDIR,
    (REMOVE, True): errno.EISDIR,
    (LIST, False): errno.ENOTDIR,
    (REMOVE_DIR, True): errno.ENOTEMPTY,
    (REMOVE_DIR, False): errno.ENOTDIR,
}
"""What was tried, and whether it is a directory -> what is wrong."""
_READ_ONLY = 1


def encoded(path: str) -> bytes:
    """Return a path as the host has it.

    Raises:
        BadParameter: no host has such a path.
    """
    if "\0" in path:
        raise BadParameter(f"{path!r} holds a NUL character, which no path can")
    return path.encode("utf-8", "surrogateescape")


def failure(
    session: Session, reply: Reply, path: str, tried: str = OTHER, disk: Reply | None = None
) -> SagaException:
    """Return the exception for a status that is not OK; requests may be sent to find out why.

    Args:
        session: Where it came from.
        reply: The status.
        path: What the request was about.
        tried: What was tried.
        disk: What was said about the file system when it failed, if it was asked.
    """
    if reply.code == protocol.LOST:
        lost = session.lost
        found = ConnectionLost(str(lost.message if lost else "the connection was lost"))
        found.hint = lost.hint if lost else ""
        found.__cause__ = lost
        return found
    number = _of_disk(disk) if disk is not None else 0
    number = number or _number(session, reply.code, path, tried)
    if number == errno.ENOENT and tried in (WRITE, MAKE):
        path = _missing(session, path)
    if number:
        return failures.failure(OSError(number, os.strerror(number)), path, session.name)
    said = reply.data.decode("utf-8", "replace") or f"status {reply.code}"
    place = f"`{path}` on {session.name}"
    if reply.code == protocol.UNSUPPORTED:
        return exceptions.NotImplemented(f"{place}: the server cannot do that: {said}")
    hint = "a quota that is used up looks like this" if tried in (WRITE, MAKE) else ""
    return NoSuccess(f"{place}: the server says no more than {said!r}", hint=hint)


def _number(session: Session, code: int, path: str, tried: str) -> int:
    """Return the number of an error of the operating system, or 0."""
    if code == protocol.PERMISSION_DENIED:
        return errno.EACCES
    if code == protocol.NO_SUCH_FILE:  # OpenSSH says so, too, of what is no directory
        if tried == OTHER:
            return errno.ENOENT
        has_name = _of_name(session, path, tried)
        is_below = _of_place(session, path, OTHER) == errno.ENOTDIR
        return errno.ENOTDIR if has_name == errno.ENOTDIR or is_below else errno.ENOENT
    if code == protocol.BAD_MESSAGE:
        longest = max(map(len, encoded(path).split(b"/")))
        return errno.ENAMETOOLONG if longest > _LONGEST_NAME_BYTES else errno.EINVAL
    if code != protocol.FAILURE:
        return 0
    return _of_name(session, path, tried) or _of_place(session, path, tried)


def _of_name(session: Session, path: str, tried: str) -> int:
    """Return what is wrong with a name itself, or 0."""
    name = encoded(path)
    try:
        own, target = session.calls([protocol.stat(name, follow=False), protocol.stat(name)])
    except NoSuccess:
        return 0
    if own.attrs is None:
        return 0
    if tried in _WITHOUT_KIND:
        return _WITHOUT_KIND[tried]
    seen = own if tried in (REMOVE, REMOVE_DIR) else target
    if seen.attrs is None:
        return errno.ELOOP if seen.code == protocol.FAILURE else 0
    return _OF_KIND.get((tried, modes.S_ISDIR(seen.attrs.mode or 0)), 0)


def _of_place(session: Session, path: str, tried: str) -> int:
    """Return what is wrong with where a name is, or 0."""
    parent = posixpath.dirname(path) or "/"
    try:
        reply = session.call(protocol.stat(encoded(parent)))
        if reply.attrs is None:
            return errno.ENOTDIR if parent != "/" and reply.code == protocol.FAILURE else 0
        if not modes.S_ISDIR(reply.attrs.mode or 0):
            return errno.ENOTDIR
        if tried not in (WRITE, MAKE) or not session.has(protocol.STATVFS):
            return 0
        return _of_disk(session.call(protocol.stat_vfs(encoded(parent))))
    except NoSuccess:
        return 0


def _missing(session: Session, path: str) -> str:
    """Return what is not there when a name cannot be made: the directory for it, or the name."""
    parent = posixpath.dirname(path)
    try:
        is_there = session.call(protocol.stat(encoded(parent))).attrs is not None
    except NoSuccess:
        return path
    return path if is_there else parent


def _of_disk(reply: Reply) -> int:
    """Return what is wrong with a file system, or 0."""
    if reply.kind != protocol.EXTENDED:
        return 0
    blocks, inodes, flags = protocol.take_stat_vfs(reply.data)
    if flags & _READ_ONLY:
        return errno.EROFS
    return 0 if blocks and inodes else errno.ENOSPC


def not_a_file(session: Session, path: str, mode: int | None) -> SagaException | None:
    """Return why a name is no file that can be read, or None."""
    if mode is None or modes.S_ISREG(mode) or not modes.S_IFMT(mode):
        return None
    what = "a directory" if modes.S_ISDIR(mode) else "neither a file nor a directory"
    return BadParameter(f"`{path}` on {session.name} is {what}")


def has_changed(before: Attrs | None, after: Attrs | None) -> bool:
    """Return whether a file is not what it was."""
    if before is None or after is None:
        return before is not after
    return (before.size, before.mtime) != (after.size, after.mtime)
