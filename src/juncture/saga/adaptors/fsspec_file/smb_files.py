"""Open files of SMB: every piece is sent at once, so that closing sends no more."""

from __future__ import annotations

import threading
from contextlib import contextmanager

from juncture.saga.adaptors.fsspec_file.failures import as_saga
from juncture.saga.adaptors.fsspec_file.streams import FileReader, FileWriter

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Generator
    from typing import Any


class SmbReader(FileReader):
    """A file that is read."""

    def close(self) -> None:
        """Let go of the file."""
        _let_go(self._file)

    def __del__(self) -> None:
        self.close()


class SmbWriter(FileWriter):
    """A file that is written."""

    def abort(self) -> None:
        """Let go of the file."""
        self._done = True
        _let_go(self._file)


class SmbHandle:
    """A file that is open for bytes anywhere in it."""

    def __init__(self, file: Any, path: str, name: str) -> None:
        self._file = file
        self._path = path
        self._name = name
        self._guard = threading.Lock()

    @contextmanager
    def _using(self) -> Generator[Any]:
        try:
            with self._guard:
                yield self._file
        except Exception as error:
            raise as_saga(error, self._path, self._name) from error

    def read_at(self, offset: int, size: int) -> bytes:
        """Return the bytes of a range; fewer at the end of the file."""
        pieces: list[bytes] = []
        with self._using() as file:
            file.seek(offset)
            while size > 0 and (data := file.read(size)):
                pieces.append(data)
                size -= len(data)
        return b"".join(pieces)

    def write_at(self, offset: int, data: bytes) -> None:
        """Write all of `data`, and return when the server has it."""
        left = memoryview(data)
        with self._using() as file:
            file.seek(offset)
            while left:
                left = left[file.write(left) :]

    def truncate(self, size: int) -> None:
        """Make the file as long as `size`."""
        with self._using() as file:
            file.truncate(size)

    def size(self) -> int:
        """Return how long the file is now, as far as this handle knows."""
        with self._using() as file:
            return int(file.seek(0, 2))

    def close(self) -> None:
        """Let go of the file."""
        with self._using() as file:
            file.close()

    def __del__(self) -> None:
        _let_go(self._file)


def _let_go(file: Any) -> None:
    try:
        file.close()
    except Exception:  # noqa: BLE001 - the connection is gone, and the handle with it
        file.fd._connected = False
