"""Single calls of an SFTP session that more than one part of a store makes."""

from __future__ import annotations

from juncture.saga.exceptions import NoSuccess
from juncture.saga.storage import sftp_failures
from juncture.saga.storage import sftp_protocol as protocol
from juncture.saga.storage.sftp import Session, nobody
from juncture.saga.storage.sftp_failures import encoded

TYPE_CHECKING = False
if TYPE_CHECKING:
    from juncture.saga.exceptions import SagaException
    from juncture.saga.shell.ssh_master import Master
    from juncture.saga.storage.sftp_protocol import Request
    from juncture.saga.storage.sftp_values import Attrs, Reply


def opened(master: Master) -> tuple[Session, str]:
    """Open a session, and return it with the directory that it begins in, which is the home."""
    was_alive = master.alive
    try:
        session = _greeted(master)
    except NoSuccess:
        # The connection may have gone without anybody having noticed yet.
        if not was_alive or master.check():
            raise
        session = _greeted(master)
    reply = session.call(protocol.real_path(b"."))
    if not reply.names:
        raise sftp_failures.failure(session, reply, ".")
    return session, reply.names[0][0].decode("utf-8", "surrogateescape")


def _greeted(master: Master) -> Session:
    session = Session(master.open_subsystem("sftp"), master.name)
    session.open()
    return session


def call(session: Session, request: Request, path: str, tried: str = sftp_failures.OTHER) -> Reply:
    """Send a request about a path and return the reply; what fails is raised."""
    reply = session.call(request)
    if reply.code != protocol.OK:
        raise sftp_failures.failure(session, reply, path, tried)
    return reply


def known_file(session: Session, path: str, *, must_exist: bool = True) -> Attrs | None:
    """Return what is known about a file, or None; to open a pipe would stop the server.

    Raises:
        BadParameter: it is something else.
    """
    reply = session.call(protocol.stat(encoded(path)))
    if reply.attrs is None:
        if reply.code == protocol.NO_SUCH_FILE and not must_exist:
            return None
        raise sftp_failures.failure(session, reply, path, sftp_failures.READ)
    error = sftp_failures.not_a_file(session, path, reply.attrs.mode)
    if error is not None:
        raise error
    return reply.attrs


def rename(session: Session, path: str, new: str, *, replace: bool) -> None:
    """Give a name another one in one step; without `posix-rename` in two, to replace a file."""
    old, name = encoded(path), encoded(new)
    if replace and session.has(protocol.POSIX_RENAME):
        reply = session.call(protocol.posix_rename(old, name))
    else:
        reply = session.call(protocol.rename(old, name))
        if replace and reply.code == protocol.FAILURE:
            session.start(protocol.remove(name), nobody)
            reply = session.call(protocol.rename(old, name))
    if reply.code != protocol.OK:
        raise rename_failure(session, reply, path, new, replace=replace)


def rename_failure(
    session: Session, reply: Reply, path: str, new: str, *, replace: bool
) -> SagaException:
    """Return why a name did not get another one; this may ask the server."""
    if reply.code == protocol.NO_SUCH_FILE:  # which of the two?
        own = session.call(protocol.stat(encoded(path), follow=False))
        if own.attrs is None:
            return sftp_failures.failure(session, own, path)
    tried = sftp_failures.WRITE if replace else sftp_failures.MAKE
    return sftp_failures.failure(session, reply, new, tried)
