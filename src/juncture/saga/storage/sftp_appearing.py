"""Small files that appear in one SFTP session: each under its name when the server has all of it.

A file is written under a name of its own and renamed; what fails, or is given up, is removed again.
The machines are run by `sftp_bulk.run`.
"""

from __future__ import annotations

import stat as modes
import time

from juncture.saga.exceptions import NoSuccess
from juncture.saga.storage import sftp_failures
from juncture.saga.storage import sftp_protocol as protocol
from juncture.saga.storage.failures import Changed, NotPlain
from juncture.saga.storage.parts import part_name
from juncture.saga.storage.sftp import nobody
from juncture.saga.storage.sftp_bulk import Machine
from juncture.saga.storage.sftp_failures import encoded
from juncture.saga.storage.sftp_values import NO_ATTRS, Attrs, Reply, pack_attrs

TYPE_CHECKING = False
if TYPE_CHECKING:
    from juncture.saga.storage.sftp import Session
    from juncture.saga.storage.values import Stat

_LAST_TIME = (1 << 32) - 1
_OWNER_ONLY = 0o600
_ACT_FOR_OWNER = modes.S_ISUID | modes.S_ISGID


class _Appearing(Machine):
    """A file that appears under its name when it is whole."""

    tried = sftp_failures.WRITE

    def __init__(self, session: Session, path: str, *, replace: bool) -> None:
        super().__init__(session, path)
        self._name = encoded(path)
        self._part = encoded(part_name(path))
        self._replace = replace
        self._left = 0

    def _open_part(self, mode: int | None) -> None:
        attrs = NO_ATTRS if mode is None else pack_attrs(mode=mode & 0o777 | _OWNER_ONLY)
        flags = protocol.WRITE | protocol.CREATE | protocol.EXCLUSIVE
        self.session.send(protocol.open_file(self._part, flags, attrs), self._opened)

    def _opened(self, reply: Reply) -> None:
        raise NotImplementedError

    def _took(self, reply: Reply) -> None:
        """Count one of the replies that must all be good before it is renamed."""
        self._left -= 1
        if reply.code != protocol.OK and self._failed is None:
            self._failed = reply
        if not self._left:
            self._end()

    def _end(self) -> None:
        if self._failed is not None or self.given_up:
            self._undo()
        elif self._replace and self.session.has(protocol.POSIX_RENAME):
            self.session.send(protocol.posix_rename(self._part, self._name), self._renamed)
        else:
            self.session.send(protocol.rename(self._part, self._name), self._renamed)

    def _renamed(self, reply: Reply) -> None:
        if reply.code == protocol.OK:
            self.done = True
        elif self._replace and not self.session.has(protocol.POSIX_RENAME):
            self._replace = False  # once more, without what is there
            self.session.send(protocol.remove(self._name), nobody)
            self.session.send(protocol.rename(self._part, self._name), self._renamed)
        else:
            self._failed = reply
            has_one_step = self.session.has(protocol.POSIX_RENAME)
            is_new = not self._replace or not has_one_step
            self.tried = sftp_failures.MAKE if is_new else sftp_failures.WRITE
            self._undo()

    def _undo(self) -> None:
        if self._failed is not None and self.session.has(protocol.STATVFS):
            # When it is removed there may be room again.
            self.session.send(protocol.stat_vfs(self._part), self._take_disk)
        self.session.send(protocol.remove(self._part), self._undone)

    def _take_disk(self, reply: Reply) -> None:
        self._disk = reply

    def _undone(self, reply: Reply) -> None:
        del reply
        if self._failed is None and self.error is None:
            self.error = NoSuccess(f"`{self.path}` on {self.session.name} was given up")
        self.done = True


class WriteWhole(_Appearing):
    """Write one file.

    Args:
        session: Where.
        path: What it is called.
        data: Its content.
        stat: The mode and the time it gets.
        replace: Whether it may replace a file.
        plain: Whether it may replace nothing else; that is a `NotPlain`.
    """

    def __init__(
        self,
        session: Session,
        path: str,
        data: bytes,
        stat: Stat | None,
        *,
        replace: bool,
        plain: bool = False,
    ) -> None:
        super().__init__(session, path, replace=replace)
        self._plain = plain
        self.weight = len(data)
        self._data = data
        self._stat = stat

    def start(self) -> None:
        """Open the part."""
        self._open_part(self._stat.mode if self._stat is not None else None)

    def _opened(self, reply: Reply) -> None:
        if reply.kind != protocol.HANDLE:
            self.fail(reply, sftp_failures.WRITE)
            return
        handle, send = reply.data, self.session.send
        most = self.session.most_write
        requests = [
            protocol.write(handle, at, self._data if len(self._data) <= most else piece)
            for at in range(0, len(self._data), most)
            for piece in (memoryview(self._data)[at : at + most],)
        ]
        attrs = settings(self._stat)
        if attrs != NO_ATTRS:
            requests.append(protocol.set_handle_stat(handle, attrs))
        requests.append(protocol.close(handle))
        self._left = len(requests) + self._plain
        if self._plain:
            send(protocol.stat(self._name, follow=False), self._looked)
        for request in requests:
            send(request, self._took)

    def _looked(self, reply: Reply) -> None:
        """Take what has the name now; what is not known of it is told by the rename."""
        mode = None if reply.attrs is None else reply.attrs.mode
        if mode is not None and not modes.S_ISREG(mode):
            self.error = NotPlain(f"`{self.path}` on {self.session.name} is no plain file")
            self.given_up = True
        self._left -= 1
        if not self._left:
            self._end()


class CopyWhole(_Appearing):
    """Copy one file in the server, which has `copy-data`.

    Args:
        session: Where.
        source: The file.
        path: What the copy is called.
        replace: Whether it may replace a file.
        most_bytes: What is longer is left to somebody else; `is_long` says so then.
    """

    def __init__(
        self, session: Session, source: str, path: str, *, replace: bool, most_bytes: int | None
    ) -> None:
        super().__init__(session, path, replace=replace)
        self.is_long = False
        self.source = source
        self._most_bytes = most_bytes
        self._attrs: Attrs | None = None
        self._handles: list[bytes] = []

    def start(self) -> None:
        """Ask what it is."""
        self.session.send(protocol.stat(encoded(self.source)), self._known)

    def _known(self, reply: Reply) -> None:
        attrs = reply.attrs
        if attrs is None:
            self._fail_source(reply)
            return
        self.error = sftp_failures.not_a_file(self.session, self.source, attrs.mode)
        self.is_long = self._most_bytes is not None and (attrs.size or 0) > self._most_bytes
        if self.error or self.is_long or self.given_up:
            self.done = True
            return
        self._attrs = attrs
        request = protocol.open_file(encoded(self.source), protocol.READ)
        self.session.send(request, self._source_opened)

    def _fail_source(self, reply: Reply) -> None:
        self.path = self.source
        self.fail(reply, sftp_failures.READ)

    def _source_opened(self, reply: Reply) -> None:
        if reply.kind != protocol.HANDLE:
            self._fail_source(reply)
            return
        self._handles = [reply.data]
        self._open_part(0)

    def _opened(self, reply: Reply) -> None:
        send = self.session.send
        source = self._handles[0]
        if reply.kind != protocol.HANDLE:
            send(protocol.close(source), nobody)
            self.fail(reply, sftp_failures.WRITE)
            return
        requests = [
            protocol.copy_data(source, reply.data),
            protocol.set_handle_stat(reply.data, kept(self._attrs)),
            protocol.close(source),
            protocol.close(reply.data),
        ]
        self._left = len(requests) + 1
        send(requests[0], self._took)
        send(protocol.handle_stat(source), self._copied)
        for request in requests[1:]:
            send(request, self._took)

    def _copied(self, reply: Reply) -> None:
        before, after = self._attrs, reply.attrs
        if after is not None and sftp_failures.has_changed(before, after):
            name = self.session.name
            self.error = Changed(f"`{self.source}` on {name} changed while it was copied")
            self.given_up = True
        self._took(reply)


def settings(stat: Stat | None) -> bytes:
    """Return the mode and the time of a `Stat` as attributes."""
    if stat is None:
        return NO_ATTRS
    times = None
    if stat.mtime is not None and 0 <= stat.mtime <= _LAST_TIME:
        times = int(time.time()), int(stat.mtime)
    return pack_attrs(mode=stat.mode, times=times)


def kept(attrs: Attrs | None) -> bytes:
    """Return the attributes that a copy of a file has, too; it may have another owner."""
    if attrs is None:
        return NO_ATTRS
    mode = None if attrs.mode is None else modes.S_IMODE(attrs.mode) & ~_ACT_FOR_OWNER
    times = None if attrs.mtime is None else (int(time.time()), attrs.mtime)
    return pack_attrs(mode=mode, times=times)
