"""The names of owners and groups of an SFTP server's files, asked for by their numbers.

What is not known yet of many files is one request; what a session has learned it keeps. A server
without the extension (OpenSSH has it from 9.1 on) leaves the numbers, and so does one that knows no
name. Source: OpenSSH's PROTOCOL, section 4, users-groups-by-id@openssh.com.
"""

from __future__ import annotations

import struct
from itertools import islice

from juncture.saga.storage import sftp_protocol as protocol
from juncture.saga.storage.sftp_values import string

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from juncture.saga.storage.sftp import Session
    from juncture.saga.storage.sftp_protocol import Request
    from juncture.saga.storage.values import Stat

EXTENSION = b"users-groups-by-id@openssh.com"

_AT_ONCE = 1000
_INT = struct.Struct(">I")


def named(session: Session, stats: Sequence[Stat]) -> None:
    """Put the names of owners and groups, as far as there are any, in the place of numbers."""
    if not session.has(EXTENSION):
        return
    users, groups = session.users, session.groups
    _learn(
        session,
        {stat.owner for stat in stats if stat.owner is not None and stat.owner not in users},
        {stat.group for stat in stats if stat.group is not None and stat.group not in groups},
    )
    for stat in stats:
        if stat.owner is not None:
            stat.owner = users.get(stat.owner, stat.owner)
        if stat.group is not None:
            stat.group = groups.get(stat.group, stat.group)


def named_one(session: Session, stat: Stat) -> Stat:
    """Return what is known of one name, after `named` did the same to it."""
    named(session, (stat,))
    return stat


def _learn(session: Session, users: Iterable[str], groups: Iterable[str]) -> None:
    waiting_users, waiting_groups = iter(users), iter(groups)
    while True:
        some_users = [*islice(waiting_users, _AT_ONCE)]
        some_groups = [*islice(waiting_groups, _AT_ONCE)]
        if not some_users and not some_groups:
            return
        reply = session.call(_asking(some_users, some_groups))
        found: list[list[str]] = [[], []]
        if reply.code == protocol.OK:
            found = _lists(reply.data)
        for numbers, names, known in (
            (some_users, found[0], session.users),
            (some_groups, found[1], session.groups),
        ):
            known.update(zip(numbers, numbers, strict=True))  # which are not asked about again
            if len(names) == len(numbers):
                known.update(
                    (each, name) for each, name in zip(numbers, names, strict=True) if name
                )


def _asking(users: list[str], groups: list[str]) -> Request:
    packed = [b"".join(_INT.pack(int(each)) for each in some) for some in (users, groups)]
    return (
        protocol.EXTENDED_,
        protocol.EXTENDED,
        string(EXTENSION) + string(packed[0]) + string(packed[1]),
        b"",
    )


def _lists(data: bytes) -> list[list[str]]:
    users, groups = _strings(data, 2)
    return [
        [name.decode("utf-8", "surrogateescape") for name in _strings(some)]
        for some in (users, groups)
    ]


def _strings(data: bytes, count: int = -1) -> Iterator[bytes]:
    """Yield strings, each with its length before it.

    Raises:
        ProtocolError: there is less than they say.
    """
    at = 0
    while count > 0 or (count < 0 and at < len(data)):
        stop = at + _INT.size
        end = stop + _INT.unpack_from(data, at)[0] if stop <= len(data) else stop
        if end > len(data):
            raise protocol.ProtocolError("the names of accounts end before their end")
        yield data[stop:end]
        at = end
        count -= 1
