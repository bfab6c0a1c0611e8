"""Open files of an SFTP session: many requests on their way, in bounded memory.

A `Reader` asks ahead of what is read, the more the longer it is read; a `Writer` waits only when
much is on its way, so a failure may be raised by a later call. Neither is for several threads at a
time; a `Handle` is.
"""

from __future__ import annotations

import collections
import functools
import threading

from juncture.saga.exceptions import IncorrectState, SagaException
from juncture.saga.storage import sftp_failures
from juncture.saga.storage import sftp_protocol as protocol
from juncture.saga.storage.sftp_values import Reply, pack_attrs

TYPE_CHECKING = False
if TYPE_CHECKING:
    from juncture.saga.storage.sftp import Session

_MOST_AHEAD_BYTES = 1 << 22
_FEWEST_BYTES = 1 << 15


class _Open:
    """A file that is open, and its end."""

    _closed = True  # as long as it is not made: an interrupt may come before

    def __init__(self, session: Session, handle: bytes, path: str) -> None:
        self._session = session
        self._handle = handle
        self._path = path
        self._closed = False

    def _check(self) -> None:
        if self._closed:
            raise IncorrectState(f"`{self._path}` on {self._session.name} is closed")

    def _drop(self) -> None:
        """Close the file, whatever the server says about that."""
        if not self._closed:
            self._closed = True
            self._session.drop_handle(self._handle)

    def _failure(self, reply: Reply, tried: str) -> SagaException:
        return sftp_failures.failure(self._session, reply, self._path, tried)

    def __del__(self) -> None:
        if not self._closed:
            self._closed = True
            self._session.forget_handle(self._handle)


class _Piece:
    """A range that was asked for."""

    __slots__ = ("offset", "reply", "size")

    def __init__(self, offset: int, size: int) -> None:
        self.offset = offset
        self.size = size
        self.reply: Reply | None = None

    def take(self, reply: Reply) -> None:
        self.reply = reply


class Reader(_Open):
    """The bytes of a file from some place on.

    Args:
        session: Where it is open.
        handle: What the server calls it.
        path: What to call it in messages.
        offset: Where to begin.
        size: How long it is thought to be: nothing is asked far beyond that.
    """

    def __init__(
        self, session: Session, handle: bytes, path: str, offset: int, size: int | None
    ) -> None:
        super().__init__(session, handle, path)
        self._pieces: collections.deque[_Piece] = collections.deque()
        self._next = offset
        self._size = size
        self._ahead_bytes = 0
        self._rest: memoryview[int] = memoryview(b"")
        self._ended = False

    def read(self, size: int) -> bytes:
        """Return up to `size` of the next bytes; none means the end."""
        self._check()
        if not self._rest:
            data = self._next_piece(size)
            if len(data) <= size:
                return data
            self._rest = memoryview(data)
        taken, self._rest = self._rest[:size], self._rest[size:]
        return bytes(taken)

    def close(self) -> None:
        """Let go of the file."""
        self._drop()

    def _next_piece(self, size: int) -> bytes:
        if self._ended or size <= 0:
            return b""
        self._ask(size)
        piece = self._pieces.popleft()
        if piece.reply is None:
            self._session.serve(lambda: piece.reply is not None)
        reply = piece.reply
        if reply is None or reply.kind != protocol.DATA:
            return self._end_or_raise(reply or Reply(protocol.STATUS, protocol.LOST))
        if not reply.data:
            self._ended = True
        elif len(reply.data) < piece.size:  # what was asked for after it does not follow it
            self._pieces.clear()
            self._next = piece.offset + len(reply.data)
        return reply.data

    def _end_or_raise(self, reply: Reply) -> bytes:
        self._ended = True
        self._pieces.clear()
        if reply.code != protocol.END:
            raise self._failure(reply, sftp_failures.READ)
        return b""

    def _ask(self, size: int) -> None:
        """Ask for what comes next: one piece, and more with every piece that was taken."""
        most = self._session.most_read
        if not self._ahead_bytes:
            most = min(most, max(size, _FEWEST_BYTES))
        self._ahead_bytes = min(max(4 * self._ahead_bytes, size, most), _MOST_AHEAD_BYTES)
        waiting = sum(piece.size for piece in self._pieces)
        while not self._pieces or waiting < self._ahead_bytes:
            # One piece beyond the end says that it is the end; more would be in vain.
            last = self._pieces[-1] if self._pieces else None
            if last is not None and self._size is not None and last.offset >= self._size:
                return
            step = most
            if self._size is not None and self._next < self._size:
                step = min(most, self._size - self._next)
            piece = _Piece(self._next, step)
            self._next += step
            waiting += step
            self._pieces.append(piece)
            self._session.start(protocol.read(self._handle, piece.offset, step), piece.take)


class Writer(_Open):
    """A file that is being written from some place on; arguments as of `Reader`."""

    def __init__(self, session: Session, handle: bytes, path: str, offset: int = 0) -> None:
        super().__init__(session, handle, path)
        self._offset = offset
        self._reached = offset
        self._on_way = 0
        self._on_way_bytes = 0
        self._failed: Reply | None = None

    def write(self, data: bytes) -> None:
        """Write all of `data`; a failure may be raised by a later call."""
        self._check()
        view = memoryview(bytes(data))  # no copy of what cannot change
        step = self._session.most_write
        for at in range(0, len(view), step):
            piece = view[at : at + step]
            if self._on_way_bytes >= _MOST_AHEAD_BYTES:
                self._session.serve(lambda: self._on_way_bytes <= _MOST_AHEAD_BYTES // 2)
            self._raise_failure()
            with self._session.mutex:
                size = len(piece)
                request = protocol.write(self._handle, self._offset, piece)
                self._session.send(request, functools.partial(self._take, size))
                # Not before: what an interrupt kept from being sent is not waited for.
                self._on_way += 1
                self._on_way_bytes += size
                self._offset += size
                self._reached = self._offset

    def skip(self, size: int) -> None:
        """Go on `size` bytes further, leaving a hole."""
        self._check()
        self._offset += size

    def close(self) -> None:
        """Return when the back end has all bytes, or raise why not."""
        if self._closed:
            return
        if self._offset > self._reached:  # a hole at the end is there when the file is so long
            attrs = pack_attrs(size=self._offset)
            request = protocol.set_handle_stat(self._handle, attrs)
            with self._session.mutex:
                self._session.send(request, functools.partial(self._take, 0))
                self._on_way += 1
        self._session.serve(lambda: self._on_way <= 0)
        if self._failed is not None:
            self._drop()
            self._raise_failure()
        self._closed = True
        reply = self._session.call(protocol.close(self._handle))
        if reply.code != protocol.OK:
            raise self._failure(reply, sftp_failures.WRITE)

    def abort(self) -> None:
        """Let go of the file; what was written may be there or not."""
        self._drop()

    def _take(self, size: int, reply: Reply) -> None:
        self._on_way -= 1
        self._on_way_bytes -= size
        if reply.code != protocol.OK and self._failed is None:
            self._failed = reply

    def _raise_failure(self) -> None:
        if self._failed is not None:
            raise self._failure(self._failed, sftp_failures.WRITE)


class Handle(_Open):
    """A file that is open for bytes anywhere in it; many threads may use it."""

    def __init__(self, session: Session, handle: bytes, path: str) -> None:
        super().__init__(session, handle, path)
        self._lock = threading.Lock()

    def read_at(self, offset: int, size: int) -> bytes:
        """Return the bytes of a range; fewer at the end of the file."""
        self._check()
        found: list[bytes] = []
        while size > 0:
            step = min(size, _MOST_AHEAD_BYTES)
            data = self._read_some(offset, step)
            found.append(data)
            offset += len(data)
            size -= len(data)
            if len(data) < step:
                break
        return found[0] if len(found) == 1 else b"".join(found)

    def write_at(self, offset: int, data: bytes) -> None:
        """Write all of `data`, and return when the back end has it."""
        self._check()
        view = memoryview(bytes(data))
        most = self._session.most_write
        while view:
            part, view = view[:_MOST_AHEAD_BYTES], view[_MOST_AHEAD_BYTES:]
            requests = [
                protocol.write(self._handle, offset + at, part[at : at + most])
                for at in range(0, len(part), most)
            ]
            for reply in self._session.calls(requests):
                self._expect(reply, sftp_failures.WRITE)
            offset += len(part)

    def truncate(self, size: int) -> None:
        """Make the file as long as `size`."""
        self._check()
        request = protocol.set_handle_stat(self._handle, pack_attrs(size=size))
        self._expect(self._session.call(request), sftp_failures.WRITE)

    def size(self) -> int:
        """Return how long the file is now."""
        self._check()
        reply = self._session.call(protocol.handle_stat(self._handle))
        self._expect(reply, sftp_failures.READ)
        return (reply.attrs.size if reply.attrs else None) or 0

    def close(self) -> None:
        """Let go of the file, or raise what the back end could not keep."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
        self._expect(self._session.call(protocol.close(self._handle)), sftp_failures.WRITE)

    def _read_some(self, offset: int, size: int) -> bytes:
        """Return a range that is not too long; what a server gives less of is asked for again."""
        most = self._session.most_read
        asked = [(at, min(most, size - at)) for at in range(0, size, most)]
        replies = self._session.calls(
            [protocol.read(self._handle, offset + at, length) for at, length in asked]
        )
        found: list[bytes] = []
        have = 0
        for (at, length), reply in zip(asked, replies, strict=True):
            if reply.code == protocol.END or have < at:
                break
            self._expect(reply, sftp_failures.READ)
            found.append(reply.data)
            have += len(reply.data)
            if len(reply.data) < length:
                break
        data = b"".join(found)
        if data and len(data) < size:  # the end, or a server that gives less than it could
            return data + self._read_some(offset + len(data), size - len(data))
        return data

    def _expect(self, reply: Reply, tried: str) -> None:
        if reply.code != protocol.OK:
            raise self._failure(reply, tried)
