"""Open files of fsspec as the readers and writers of a store."""

from __future__ import annotations

from collections import deque
from contextlib import suppress

from juncture.saga.adaptors.fsspec_file.failures import as_saga
from juncture.saga.storage.failures import ConnectionLost

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Future
    from typing import Any

_BLOCK_BYTES = 1 << 22
_AHEAD = 2


class FileReader:
    """A reader over an open file.

    Args:
        file: What fsspec's `open` returned, at the right place.
        path: Its path, for messages.
        name: The name of the store.
    """

    def __init__(self, file: Any, path: str, name: str) -> None:
        self._file = file
        self._path = path
        self._name = name

    def read(self, size: int) -> bytes:
        """Return up to `size` of the next bytes; none means the end."""
        try:
            return bytes(self._file.read(size))
        except Exception as error:
            raise as_saga(error, self._path, self._name) from error

    def close(self) -> None:
        """Let go of the file."""
        with suppress(Exception):
            self._file.close()


class BlockReader:
    """A reader that asks for one range after the other, a few ahead of what is read.

    Args:
        fetch: Called with begin and end; returns a future of these bytes.
        begin: Where to start.
        end: How long the file is.
        path: Its path, for messages.
        name: The name of the store.
    """

    def __init__(
        self, fetch: Callable[[int, int], Future[bytes]], begin: int, end: int, path: str, name: str
    ) -> None:
        self._fetch = fetch
        self._next = begin
        self._end = end
        self._path = path
        self._name = name
        self._coming: deque[tuple[int, Future[bytes]]] = deque()
        self._block = b""
        self._at = 0

    def read(self, size: int) -> bytes:
        """Return up to `size` of the next bytes; none means the end."""
        if self._at >= len(self._block) and not self._load():
            return b""
        data = self._block[self._at : self._at + size]
        self._at += len(data)
        return data

    def _load(self) -> bool:
        while len(self._coming) < _AHEAD and self._next < self._end:
            end = min(self._next + _BLOCK_BYTES, self._end)
            self._coming.append((end - self._next, self._fetch(self._next, end)))
            self._next = end
        if not self._coming:
            return False
        wanted, future = self._coming.popleft()
        try:
            data = bytes(future.result())
        except Exception as error:
            raise as_saga(error, self._path, self._name) from error
        if len(data) != wanted:
            raise ConnectionLost(
                f"`{self._path}` on {self._name} gave {len(data)} bytes of a range of {wanted}"
            )
        self._block = data
        self._at = 0
        return True

    def close(self) -> None:
        """Let go of the file."""
        while self._coming:
            self._coming.popleft()[1].cancel()
        self._block = b""


class FileWriter:
    """A writer over an open file.

    Args:
        file: What fsspec's `open` returned.
        path: Its path, for messages.
        name: The name of the store.
    """

    def __init__(self, file: Any, path: str, name: str) -> None:
        self._file = file
        self._path = path
        self._name = name
        self._done = False

    def write(self, data: bytes) -> None:
        """Write all of `data`."""
        left = memoryview(data)
        try:
            while left:
                done = self._file.write(left)
                if done is None or done >= len(left):
                    return
                left = left[done:]
        except Exception as error:
            raise as_saga(error, self._path, self._name) from error

    def skip(self, size: int) -> None:
        """Write zeros: there are no holes here."""
        self.write(bytes(size))

    def close(self) -> None:
        """Return when the back end has all bytes, or raise why not."""
        if self._done:
            return
        try:
            self._file.close()
            self._done = True
        except Exception as error:
            self.abort()
            raise as_saga(error, self._path, self._name) from error

    def abort(self) -> None:
        """Let go of the file without sending more."""
        self._done = True
        file = self._file
        with suppress(Exception):
            file.discard()
        with suppress(Exception):
            file.closed = True  # or its finaliser would send what is left, and call that whole

    def __del__(self) -> None:
        if not self._done:
            self.abort()  # nobody said that it is whole
