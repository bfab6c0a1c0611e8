"""The SFTP protocol, version 3, as a client speaks it: bytes in, replies out, no input or output.

A request is made by a function of this module and numbered by a `Codec`, which remembers what was
asked and accepts nothing else: a reply to an unknown request, of a kind that does not answer it,
longer than was asked for, or with lengths that do not fit is a `ProtocolError`, after which the
connection is of no use. What is kept of an unfinished packet is bounded, since no length beyond
`MOST_PACKET_BYTES` is believed. Paths are bytes, as the host has them.

Sources: draft-ietf-secsh-filexfer-02; of OpenSSH's PROTOCOL, section 4: the order of the arguments
of SYMLINK and the extensions.
"""

from __future__ import annotations

import struct

from juncture.saga.exceptions import NoSuccess
from juncture.saga.storage.sftp_values import NO_ATTRS, Attrs, Reply, string, take_attrs

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    Request = tuple[int, int, bytes, "bytes | memoryview[int]"]
    """Kind; what answers it, and how much of it; the fixed part; bytes that come after that."""

VERSION = 3
MOST_PACKET_BYTES = 1 << 20
USUAL_BYTES = 1 << 15
"""How much one packet may carry when the server does not say (section 3 of the draft)."""

READ, WRITE, APPEND, CREATE, TRUNCATE, EXCLUSIVE = 1, 2, 4, 8, 16, 32

INIT_, VERSION_ = 1, 2
(
    OPEN_, CLOSE_, READ_, WRITE_, LSTAT_, FSTAT_, SETSTAT_, FSETSTAT_, OPENDIR_, READDIR_, REMOVE_,
    MKDIR_, RMDIR_, REALPATH_, STAT_, RENAME_, READLINK_, SYMLINK_,
) = range(3, 21)  # fmt: skip
STATUS, HANDLE, DATA, NAME, ATTRS = range(101, 106)
EXTENDED_, EXTENDED = 200, 201

(
    OK, END, NO_SUCH_FILE, PERMISSION_DENIED, FAILURE, BAD_MESSAGE, NO_CONNECTION, CONNECTION_LOST,
    UNSUPPORTED,
) = range(9)  # fmt: skip
LOST = -1

POSIX_RENAME = b"posix-rename@openssh.com"
HARDLINK = b"hardlink@openssh.com"
FSYNC = b"fsync@openssh.com"
LIMITS = b"limits@openssh.com"
COPY_DATA = b"copy-data"
LSETSTAT = b"lsetstat@openssh.com"
STATVFS = b"statvfs@openssh.com"

_HEAD = struct.Struct(">IBI")
_INT = struct.Struct(">I")
_LONG = struct.Struct(">Q")
_READ_TAIL = struct.Struct(">QI")
_COPY_TAIL = struct.Struct(">QQI")
_FEWEST_BYTES = 5  # a kind and a number
_KIND_BITS = 8
_SHOWN = 40


class ProtocolError(NoSuccess):
    """What came is not an answer of an SFTP server to what was asked."""


# Requests -----------------------------------------------------------------------------------------


def open_file(path: bytes, flags: int, attrs: bytes = NO_ATTRS) -> Request:
    """Open a file; answered by a handle."""
    return OPEN_, HANDLE, string(path) + _INT.pack(flags) + attrs, b""


def close(handle: bytes) -> Request:
    """Let go of a file or a directory."""
    return CLOSE_, STATUS, string(handle), b""


def read(handle: bytes, offset: int, size: int) -> Request:
    """Read a range; answered by up to that many bytes."""
    return READ_, DATA | size << _KIND_BITS, string(handle) + _READ_TAIL.pack(offset, size), b""


def write(handle: bytes, offset: int, data: bytes | memoryview[int]) -> Request:
    """Write a range; the data must stay as they are until they are sent."""
    fixed = string(handle) + _LONG.pack(offset) + _INT.pack(len(data))
    return WRITE_, STATUS, fixed, data


def stat(path: bytes, *, follow: bool = True) -> Request:
    """Ask about a name; answered by attributes."""
    return (STAT_ if follow else LSTAT_), ATTRS, string(path), b""


def handle_stat(handle: bytes) -> Request:
    """Ask about an open file; answered by attributes."""
    return FSTAT_, ATTRS, string(handle), b""


def set_stat(path: bytes, attrs: bytes) -> Request:
    """Change what is known about a name; links are followed."""
    return SETSTAT_, STATUS, string(path) + attrs, b""


def set_handle_stat(handle: bytes, attrs: bytes) -> Request:
    """Change what is known about an open file."""
    return FSETSTAT_, STATUS, string(handle) + attrs, b""


def open_dir(path: bytes) -> Request:
    """Open a directory; answered by a handle."""
    return OPENDIR_, HANDLE, string(path), b""


def read_dir(handle: bytes) -> Request:
    """Read some names of a directory; the status END says that there are no more."""
    return READDIR_, NAME, string(handle), b""


def remove(path: bytes) -> Request:
    """Remove a name that is no directory."""
    return REMOVE_, STATUS, string(path), b""


def make_dir(path: bytes) -> Request:
    """Make a directory."""
    return MKDIR_, STATUS, string(path) + NO_ATTRS, b""


def remove_dir(path: bytes) -> Request:
    """Remove an empty directory."""
    return RMDIR_, STATUS, string(path), b""


def real_path(path: bytes) -> Request:
    """Ask for the absolute form of a path; answered by one name."""
    return REALPATH_, NAME, string(path), b""


def rename(path: bytes, new: bytes) -> Request:
    """Rename, unless there is something of the new name."""
    return RENAME_, STATUS, string(path) + string(new), b""


def read_link(path: bytes) -> Request:
    """Ask for the text of a link; answered by one name."""
    return READLINK_, NAME, string(path), b""


def make_link(text: bytes, path: bytes) -> Request:
    """Make a symbolic link; the order is OpenSSH's, which all others have followed."""
    return SYMLINK_, STATUS, string(text) + string(path), b""


def posix_rename(path: bytes, new: bytes) -> Request:
    """Rename, and replace a file of the new name."""
    return EXTENDED_, STATUS, string(POSIX_RENAME) + string(path) + string(new), b""


def hard_link(path: bytes, new: bytes) -> Request:
    """Give a file one more name."""
    return EXTENDED_, STATUS, string(HARDLINK) + string(path) + string(new), b""


def sync(handle: bytes) -> Request:
    """Have what was written put on the disk."""
    return EXTENDED_, STATUS, string(FSYNC) + string(handle), b""


def limits() -> Request:
    """Ask how much fits in a packet; `take_limits` reads the answer."""
    return EXTENDED_, EXTENDED, string(LIMITS), b""


def copy_data(source: bytes, target: bytes, offset: int = 0, size: int = 0) -> Request:
    """Copy a range of one open file to the same place of another; a size of 0 is all."""
    ends = string(source) + _COPY_TAIL.pack(offset, size, len(target)) + target
    ends += _LONG.pack(offset)
    return EXTENDED_, STATUS, string(COPY_DATA) + ends, b""


def set_link_stat(path: bytes, attrs: bytes) -> Request:
    """Change what is known about a name; links are not followed."""
    return EXTENDED_, STATUS, string(LSETSTAT) + string(path) + attrs, b""


def stat_vfs(path: bytes) -> Request:
    """Ask about a file system; `take_stat_vfs` reads the answer."""
    return EXTENDED_, EXTENDED, string(STATVFS) + string(path), b""


# Replies ------------------------------------------------------------------------------------------


def take_limits(data: bytes) -> tuple[int, int, int, int]:
    """Return the most bytes of a packet, a read, a write, and the most handles; 0: not said."""
    packet, read_, write_, handles = _fields(">4Q", data)
    return packet, read_, write_, handles


def take_stat_vfs(data: bytes) -> tuple[int, int, int]:
    """Return the free blocks, the free inodes, and the flags of a file system for this account."""
    found = _fields(">11Q", data)
    return found[4], found[7], found[9]


def _fields(layout: str, data: bytes) -> tuple[int, ...]:
    try:
        return struct.unpack_from(layout, data)
    except struct.error as error:
        raise ProtocolError("an extended reply of the SFTP server is too short") from error


class Codec:
    """Numbers requests and reads replies, of one connection.

    Args:
        name: What to call the server in messages.
    """

    def __init__(self, name: str) -> None:
        self.extensions: dict[bytes, bytes] = {}
        self.greeted = False
        self.outgoing: list[bytes | memoryview[int]] = [
            _INT.pack(_FEWEST_BYTES) + bytes((INIT_,)) + _INT.pack(VERSION)
        ]
        """What is to be sent, in this order; the caller takes it away."""
        self._name = name
        self._number = 0
        self._waiting: dict[int, tuple[int, Callable[[Reply], object]]] = {}
        self._head: bytes = b""
        self._pieces: list[bytes] = []
        self._have: int = 0
        self._need: int = 0

    def send(self, request: Request, then: Callable[[Reply], object]) -> None:
        """Number a request and remember who takes the reply."""
        kind, expected, fixed, data = request
        number = self._number = self._number + 1 & 0xFFFFFFFF
        size = _FEWEST_BYTES + len(fixed) + len(data)
        head = _HEAD.pack(size, kind, number) + fixed
        # Without a call in between: no interrupt leaves a half.
        self._waiting[number] = expected, then
        self.outgoing += (head, data) if data else (head,)

    @property
    def is_idle(self) -> bool:
        """Whether nothing is asked that is not answered."""
        return not self._waiting

    def forget(self) -> list[Callable[[Reply], object]]:
        """Return who still waits for replies, and forget them."""
        takers = [then for _, then in self._waiting.values()]
        self._waiting.clear()
        return takers

    def wanted(self) -> int:
        """Return how many bytes complete the packet of which a part has come; 0 without one."""
        return self._need - self._have

    def receive(self, data: bytes) -> list[tuple[Callable[[Reply], object], Reply]]:
        """Take what has come, and return the replies with those who wait for them.

        Raises:
            ProtocolError: it is not what a server says; the replies before it are lost with it.
        """
        found: list[tuple[Callable[[Reply], object], Reply]] = []
        at: int = 0
        if self._need:
            at = self._need - self._have
            self._pieces.append(data if len(data) <= at else data[:at])
            self._have += len(self._pieces[-1])
            if self._have < self._need:
                return found
            whole = b"".join(self._pieces)
            self._pieces, self._need, self._have = [], 0, 0
            self._take(whole, 0, len(whole), found)
        elif self._head:
            data = self._head + data
        self._head = b""
        end = len(data)
        while end - at >= _HEAD.size:
            stop: int = at + self._length(data, at)
            if stop > end:
                self._pieces, self._need, self._have = [data[at:]], stop - at, end - at
                return found
            self._take(data, at, stop, found)
            at = stop
        self._head = data[at:]
        return found

    def _length(self, data: bytes, at: int) -> int:
        """Return the length of a packet, if it may be the answer to anything."""
        size: int
        size, kind, number = _HEAD.unpack_from(data, at)
        if not self.greeted:
            if kind != VERSION_ or not _FEWEST_BYTES <= size <= MOST_PACKET_BYTES:
                said = data[at : at + _SHOWN].decode("utf-8", "replace")
                raise ProtocolError(
                    f"what answers on {self._name} is no SFTP server: it says {said!r}",
                    hint="the start-up files of a login shell over there must print nothing",
                )
        elif not _FEWEST_BYTES <= size <= MOST_PACKET_BYTES:
            raise self._error(f"a packet of {size} bytes")
        elif number not in self._waiting:
            raise self._error(f"a reply to request {number}, which was not made")
        return size + _INT.size

    def _take(
        self,
        data: bytes,
        at: int,
        stop: int,
        found: list[tuple[Callable[[Reply], object], Reply]],
    ) -> None:
        _, kind, number = _HEAD.unpack_from(data, at)
        at += _HEAD.size
        try:
            if not self.greeted:
                self._greet(number, data, at, stop)
                return
            waiting = self._waiting.pop(number, None)
            if waiting is None:
                raise self._error(f"a second reply to request {number}")
            expected, then = waiting
            found.append((then, self._reply(kind, expected, data, at, stop)))
        except (struct.error, IndexError) as error:
            raise self._error(f"a reply of kind {kind} that ends too early") from error

    def _reply(self, kind: int, expected: int, data: bytes, at: int, stop: int) -> Reply:
        if kind == STATUS:
            code = _INT.unpack_from(data, at)[0]
            text = _string(data, at + 4, stop) if stop - at >= 2 * _INT.size else b""
            return Reply(STATUS, code, text)
        if kind != expected & 0xFF:
            raise self._error(f"a reply of kind {kind} where {expected & 0xFF} answers")
        if kind == EXTENDED:
            return Reply(kind, OK, data[at:stop])
        if kind == ATTRS:
            attrs, at = take_attrs(data, at)
            if at > stop:
                raise IndexError
            return Reply(kind, OK, b"", attrs)
        if kind == NAME:
            return Reply(kind, OK, b"", None, self._names(data, at, stop))
        value = _string(data, at, stop)
        if kind == DATA and len(value) > expected >> _KIND_BITS:
            raise self._error(f"{len(value)} bytes, of {expected >> _KIND_BITS} asked for")
        return Reply(kind, OK, value)

    def _names(self, data: bytes, at: int, stop: int) -> list[tuple[bytes, Attrs]]:
        names: list[tuple[bytes, Attrs]] = []
        unpack = _INT.unpack_from
        count = unpack(data, at)[0]
        at += 4
        while len(names) < count:
            end = at + 4 + unpack(data, at)[0]
            name = data[at + 4 : end]
            end += 4 + unpack(data, end)[0]  # the line of `ls -l` is for people
            if end > stop:
                raise IndexError
            attrs, at = take_attrs(data, end)
            if at > stop:
                raise IndexError
            names.append((name, attrs))
        return names

    def _greet(self, version: int, data: bytes, at: int, stop: int) -> None:
        if version < VERSION:
            raise ProtocolError(f"{self._name} speaks version {version} of SFTP, and we {VERSION}")
        while at < stop:
            name = _string(data, at, stop)
            at += 4 + len(name)
            value = _string(data, at, stop)
            at += 4 + len(value)
            self.extensions[name] = value
        self.greeted = True

    def _error(self, what: str) -> ProtocolError:
        return ProtocolError(f"the SFTP server of {self._name} breaks the protocol: {what}")


def _string(data: bytes, at: int, stop: int) -> bytes:
    end = at + 4 + int(_INT.unpack_from(data, at)[0])
    if end > stop:
        raise IndexError
    return data[at + 4 : end]
