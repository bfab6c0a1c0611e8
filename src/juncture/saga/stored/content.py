"""The bytes of one open file: a position, and the reader, writer or handle that stands there.

Calls of several threads are made one after the other, so that each has a position of its own.

What is opened is opened when it is needed first. A store with the trait RANDOM reads and writes
anywhere; in others a file is written from its beginning to its end, or at its end where the store
appends. What the store could not keep is raised by the call that learns of it, `close` at the last.
"""

from __future__ import annotations

import os
import threading

from juncture._util import at_exit
from juncture.saga import exceptions
from juncture.saga.exceptions import BadParameter
from juncture.saga.storage.values import APPENDS, RANDOM
from juncture.saga.stored.written import whole

TYPE_CHECKING = False
if TYPE_CHECKING:
    from juncture.saga.storage.store import Store
    from juncture.saga.storage.values import Handle, Reader, Writer

_PIECE_BYTES = 1 << 20
_STARTS = {"start": 0, "current": 1, "end": 2}


class Content:
    """The bytes of a file.

    Args:
        store: Where it is.
        path: Its path.
        append: Whether every write goes to the end.
    """

    __slots__ = (
        "__weakref__",
        "_append",
        "_handle",
        "_lock",
        "_owner",
        "_path",
        "_read_from",
        "_reader",
        "_store",
        "_writer",
        "_written",
        "position",
    )

    def __init__(self, store: Store, path: str, *, append: bool) -> None:
        self._store = store
        self._path = path
        self._lock = threading.RLock()
        self._owner = os.getpid()
        self._append = append
        self._reader: Reader | None = None
        self._read_from = 0
        self._writer: Writer | None = None
        self._written = 0
        self._handle: Handle | None = None
        self.position = 0

    def _mine(self) -> threading.RLock:
        """Return the lock; what a process has open that was forked is not ours, but its."""
        if self._owner != os.getpid():
            self._owner = os.getpid()
            self._lock = threading.RLock()
            self._reader = self._writer = self._handle = None
        return self._lock

    # Reading ------------------------------------------------------------------------------------

    def read(self, size: int | None) -> bytes:
        """Return up to `size` bytes from the position on, or all, and go on behind them."""
        with self._mine():
            data = self._read_from_here(size)
            self.position += len(data)
            return data

    def read_at(self, offset: int, size: int) -> bytes:
        """Return the bytes of a range, fewer at the end; the position stays."""
        with self._mine():
            if size <= 0:
                return b""
            if RANDOM in self._store.traits and self._handle is not None:
                return self._handle.read_at(offset, size)
            before, self.position = self.position, offset
            try:
                return self._read_from_here(size)
            finally:
                self.position = before

    def _read_from_here(self, size: int | None) -> bytes:
        self._end_writer()
        if self._handle is not None and size is not None:
            return self._handle.read_at(self.position, size)
        reader = self._reader_here()
        pieces: list[bytes] = []
        left = size
        while left is None or left > 0:
            data = reader.read(_PIECE_BYTES if left is None else left)
            if not data:
                break
            pieces.append(data)
            self._read_from += len(data)
            if left is not None:
                left -= len(data)
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    def _reader_here(self) -> Reader:
        if self._reader is not None and self._read_from != self.position:
            self._end_reader()
        if self._reader is None:
            self._reader = self._store.open_read(self._path, self.position)
            self._read_from = self.position
        return self._reader

    # Writing ------------------------------------------------------------------------------------

    def write(self, data: bytes, *, append: bool = False) -> int:
        """Write at the position, or at the end, and go on behind it; return how many bytes."""
        with self._mine():
            self._end_reader()
            if self._append or append:
                self._write_at_end(data)
            else:
                self.write_at(self.position, data)
                self.position += len(data)
            return len(data)

    def write_at(self, offset: int, data: bytes) -> None:
        """Write all of `data` somewhere; the position stays."""
        with self._mine():
            self._end_reader()
            if RANDOM in self._store.traits:
                self._updated().write_at(offset, data)
                return
            if self._writer is None and offset == 0:
                self._begin_writer(append=False, offset=0)
            if self._writer is None or offset != self._written:
                if offset == self.size() and APPENDS in self._store.traits:
                    self._end_writer()
                    self._begin_writer(append=True, offset=offset)
                else:
                    raise exceptions.NotImplemented(
                        f"files on {self._store.name} are written from the beginning to the end, "
                        f"`{self._path}` cannot be written at {offset}"
                    )
            self._write_on(data)

    def _write_at_end(self, data: bytes) -> None:
        if self._writer is None:
            if APPENDS not in self._store.traits:
                self.write_at(self.size(), data)
                return
            self._begin_writer(append=True, offset=self.size())
        self._write_on(data)
        self.position = self._written

    def _begin_writer(self, *, append: bool, offset: int) -> None:
        self._writer = self._store.open_write(self._path, append=append)
        self._written = offset
        at_exit.close_file(self)

    def _write_on(self, data: bytes) -> None:
        assert self._writer is not None  # noqa: S101 - the caller has begun
        self._writer.write(data)
        self._written += len(data)

    def truncate(self, size: int) -> None:
        """Make the file as long as `size`; the position stays."""
        with self._mine():
            self._end_reader()
            self._end_writer()
            if RANDOM in self._store.traits:
                self._updated().truncate(size)
            elif size == 0:
                self._store.open_write(self._path).close()
            elif size != self.size():
                raise exceptions.NotImplemented(
                    f"files on {self._store.name} are written whole, `{self._path}` cannot be cut"
                )

    def _updated(self) -> Handle:
        self._end_writer()
        if self._handle is None:
            self._handle = self._store.open_update(self._path)
            at_exit.close_file(self)
        return self._handle

    # Place and length ---------------------------------------------------------------------------

    def seek(self, offset: int, whence: object) -> int:
        """Move the position, and return it.

        Args:
            offset: Bytes, which may be negative.
            whence: START, CURRENT or END, or 0, 1 or 2 as in `os`; None means START.
        """
        with self._mine():
            start = 0 if whence is None else whence
            if isinstance(start, str):
                start = _STARTS.get(start.lower(), start)
            if start not in (0, 1, 2):
                raise BadParameter(f"a seek starts at START, CURRENT or END, found {whence!r}")
            offset = whole(offset, "the offset of a seek")
            base = self.size() if start == _STARTS["end"] else self.position if start else 0
            if base + offset < 0:
                raise BadParameter(
                    f"byte {base + offset} of `{self._path}` is before its beginning"
                )
            self.position = base + offset
            return self.position

    def size(self) -> int:
        """Return how long the file is, with all that was written."""
        with self._mine():
            self._end_writer()
            if self._handle is not None:
                return self._handle.size()
            size = self._store.stat(self._path).size_bytes
            if size is None:
                raise exceptions.NotImplemented(
                    f"{self._store.name} does not tell lengths of files"
                )
            return size

    def close(self) -> None:
        """Let go of the file, and raise what the store could not keep."""
        with self._mine():
            handle, self._handle = self._handle, None
            try:
                self._end_reader()
                self._end_writer()
            finally:
                if handle is not None:
                    handle.close()

    def __del__(self) -> None:
        """Have the store keep what was written to a file that nobody closed."""
        try:
            self.close()
        except Exception:
            import logging

            logging.getLogger(__name__).exception("what was written to `%s` is lost", self._path)

    def _end_reader(self) -> None:
        reader, self._reader = self._reader, None
        if reader is not None:
            reader.close()

    def _end_writer(self) -> None:
        writer, self._writer = self._writer, None
        if writer is not None:
            writer.close()
