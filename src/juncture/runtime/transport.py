"""Where servers listen: a Unix socket with a random name in a 0700 directory of the user.

The directory is made in `XDG_RUNTIME_DIR`, else in the temporary directory, else in `/tmp`: the
first where the path fits a socket address (unix(7): 108 bytes with the final zero on Linux, 104 on
macOS) and where no other user could replace it. Nothing is shared between users or daemons.

With `juncture_client.transport` this is all that another platform would have to provide.
"""

from __future__ import annotations

import os
import socket
import sys

from juncture._util import private
from juncture.errors import JunctureError
from juncture_client import transport

TYPE_CHECKING = False
if TYPE_CHECKING:
    from juncture_client.transport import Socket

LONGEST_SOCKET_PATH = 107 if sys.platform == "linux" else 103
"""Bytes of the longest path a socket can be bound to."""

_NAME = "socket"


preferred_bases: list[str] = []
"""Directories to try first; a daemon puts its own here, so that all its sockets go with it."""


class TransportError(JunctureError):
    """No socket can be made on this host as it is."""


class Listener:
    """A listening Unix socket and the private directory it lives in.

    Attributes:
        path: Path of the socket.
        directory: Its directory, removed by `close`.
    """

    def __init__(self) -> None:
        try:
            self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        except OSError as error:
            raise TransportError(
                f"cannot make a socket: {error.strerror}",
                hint="raise the limit of open files, `ulimit -n`",
            ) from error
        try:
            self.directory = private.make_private_directory(
                (*preferred_bases, *_bases()),
                longest_path=LONGEST_SOCKET_PATH - len(_NAME) - 1,
            )
        except OSError as error:
            self._socket.close()
            raise TransportError(
                f"no directory for a socket: {error}",
                hint="set XDG_RUNTIME_DIR or TMPDIR to a directory of yours with a short path",
            ) from error
        self.path = os.path.join(self.directory, _NAME)
        try:
            self._socket.setblocking(False)
            self._socket.bind(self.path)
            os.chmod(self.path, 0o600)
            self._socket.listen(64)
        except OSError as error:
            self.close()
            raise TransportError(
                f"cannot listen at `{self.path}`: {error.strerror}",
                hint="set XDG_RUNTIME_DIR or TMPDIR to another directory",
            ) from error

    def fileno(self) -> int:
        """Return the descriptor to wait on for a client."""
        return self._socket.fileno()

    def accept(self) -> tuple[Socket, int] | None:
        """Return the next client as `(non-blocking socket, pid)`; pid 0 means unknown.

        None means that there is none, or that it belonged to another user and was turned away.
        """
        try:
            client, _ = self._socket.accept()
        except (BlockingIOError, ConnectionAbortedError):
            return None
        client.setblocking(False)
        try:
            return client, transport.check_peer(client)
        except OSError:
            client.close()
            return None

    def abandon(self) -> None:
        """In a forked child: close its copy of the socket, and leave the files."""
        self._socket.close()

    def close(self) -> None:
        """Stop listening and remove the socket and its directory; harmless when repeated."""
        self._socket.close()
        for remove, path in ((os.unlink, self.path), (os.rmdir, self.directory)):
            try:
                remove(path)
            except OSError:  # gone already, or not ours to remove: nothing to do about it
                continue


def _bases() -> tuple[str, ...]:
    return os.environ.get("XDG_RUNTIME_DIR", ""), temporary_directory(), "/tmp"  # noqa: S108 - a base for a private directory


def temporary_directory() -> str:
    """Return the directory for temporary files: `TMPDIR` if it is usable, else the system's."""
    import tempfile

    return tempfile.gettempdir()
