"""The log of a daemon on disk: descriptors 1 and 2 of the daemon, and what readers are sent from.

An append-only file of mode 0600 in a private directory. Whoever writes never waits for whoever
reads. What every attached reader has been sent, beyond the last `KEEP_BYTES`, is given back to the
file system by punching a hole (fallocate(2)), so that offsets stay what they are; where the file
system cannot, the file just grows. The file outlives the daemon if that is killed, so that a
command can still show its last lines.
"""

from __future__ import annotations

import ctypes
import os
import select
import sys

from juncture._util import private
from juncture.runtime.transport import TransportError, temporary_directory

KEEP_BYTES = 64 * 1024 * 1024
"""Bytes of log that are kept for `daemon logs` and `daemon attach`, at least."""

DIRECTORY_VARIABLE = "JUNCTURE_SPOOL_DIR"
"""Environment variable that names where spools are made instead of the temporary directory."""

_PUNCH_HOLE = 0x02 | 0x01  # FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, linux/falloc.h
_IN_MODIFY = 0x02  # inotify(7)
_IN_ONESHOT = 0x80000000
_IN_FLAGS = 0o2004000  # IN_NONBLOCK | IN_CLOEXEC
_EVENTS_BYTES = 65536


def create() -> tuple[str, int]:
    """Make an empty spool and return its path and an appending descriptor.

    Raises:
        TransportError: no directory can hold it.
    """
    try:
        bases = (os.environ.get(DIRECTORY_VARIABLE, ""), temporary_directory())
        path = os.path.join(private.make_private_directory(bases), "log")
        try:
            return path, private.open_private(path, os.O_RDWR | os.O_APPEND)
        except OSError:
            remove(path)
            raise
    except OSError as error:
        raise TransportError(
            f"no directory for the log: {error}",
            hint=f"set {DIRECTORY_VARIABLE} or TMPDIR to a directory of yours with free space",
        ) from error


def remove(path: str) -> None:
    """Remove a spool and its directory, as far as they are there."""
    for action, target in ((os.unlink, path), (os.rmdir, os.path.dirname(path))):
        try:
            action(target)
        except OSError:  # gone already
            continue


class Spool:
    """An open spool.

    Attributes:
        fd: Its descriptor.
        released: Offset below which nothing is kept.
    """

    def __init__(self, path: str, fd: int) -> None:
        self.path = path
        self.fd = fd
        self.released = 0
        self._can_release = sys.platform == "linux"

    def size(self) -> int:
        """Return how many bytes have been written since the daemon started."""
        return os.fstat(self.fd).st_size

    @property
    def watch_path(self) -> str:
        """A path of the open file itself, which stays right if its name is cleaned away."""
        path = f"/proc/self/fd/{self.fd}"
        return path if os.path.exists(path) or os.path.islink(path) else self.path

    def release(self, before: int) -> None:
        """Give back what lies before an offset, except for the last `KEEP_BYTES` of the file."""
        before = min(before, self.size() - KEEP_BYTES)
        if not self._can_release or before - self.released < KEEP_BYTES:
            return
        libc = ctypes.CDLL(None, use_errno=True)
        libc.fallocate.argtypes = (ctypes.c_int, ctypes.c_int, ctypes.c_int64, ctypes.c_int64)
        if libc.fallocate(self.fd, _PUNCH_HOLE, self.released, before - self.released):
            self._can_release = False
        else:
            self.released = before


class Watch:
    """Readable when a file has grown since `arm`, whoever wrote: inotify(7), or kqueue elsewhere.

    On Linux it tells once and must then be armed again: until then writers do not pay for it.
    """

    def __init__(self, path: str) -> None:
        if sys.platform == "linux":
            self._path = os.fsencode(path)
            self._libc = ctypes.CDLL(None, use_errno=True)
            self._fd = self._libc.inotify_init1(_IN_FLAGS)
            if self._fd < 0:
                raise _os_error(path)
            try:
                self.arm()
            except OSError:
                os.close(self._fd)
                raise
        else:
            self._file = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
            self._queue = select.kqueue()
            event = select.kevent(
                self._file,
                filter=select.KQ_FILTER_VNODE,
                flags=select.KQ_EV_ADD | select.KQ_EV_CLEAR,
                fflags=select.KQ_NOTE_WRITE | select.KQ_NOTE_EXTEND,
            )
            self._queue.control([event], 0)
            self._fd = self._queue.fileno()

    def fileno(self) -> int:
        """Return the descriptor to wait on."""
        return int(self._fd)

    def arm(self) -> None:
        """Tell of what is written from now on."""
        if sys.platform == "linux":
            mask = _IN_MODIFY | _IN_ONESHOT
            if self._libc.inotify_add_watch(self._fd, self._path, mask) < 0:
                raise _os_error(os.fsdecode(self._path))

    def clear(self) -> None:
        """Take the events that have come."""
        if sys.platform == "linux":
            try:
                os.read(self._fd, _EVENTS_BYTES)
            except BlockingIOError:
                return
        else:
            self._queue.control(None, 16, 0)

    def close(self) -> None:
        """Stop watching."""
        if sys.platform == "linux":
            os.close(self._fd)
        else:
            self._queue.close()
            os.close(self._file)


def _os_error(path: str) -> OSError:
    number = ctypes.get_errno()
    return OSError(number, os.strerror(number), path)
