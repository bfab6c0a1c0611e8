"""Many names over one SFTP session: requests without bytes, a hundred of them on their way at once.

A server may do them in any order, so none may depend on another.
"""

from __future__ import annotations

from juncture.saga.storage import sftp_appearing, sftp_bulk, sftp_calls, sftp_failures
from juncture.saga.storage import sftp_protocol as protocol
from juncture.saga.storage.sftp_failures import encoded
from juncture.saga.storage.sftp_values import NO_ATTRS, Reply

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from juncture.saga.exceptions import SagaException
    from juncture.saga.storage.sftp import Session
    from juncture.saga.storage.sftp_protocol import Request
    from juncture.saga.storage.values import Stat


class Ask(sftp_bulk.Machine):
    """One request about a path; `reply` is what comes.

    Args:
        session: Where.
        path: What it is about.
        request: What is asked; None: nothing, it is done at once.
        tried: What a failure is the failure of.
    """

    def __init__(self, session: Session, path: str, request: Request | None, tried: str) -> None:
        super().__init__(session, path)
        self.reply = Reply(protocol.STATUS, protocol.OK)
        self.tried = tried
        self.weight = 0
        self.done = request is None
        self._request = request

    def start(self) -> None:
        """Ask."""
        if self._request is not None:
            self.session.send(self._request, self._take)

    def _take(self, reply: Reply) -> None:
        self.reply = reply
        if reply.code == protocol.OK:
            self.done = True
        else:
            self.fail(reply, self.tried)


def make_dirs(session: Session, paths: Iterable[str]) -> Iterator[SagaException | None]:
    """Make directories."""
    tried = sftp_failures.MAKE
    asked = (Ask(session, path, protocol.make_dir(encoded(path)), tried) for path in paths)
    return (machine.failure() for machine in sftp_bulk.run(session, asked))


def remove(session: Session, paths: list[str]) -> None:
    """Remove names that are no directories, as far as they are there, and empty the list."""
    replies = session.calls([protocol.remove(encoded(path)) for path in paths])
    for path, reply in zip(paths, replies, strict=True):
        if reply.code not in (protocol.OK, protocol.NO_SUCH_FILE):
            raise sftp_failures.failure(session, reply, path, sftp_failures.REMOVE)
    paths.clear()


def read_links(session: Session, paths: Iterable[str]) -> Iterator[str | SagaException]:
    """Read the texts of links."""
    tried = sftp_failures.LINK
    asked = (Ask(session, path, protocol.read_link(encoded(path)), tried) for path in paths)
    for machine in sftp_bulk.run(session, asked):
        error = machine.failure()
        if error is None and not machine.reply.names:
            error = sftp_failures.failure(session, machine.reply, machine.path, tried)
        yield error or (machine.reply.names or [])[0][0].decode("utf-8", "surrogateescape")


def make_links(
    session: Session, links: Iterable[tuple[str, str]]
) -> Iterator[SagaException | None]:
    """Make links of texts and paths."""
    tried = sftp_failures.MAKE
    asked = (
        Ask(session, path, protocol.make_link(encoded(text), encoded(path)), tried)
        for text, path in links
    )
    return (machine.failure() for machine in sftp_bulk.run(session, asked))


def settle(session: Session, files: Iterable[tuple[str, Stat]]) -> Iterator[SagaException | None]:
    """Give names modes and times."""
    asked = (
        Ask(session, path, _settling(path, sftp_appearing.settings(stat)), sftp_failures.OTHER)
        for path, stat in files
    )
    return (machine.failure() for machine in sftp_bulk.run(session, asked))


def rename(
    session: Session, pairs: Iterable[tuple[str, str]], *, replace: bool
) -> Iterator[SagaException | None]:
    """Give names other ones; to replace needs `posix-rename`."""
    request = protocol.posix_rename if replace else protocol.rename
    asked = (
        _Rename(session, path, new, request(encoded(path), encoded(new))) for path, new in pairs
    )
    for machine in sftp_bulk.run(session, asked):
        if machine.reply.code == protocol.OK:
            yield machine.failure()
        else:
            yield sftp_calls.rename_failure(
                session, machine.reply, machine.path, machine.new, replace=replace
            )


class _Rename(Ask):
    """One rename."""

    def __init__(self, session: Session, path: str, new: str, request: Request) -> None:
        super().__init__(session, path, request, sftp_failures.WRITE)
        self.new = new


def _settling(path: str, attrs: bytes) -> Request | None:
    return None if attrs == NO_ATTRS else protocol.set_stat(encoded(path), attrs)
