"""Floor of every conversation: 64 bytes to another process over AF_UNIX, and back."""

from __future__ import annotations

import os
import socket
import sys

from living import serve, timed

MESSAGE = bytes(64)


def main() -> None:
    near, far = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
    if os.fork() == 0:
        near.close()
        while data := far.recv(4096):
            far.sendall(data)
        os._exit(0)
    far.close()

    def round_trip() -> None:
        near.sendall(MESSAGE)
        near.recv(4096)

    serve(timed(round_trip, paced="--paced" in sys.argv))


if __name__ == "__main__":
    main()
