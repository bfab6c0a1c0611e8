"""How the two sides reach each other: a Unix socket between processes of one user of one host.

This is the whole of what a platform must provide to `juncture_client` and, with
`juncture.runtime.transport`, to the runtime. POSIX is implemented; the peer is authenticated where
the kernel tells who it is (Linux, `SO_PEERCRED`, unix(7)).

Every command imports this module first, so it uses the C module under `socket`: `socket` itself
costs as much to import as everything else that a command needs.
"""

from __future__ import annotations

import _socket
import os
import sys

Socket = _socket.socket

_UCRED_BYTES = 12

NO_SIGNAL: int = getattr(_socket, "MSG_NOSIGNAL", 0)
"""For `send`: an embedded Python, or what an adaptor imports, may not ignore SIGPIPE; a peer that
is gone must not end this process so."""


class PeerError(OSError):
    """The process at the other end belongs to another user."""


def peer(sock: Socket) -> tuple[int, int] | None:
    """Return `(pid, uid)` of the process at the other end; None where the kernel does not say."""
    option = getattr(_socket, "SO_PEERCRED", None)
    if option is None:
        return None
    ucred = sock.getsockopt(_socket.SOL_SOCKET, option, _UCRED_BYTES)
    return _native_int(ucred[:4]), _native_int(ucred[4:8])


def check_peer(sock: Socket) -> int:
    """Return the pid of the peer (0: unknown).

    Raises:
        PeerError: the peer runs as another user.
    """
    who = peer(sock)
    if who is None:
        return 0
    if who[1] != os.geteuid():
        raise PeerError(f"process {who[0]} at the other end belongs to user {who[1]}")
    return who[0]


def connect(path: str) -> Socket:
    """Return a connected, blocking socket to the server that listens at `path`.

    Raises:
        PeerError: the server belongs to another user.
        OSError: nobody listens there.
    """
    sock = _socket.socket(_socket.AF_UNIX, _socket.SOCK_STREAM)
    try:
        sock.connect(path)
        check_peer(sock)
    except BaseException:
        sock.close()
        raise
    return sock


def _native_int(data: bytes) -> int:
    return int.from_bytes(data, sys.byteorder)
