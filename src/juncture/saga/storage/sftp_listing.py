"""The names in a directory, by SFTP: the next are asked for before the last have come."""

from __future__ import annotations

import collections

from juncture.saga.storage import sftp_failures
from juncture.saga.storage import sftp_protocol as protocol
from juncture.saga.storage.sftp import Call
from juncture.saga.storage.sftp_accounts import named
from juncture.saga.storage.sftp_failures import encoded
from juncture.saga.storage.sftp_stat import from_server

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from juncture.saga.storage.sftp import Session
    from juncture.saga.storage.sftp_values import Attrs
    from juncture.saga.storage.values import Stat

_MOST_ASKED = 8
_OWN = frozenset((b".", b".."))


def read_entries(session: Session, path: str) -> Iterator[tuple[str, Stat]]:
    """Yield the names in a directory with what is known of each; raises what `read_names` does."""
    for batch in read_names(session, path):
        stats = [from_server(attrs) for _, attrs in batch]
        named(session, stats)
        for (name, _), stat in zip(batch, stats, strict=True):
            yield name.decode("utf-8", "surrogateescape"), stat


def read_names(session: Session, path: str) -> Iterator[list[tuple[bytes, Attrs]]]:
    """Yield the names in a directory with their attributes, in batches as they come.

    Raises:
        SagaException: it is not there, no directory, or cannot be read.
    """
    reply = session.call(protocol.open_dir(encoded(path)))
    if reply.kind != protocol.HANDLE:
        raise sftp_failures.failure(session, reply, path, sftp_failures.LIST)
    handle = reply.data
    asked: collections.deque[Call] = collections.deque()
    most = 2  # of most directories the first answer has all, and the second the end
    try:
        while True:
            while len(asked) < most:
                call = Call()
                asked.append(call)
                session.start(protocol.read_dir(handle), call.take)
            call = asked.popleft()
            session.serve(call.is_done)
            reply = session.reply_of(call)
            if reply.code == protocol.END:
                return
            if reply.names is None:
                raise sftp_failures.failure(session, reply, path, sftp_failures.LIST)
            yield [entry for entry in reply.names if entry[0] not in _OWN]
            most = _MOST_ASKED
    finally:
        session.drop_handle(handle)
