"""Many small files over one SFTP session: each is a small machine that sends what comes next.

A machine takes a reply and sends the next requests of its file, in whichever thread serves the
session; so the files are on their way side by side, and each costs the time of its bytes rather
than that of its round trips. A file is written under a name of its own and renamed when the server
has all of it; what fails, or is given up, is removed again.
"""

from __future__ import annotations

import collections
import functools
import stat as modes
import time

from juncture.saga.exceptions import NoSuccess, SagaException
from juncture.saga.storage import sftp_failures
from juncture.saga.storage import sftp_protocol as protocol
from juncture.saga.storage.failures import Changed
from juncture.saga.storage.parts import part_name
from juncture.saga.storage.sftp import nobody
from juncture.saga.storage.sftp_failures import encoded
from juncture.saga.storage.sftp_values import NO_ATTRS, Attrs, Reply, pack_attrs

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import TypeVar

    from juncture.saga.storage.sftp import Session
    from juncture.saga.storage.values import Stat

    M = TypeVar("M", bound="Machine")

_MOST_FILES = 128
_MOST_BYTES = 1 << 24
_ASSUMED_BYTES = 1 << 14
_LAST_TIME = (1 << 32) - 1
_OWNER_ONLY = 0o600
_ACT_FOR_OWNER = modes.S_ISUID | modes.S_ISGID


class Machine:
    """The work on one file.

    Attributes:
        done: Whether there is nothing left to do.
        weight: How many bytes are held for it.
        given_up: Whether it is to undo what it did; looked at before the last step.
    """

    tried = sftp_failures.OTHER

    def __init__(self, session: Session, path: str) -> None:
        self.session = session
        self.path = path
        self.done = False
        self.given_up = False
        self.weight = _ASSUMED_BYTES
        self.error: SagaException | None = None
        self._failed: Reply | None = None
        self._disk: Reply | None = None

    def start(self) -> None:
        """Send the first request; called with the session's lock held."""
        raise NotImplementedError

    def failure(self) -> SagaException | None:
        """Return why it failed, or None; this may ask the server."""
        if self.error is None and self._failed is not None:
            self.error = sftp_failures.failure(
                self.session, self._failed, self.path, self.tried, self._disk
            )
        return self.error

    def fail(self, reply: Reply, tried: str) -> None:
        """End with a reply that says that something failed."""
        self._failed, self.tried = reply, tried
        self.done = True


def run(session: Session, machines: Iterator[M]) -> Iterator[M]:
    """Yield machines, in their order, when each is done; some are at work side by side."""
    most = max(1, min(_MOST_FILES, session.most_handles // 4))
    working: collections.deque[M] = collections.deque()
    more = True
    weight = 0
    try:
        while True:
            while more and len(working) < most and weight < _MOST_BYTES:
                machine = next(machines, None)
                if machine is None:
                    more = False
                    break
                working.append(machine)
                if not machine.done:
                    with session.mutex:
                        machine.start()
                weight += machine.weight
            if not working:
                return
            head = working[0]
            session.serve(lambda: head.done)  # noqa: B023 - it is called before the next turn
            while working and (working[0].done or session.lost is not None):
                done = working.popleft()
                _end_lost(done)
                yield done
            weight = sum(one.weight for one in working)
    finally:
        for machine in working:
            machine.given_up = True
        session.serve(lambda: all(machine.done for machine in working))


def _end_lost(machine: Machine) -> None:
    if not machine.done:
        machine.fail(Reply(protocol.STATUS, protocol.LOST), machine.tried)


class ReadWhole(Machine):
    """Read one file; `data` is its content."""

    tried = sftp_failures.READ

    def __init__(self, session: Session, path: str) -> None:
        super().__init__(session, path)
        self.data = b""
        self._handle = b""
        self._offset = 0
        self._pieces: list[tuple[int, Reply | None]] = []
        self._left = 0

    def start(self) -> None:
        """Ask what it is: to open a pipe would stop the server."""
        self.session.send(protocol.stat(encoded(self.path)), self._known)

    def _known(self, reply: Reply) -> None:
        if reply.attrs is None:
            self.fail(reply, sftp_failures.READ)
        elif (
            error := sftp_failures.not_a_file(self.session, self.path, reply.attrs.mode)
        ) or self.given_up:
            self.error = error
            self.done = True
        else:
            self.weight = reply.attrs.size or 0
            request = protocol.open_file(encoded(self.path), protocol.READ)
            self.session.send(request, self._opened)

    def _opened(self, reply: Reply) -> None:
        if reply.kind != protocol.HANDLE:
            self.fail(reply, sftp_failures.READ)
            return
        self._handle = reply.data
        self._ask(self.weight)

    def _ask(self, size: int) -> None:
        # One byte more than there should be: if it does not come, that was all. What is said to be
        # long is not believed at once.
        size = min(size + 1, _MOST_BYTES)
        most = self.session.most_read
        self._pieces = [(min(most, size - at), None) for at in range(0, size, most)]
        self._left = len(self._pieces)
        at = self._offset
        for index, (step, _) in enumerate(self._pieces):
            request = protocol.read(self._handle, at, step)
            self.session.send(request, functools.partial(self._take, index))
            at += step

    def _take(self, index: int, reply: Reply) -> None:
        self._pieces[index] = self._pieces[index][0], reply
        self._left -= 1
        if self._left:
            return
        found = [self.data] if self.data else []
        for size, piece in self._pieces:
            if piece is None or piece.code not in (protocol.OK, protocol.END):
                self._failed = self._failed or piece
                break
            if piece.code == protocol.END:
                break
            found.append(piece.data)
            self._offset += len(piece.data)
            if len(piece.data) < size:
                break
        self.data = found[0] if len(found) == 1 else b"".join(found)
        last = self._pieces[0][1]
        is_end = last is None or last.code == protocol.END or self._offset == self.weight
        if self._failed is None and not is_end and not self.given_up:
            # It is longer, or comes in small pieces.
            self._ask(max(self.weight - self._offset, self.session.most_read))
            return
        self.session.send(protocol.close(self._handle), nobody)
        self.done = True


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
        if self._left:
            return
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
    """Write one file."""

    def __init__(
        self, session: Session, path: str, data: bytes, stat: Stat | None, *, replace: bool
    ) -> None:
        super().__init__(session, path, replace=replace)
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
        self._left = len(requests)
        for request in requests:
            send(request, self._took)


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


class Known(Machine):
    """Ask about one name; `attrs` is what is known."""

    def __init__(self, session: Session, path: str, *, follow: bool) -> None:
        super().__init__(session, path)
        self.attrs = Attrs()
        self._follow = follow

    def start(self) -> None:
        """Ask."""
        request = protocol.stat(encoded(self.path), follow=self._follow)
        self.session.send(request, self._take)

    def _take(self, reply: Reply) -> None:
        if reply.attrs is None:
            self.fail(reply, sftp_failures.OTHER)
        else:
            self.attrs = reply.attrs
            self.done = True


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
