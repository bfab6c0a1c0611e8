"""What SFTP packets are made of: strings, attributes and replies.

Source: draft-ietf-secsh-filexfer-02, sections 5 and 7.
"""

from __future__ import annotations

import struct

_HAS_SIZE, _HAS_OWNERS, _HAS_MODE, _HAS_TIMES, _HAS_MORE = 1, 2, 4, 8, 0x80000000
_USUAL = _HAS_SIZE | _HAS_OWNERS | _HAS_MODE | _HAS_TIMES
_INT = struct.Struct(">I")
_TWO = struct.Struct(">II")
_LONG = struct.Struct(">Q")
_ALL = struct.Struct(">QIIIII")

NO_ATTRS = bytes(4)


class Attrs:
    """What a server says about a file; None: it does not say."""

    __slots__ = ("gid", "mode", "mtime", "size", "uid")

    def __init__(
        self,
        size: int | None = None,
        uid: int | None = None,
        gid: int | None = None,
        mode: int | None = None,
        mtime: int | None = None,
    ) -> None:
        self.size = size
        self.uid = uid
        self.gid = gid
        self.mode = mode
        self.mtime = mtime


class Reply:
    """What came back for a request.

    Attributes:
        kind: STATUS, HANDLE, DATA, NAME, ATTRS or EXTENDED.
        code: The code of a status; OK for all others.
        data: A handle, the bytes of a file, the text of a status, or an extended reply.
        attrs: Attributes, of ATTRS.
        names: Names with their attributes, of NAME.
        error: Why there will be no reply, if the connection was lost.
    """

    __slots__ = ("attrs", "code", "data", "error", "kind", "names")

    def __init__(
        self,
        kind: int,
        code: int,
        data: bytes = b"",
        attrs: Attrs | None = None,
        names: list[tuple[bytes, Attrs]] | None = None,
    ) -> None:
        self.kind = kind
        self.code = code
        self.data = data
        self.attrs = attrs
        self.names = names
        self.error: Exception | None = None


def string(data: bytes) -> bytes:
    """Return bytes with their length before them."""
    return _INT.pack(len(data)) + data


def pack_attrs(
    *, size: int | None = None, mode: int | None = None, times: tuple[int, int] | None = None
) -> bytes:
    """Return attributes that are to be set; `times` are those of access and of change."""
    flags, fields = 0, b""
    if size is not None:
        flags |= _HAS_SIZE
        fields += _LONG.pack(size)
    if mode is not None:
        flags |= _HAS_MODE
        fields += _INT.pack(mode)
    if times is not None:
        flags |= _HAS_TIMES
        fields += _TWO.pack(*times)
    return _INT.pack(flags) + fields


def take_attrs(data: bytes, at: int) -> tuple[Attrs, int]:
    """Return the attributes at a place, and where they end; struct.error: they are cut off."""
    flags = _INT.unpack_from(data, at)[0]
    at += 4
    if flags == _USUAL:
        size, uid, gid, mode, _, mtime = _ALL.unpack_from(data, at)
        return Attrs(size, uid, gid, mode, mtime), at + _ALL.size
    attrs = Attrs()
    if flags & _HAS_SIZE:
        attrs.size = _LONG.unpack_from(data, at)[0]
        at += 8
    if flags & _HAS_OWNERS:
        attrs.uid, attrs.gid = _TWO.unpack_from(data, at)
        at += 8
    if flags & _HAS_MODE:
        attrs.mode = _INT.unpack_from(data, at)[0]
        at += 4
    if flags & _HAS_TIMES:
        attrs.mtime = _TWO.unpack_from(data, at)[1]
        at += 8
    if flags & _HAS_MORE:
        count = _INT.unpack_from(data, at)[0]
        at += 4
        for _ in range(2 * count):
            at += 4 + _INT.unpack_from(data, at)[0]
    return attrs, at
