"""Bytes of this host's files: open files, and copies from one to another."""

from __future__ import annotations

import errno
import os
import stat as modes

from juncture.saga.exceptions import BadParameter
from juncture.saga.storage.failures import failure

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

_SMALL_BYTES = 1 << 17
_PIECE_BYTES = 1 << 20
_BLOCK_BYTES = 512
_AT_ONCE_BYTES = 1 << 26
_UNKNOWN_BYTES = 1 << 62
_NOT_HERE = frozenset(
    (errno.EXDEV, errno.EINVAL, errno.ENOSYS, errno.EOPNOTSUPP, errno.EPERM, errno.EBADF)
)
"""Between these two files the kernel cannot do it in this way."""


class _Open:
    """A descriptor that is closed once."""

    __slots__ = ("_file", "_path")

    def __init__(self, path: str, flags: int, mode: int = 0) -> None:
        self._file = -1
        self._path = path
        try:
            self._file = os.open(path, flags | os.O_CLOEXEC, mode)
        except OSError as error:
            raise failure(error, path) from error

    def fileno(self) -> int:
        """Return the descriptor."""
        return self._file

    def close(self) -> None:
        """Let go of the file."""
        file, self._file = self._file, -1
        if file >= 0:
            try:
                os.close(file)
            except OSError as error:
                raise failure(error, self._path) from error

    def __del__(self) -> None:
        if self._file >= 0:
            os.close(self._file)


class LocalReader(_Open):
    """The bytes of a file from some place on."""

    __slots__ = ()

    def __init__(self, path: str, offset: int) -> None:
        super().__init__(path, os.O_RDONLY)
        try:
            if offset:
                os.lseek(self._file, offset, os.SEEK_SET)
        except OSError as error:
            raise failure(error, path) from error

    def read(self, size: int) -> bytes:
        """Return up to `size` of the next bytes; none means the end."""
        try:
            return os.read(self._file, size)
        except OSError as error:
            raise failure(error, self._path) from error

    def skip_hole(self) -> int:
        """Go on to the end of a hole, and return how far that was; 0: what comes next is data.

        A copy of a file of many gigabytes of which little was written need not read its zeros.
        """
        try:
            here = os.lseek(self._file, 0, os.SEEK_CUR)
            try:
                there = os.lseek(self._file, here, os.SEEK_DATA)
            except OSError as error:
                if error.errno != errno.ENXIO:
                    return 0  # this file system knows of no holes
                # Nothing but a hole, or the end.
                size = os.fstat(self._file).st_size
                there = os.lseek(self._file, max(here, size), os.SEEK_SET)
        except OSError as error:
            raise failure(error, self._path) from error
        return there - here


class LocalWriter(_Open):
    """A file that is being written from some place on."""

    __slots__ = ()

    def write(self, data: bytes) -> None:
        """Write all of `data`."""
        try:
            write_all(self._file, data)
        except OSError as error:
            raise failure(error, self._path) from error

    def skip(self, size: int) -> None:
        """Go on `size` bytes further, leaving a hole."""
        try:
            end = os.lseek(self._file, size, os.SEEK_CUR)
            os.ftruncate(self._file, max(end, os.fstat(self._file).st_size))
        except OSError as error:
            raise failure(error, self._path) from error

    def abort(self) -> None:
        """Let go of the file."""
        self.close()


class LocalHandle(_Open):
    """A file that is open for bytes anywhere in it."""

    __slots__ = ()

    def __init__(self, path: str) -> None:
        try:
            super().__init__(path, os.O_RDWR)
        except PermissionError:
            super().__init__(path, os.O_WRONLY)

    def read_at(self, offset: int, size: int) -> bytes:
        """Return the bytes of a range; fewer at the end of the file."""
        try:
            data = os.pread(self._file, size, offset)
            if len(data) == size or not data:
                return data
            pieces = [data]
            have = len(data)
            while have < size and (data := os.pread(self._file, size - have, offset + have)):
                pieces.append(data)
                have += len(data)
            return b"".join(pieces)
        except OSError as error:
            raise failure(error, self._path) from error

    def write_at(self, offset: int, data: bytes) -> None:
        """Write all of `data`."""
        try:
            done = os.pwrite(self._file, data, offset)
            while done < len(data):
                done += os.pwrite(self._file, memoryview(data)[done:], offset + done)
        except OSError as error:
            raise failure(error, self._path) from error

    def truncate(self, size: int) -> None:
        """Make the file as long as `size`."""
        try:
            os.ftruncate(self._file, size)
        except OSError as error:
            raise failure(error, self._path) from error

    def size(self) -> int:
        """Return how long the file is now."""
        return os.fstat(self._file).st_size


def read_known(path: str, most_bytes: int) -> tuple[bytes, os.stat_result]:
    """Return the beginning of a file, and what is known of it after it was read.

    Raises:
        OSError: it cannot be read.
        BadParameter: it is a device, a pipe or a socket, whose bytes may never come or never end.
    """
    file = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    try:
        found = os.fstat(file)
        if not (modes.S_ISREG(found.st_mode) or modes.S_ISDIR(found.st_mode)):
            raise BadParameter(f"`{path}` is neither a file nor a directory")
        size = found.st_size
        pieces: list[bytes] = []
        left = most_bytes
        while left and (data := os.read(file, min(max(size, _BLOCK_BYTES) + 1, left))):
            pieces.append(data)
            left -= len(data)
            if len(data) == size and len(pieces) == 1:
                break  # one byte more was asked for, so this is the end
        return pieces[0] if len(pieces) == 1 else b"".join(pieces), os.fstat(file)
    finally:
        os.close(file)


def write_all(file: int, data: bytes) -> None:
    """Write all of `data` where the descriptor stands."""
    done = os.write(file, data)
    while done < len(data):
        done += os.write(file, memoryview(data)[done:])


def copy_all(
    source: int, target: int, found: os.stat_result, told: Callable[[int], None] | None
) -> None:
    """Copy the content of one open file into another, new one; what is a hole stays one."""
    size = found.st_size
    if size > _SMALL_BYTES and found.st_blocks * _BLOCK_BYTES < size:
        _copy_sparse(source, target, size, told)
    elif size <= _SMALL_BYTES and size:
        data = os.read(source, size + 1)
        while data:
            write_all(target, data)
            if len(data) == size or os.fstat(source).st_size != size:
                break  # that was all, or it has changed, and may grow all the time
            data = os.read(source, _PIECE_BYTES)
    else:
        # A file that grows all the time is copied to where it ended, and found to have changed.
        _copy_bytes(source, target, size or _UNKNOWN_BYTES, told)


def _copy_sparse(source: int, target: int, size: int, told: Callable[[int], None] | None) -> None:
    try:
        position = os.lseek(source, 0, os.SEEK_DATA)
    except OSError as error:
        if error.errno != errno.ENXIO:
            os.lseek(source, 0, os.SEEK_SET)
            _copy_bytes(source, target, size, told)  # this file system knows of no holes
            return
        position = size  # nothing but a hole
    while position < size:
        end = _seek(source, position, os.SEEK_HOLE)
        if end is None:
            break  # it is shorter now, and has changed
        os.lseek(source, position, os.SEEK_SET)
        os.lseek(target, position, os.SEEK_SET)
        _copy_bytes(source, target, end - position, told)
        found = _seek(source, end, os.SEEK_DATA)
        if found is None:
            break
        position = found
    os.ftruncate(target, size)


def _seek(file: int, position: int, what: int) -> int | None:
    """Return where the next hole or the next data are; None: there are none."""
    try:
        return os.lseek(file, position, what)
    except OSError as error:
        if error.errno != errno.ENXIO:
            raise
        return None


def _copy_bytes(source: int, target: int, size: int, told: Callable[[int], None] | None) -> int:
    """Copy up to `size` bytes, as the kernel can do it best; return how many there were."""
    left = size
    for way in _ways:
        try:
            while left and (done := way(source, target, min(left, _AT_ONCE_BYTES))):
                left -= done
                if told is not None:
                    told(done)
        except OSError as error:
            if error.errno not in _NOT_HERE or left != size:
                raise
            continue
        if left != size:
            break
        # Some file systems answer 0 for files whose length they do not know: the next way tells.
    return size - left


def _send(source: int, target: int, size: int) -> int:
    return os.sendfile(target, source, None, size)


def _through_memory(source: int, target: int, size: int) -> int:
    data = os.read(source, min(size, _PIECE_BYTES))
    if data:
        write_all(target, data)
    return len(data)


_ways: tuple[Callable[[int, int, int], int], ...] = (
    *((os.copy_file_range,) if hasattr(os, "copy_file_range") else ()),
    *((_send,) if os.uname().sysname == "Linux" else ()),
    _through_memory,
)
