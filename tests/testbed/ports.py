"""Ports for servers that must be told theirs, and keep it while they are down.

The kernel gives whoever connects, or listens anywhere, a port of one range. One from outside of it
nobody takes by chance between the look here and the start of a server, or while one is down.
"""

import errno
import secrets
import socket
from pathlib import Path

_RANGE = Path("/proc/sys/net/ipv4/ip_local_port_range")
_LOWEST, _USUAL = 10_000, 32_768


def free_port(address="127.0.0.1"):
    """Return a port of an address on which nobody listens, and which the kernel gives nobody."""
    lowest_given = int(_RANGE.read_text(encoding="ascii").split()[0])
    ours = range(_LOWEST, lowest_given if lowest_given > _LOWEST else _USUAL)
    while True:
        port = secrets.choice(ours)
        with socket.socket() as probe:
            try:
                probe.bind((address, port))
            except OSError as error:
                if error.errno != errno.EADDRINUSE:
                    raise
            else:
                return port
