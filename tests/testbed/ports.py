"""Ports that stay ours: a server may be started on one, killed, and started there again.

A port that was only looked for is anybody's until the server listens there, and again while it is
down: every connection that a program on this machine makes takes one.
"""

import socket


def kept(address="127.0.0.1"):
    """Return a socket that keeps a free port of an address as long as it is open.

    It does not listen. Nobody else gets the port but who binds to that number with `SO_REUSEADDR`,
    as servers do.
    """
    found = socket.socket()
    found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    found.bind((address, 0))
    return found
