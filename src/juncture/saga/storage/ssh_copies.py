"""Copies that stay on an ssh host: small files in its SFTP server, large ones with its `cp`.

The server does nothing else while it copies, so what is large is left to `cp`, which keeps holes
and shares blocks, too; without a shell it is copied piece by piece, between other requests. A
server without `copy-data` leaves everything to `cp`.
"""

from __future__ import annotations

from contextlib import suppress

from juncture.saga import exceptions
from juncture.saga.exceptions import SagaException
from juncture.saga.storage import sftp_appearing, sftp_bulk, sftp_calls, sftp_failures
from juncture.saga.storage import sftp_protocol as protocol
from juncture.saga.storage.failures import Changed
from juncture.saga.storage.parts import part_name, told_of
from juncture.saga.storage.sftp import nobody
from juncture.saga.storage.sftp_failures import encoded
from juncture.saga.storage.sftp_values import Reply, pack_attrs

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from juncture.saga.storage.sftp import Session
    from juncture.saga.storage.ssh_host import HostShell

_LARGE_BYTES = 1 << 23
_PIECE_BYTES = 1 << 24
_TELL_S = 0.5
_OWNER_ONLY = 0o600


class Copier:
    """Copies files of one session.

    Args:
        session: Where they are.
        shell: The shells of that host.
        told: Called with how many bytes more a large copy has.

    Raises:
        NotImplemented: the host can do neither.
    """

    def __init__(
        self, session: Session, shell: HostShell, told: Callable[[int], None] | None
    ) -> None:
        self._session = session
        self._shell = shell
        self._told = told
        self._has_server = session.has(protocol.COPY_DATA)
        if not self._has_server and not shell.is_there():
            raise exceptions.NotImplemented(
                f"{session.name} cannot copy: its SFTP server has no `copy-data`, and it no shell"
            )

    def run(
        self, pairs: Iterable[tuple[str, str]], *, replace: bool
    ) -> Iterator[SagaException | None]:
        """Copy, and yield for each file None or why not, in their order."""
        if not self._has_server:
            for source, target in pairs:
                yield self._copy(source, target, replace=replace)
            return
        machines = (
            sftp_appearing.CopyWhole(
                self._session, source, target, replace=replace, most_bytes=_LARGE_BYTES
            )
            for source, target in pairs
        )
        for machine in sftp_bulk.run(self._session, machines):
            if machine.is_long:
                yield self._copy(machine.source, machine.path, replace=replace)
            else:
                yield machine.failure()

    def _copy(self, source: str, target: str, *, replace: bool) -> SagaException | None:
        """Copy one file; what `told` raises is raised."""
        part = part_name(target)
        told = _Told(self._told)
        try:
            try:
                with told_of(target, part):
                    self._copy_to(source, part, told)
                    sftp_calls.rename(self._session, part, target, replace=replace)
            except BaseException:
                with suppress(SagaException):
                    self._session.call(protocol.remove(encoded(part)))
                raise
        except SagaException as error:
            if error is told.error:
                raise
            return error
        return None

    def _copy_to(self, source: str, part: str, told: _Told) -> None:
        session = self._session
        before = sftp_calls.known_file(session, source)
        size = (before.size if before is not None else None) or 0
        handle = self._made(part)
        if self._shell.is_there():
            session.start(protocol.close(handle), nobody)
            self._copy_with_shell(source, part, told)
        else:
            self._copy_pieces(source, size, handle, told)
            attrs = sftp_appearing.kept(before)
            sftp_calls.call(session, protocol.set_handle_stat(handle, attrs), part)
            sftp_calls.call(session, protocol.close(handle), part, sftp_failures.WRITE)
        after = sftp_calls.known_file(session, source)
        if sftp_failures.has_changed(before, after):
            raise Changed(f"`{source}` on {session.name} changed while it was copied")
        told.reach(size)

    def _made(self, part: str) -> bytes:
        """Make the part, so that nobody else can read it before it has its mode."""
        flags = protocol.WRITE | protocol.CREATE | protocol.EXCLUSIVE
        request = protocol.open_file(encoded(part), flags, pack_attrs(mode=_OWNER_ONLY))
        return sftp_calls.call(self._session, request, part, sftp_failures.WRITE).data

    def _copy_with_shell(self, source: str, part: str, told: _Told) -> None:
        def tell() -> None:
            reply = self._session.call(protocol.stat(encoded(part)))
            if reply.attrs is not None:
                told.reach(reply.attrs.size or 0)

        if self._shell.copy(source, part, tell if self._told is not None else None, _TELL_S):
            return
        self._source(source)  # raises, if that is why
        failed = Reply(protocol.STATUS, protocol.FAILURE, b"`cp` failed")
        raise sftp_failures.failure(self._session, failed, part, sftp_failures.WRITE)

    def _copy_pieces(self, source: str, size: int, handle: bytes, told: _Told) -> None:
        session = self._session
        own = self._source(source, close=False)
        offset = 0
        try:
            while offset + _PIECE_BYTES < size:
                request = protocol.copy_data(own, handle, offset, _PIECE_BYTES)
                sftp_calls.call(session, request, source, sftp_failures.WRITE)
                offset += _PIECE_BYTES
                told.reach(offset)
            request = protocol.copy_data(own, handle, offset)  # up to the end
            sftp_calls.call(session, request, source, sftp_failures.WRITE)
        finally:
            session.start(protocol.close(own), nobody)

    def _source(self, source: str, *, close: bool = True) -> bytes:
        request = protocol.open_file(encoded(source), protocol.READ)
        handle = sftp_calls.call(self._session, request, source, sftp_failures.READ).data
        if close:
            self._session.start(protocol.close(handle), nobody)
        return handle


class _Told:
    """Tells how much has come since the last time."""

    def __init__(self, told: Callable[[int], None] | None) -> None:
        self.error: BaseException | None = None
        self._told = told
        self._have = 0

    def reach(self, size: int) -> None:
        """Tell that so much is there now."""
        if self._told is None or size <= self._have:
            return
        more, self._have = size - self._have, size
        try:
            self._told(more)
        except BaseException as error:
            self.error = error
            raise
