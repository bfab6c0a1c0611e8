"""Open files of the file system that `fsspec_bridge` makes of a store, and its failures."""

from __future__ import annotations

import errno
from contextlib import contextmanager, suppress
from importlib import import_module
from typing import Any

from juncture.saga import exceptions
from juncture.saga.exceptions import SagaException
from juncture.saga.storage import making
from juncture.saga.storage.parts import part_name
from juncture.saga.storage.values import APPENDS, WHOLE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Generator

    from juncture.saga.storage.store import Store
    from juncture.saga.storage.values import Stat, Writer

_spec: Any = import_module("fsspec.spec")  # it has no types

_PIECE_BYTES = 1 << 20
_OWNER_ONLY = 0o600
_NUMBERS: tuple[tuple[type[SagaException], int], ...] = (
    (exceptions.DoesNotExist, errno.ENOENT),
    (exceptions.AlreadyExists, errno.EEXIST),
    (exceptions.PermissionDenied, errno.EACCES),
    (exceptions.AuthenticationFailed, errno.EACCES),
    (exceptions.AuthorizationFailed, errno.EACCES),
    (exceptions.BadParameter, errno.EINVAL),
    (exceptions.NotImplemented, errno.ENOTSUP),
    (exceptions.Timeout, errno.ETIMEDOUT),
)


class StoreFile(_spec.AbstractBufferedFile):  # type: ignore[misc] # fsspec has no types
    """One open file; what is written is under its name once it is closed."""

    closed: Any
    _writer: Writer | None = None
    _part = ""
    _kept: Stat | None = None

    def __exit__(self, kind: object, *_: object) -> None:
        if kind is not None and self.mode != "rb" and not self.closed:
            self.discard()
            self.closed = True
            return
        self.close()

    def __del__(self) -> None:
        if not self.closed and self.mode != "rb":
            self.discard()  # nobody said that it is whole
            self.closed = True

    def _fetchread_range(self, start: int, end: int) -> bytes:
        with as_os_error(self.path):
            return read_range(self.fs.store, self.fs.path_of(self.path), start, end)

    def _initiate_upload(self) -> None:
        store: Store = self.fs.store
        there: str = self.fs.path_of(self.path)
        with as_os_error(self.path):
            if self.mode == "ab" and store.exists(there):
                if APPENDS not in store.traits:
                    raise exceptions.NotImplemented(f"{store.name} cannot append to `{there}`")
                self._writer = store.open_write(there, append=True)
            elif WHOLE in store.traits:
                self._writer = store.open_write(there, exclusive=self.mode == "xb")
            else:
                self._part = part_name(there)
                self._kept = making.kept(store, there)
                mode = None if self._kept is None else _OWNER_ONLY
                self._writer = store.open_write(self._part, exclusive=True, mode=mode)

    def _upload_chunk(self, final: bool = False) -> bool:
        writer = self._writer
        if writer is None:
            raise ValueError(f"`{self.path}` was not opened to be written")
        with as_os_error(self.path):
            try:
                data = self.buffer.getvalue()
                if data:
                    writer.write(data)
                if final:
                    writer.close()
            except BaseException:
                self.discard()
                raise
        if final and self.autocommit:
            self.commit()
        return True

    def commit(self) -> None:
        """Give the file its name."""
        self._writer = None
        if not self._part:
            return
        try:
            with as_os_error(self.path):
                there = self.fs.path_of(self.path)
                self.fs.store.settle(self._part, self._kept)
                self.fs.store.rename(self._part, there, replace=self.mode != "xb")
        except BaseException:
            self.discard()
            raise
        self._part = ""

    def discard(self) -> None:
        """Forget what was written; what was there before stays."""
        writer, self._writer = self._writer, None
        part, self._part = self._part, ""
        if writer is not None:
            writer.abort()
        if part:
            with suppress(SagaException):
                self.fs.store.remove(part)


def read_range(store: Store, path: str, begin: int, end: int | None) -> bytes:
    """Return the bytes of a range of a file; fewer where it ends before."""
    reader = store.open_read(path, begin)
    try:
        pieces: list[bytes] = []
        left = None if end is None else end - begin
        while left is None or left > 0:
            data = reader.read(_PIECE_BYTES if left is None else min(left, _PIECE_BYTES))
            if not data:
                break
            pieces.append(data)
            left = None if left is None else left - len(data)
        return b"".join(pieces)
    finally:
        reader.close()


@contextmanager
def as_os_error(path: str) -> Generator[None]:
    """Raise what stores raise as what callers of fsspec expect."""
    try:
        yield
    except SagaException as error:
        number = getattr(error.__cause__, "errno", None)
        if not isinstance(number, int):
            number = next((code for kind, code in _NUMBERS if isinstance(error, kind)), errno.EIO)
        raise OSError(number, error.message, path) from error
