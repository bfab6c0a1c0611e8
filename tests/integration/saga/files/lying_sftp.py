"""An SFTP server that lies: `lying_sftp.py SERVER LIE` adds LIE to the length of each file."""

import os
import stat
import struct
import subprocess
import sys
import threading

ATTRS, HAS_SIZE, HAS_ALL = 105, 1, 15
HEAD = struct.Struct(">IBIIQIII")


def changed(packet, lie):
    """Return a packet with the lie in it, if it tells of a file."""
    if packet[4] != ATTRS:
        return packet
    length, kind, number, flags, size, uid, gid, mode = HEAD.unpack_from(packet)
    if flags & HAS_ALL != HAS_ALL or not stat.S_ISREG(mode):
        return packet
    head = HEAD.pack(length, kind, number, flags, max(0, size + lie), uid, gid, mode)
    return head + packet[HEAD.size :]


def forward(server):
    """Give the server what it is asked."""
    while data := os.read(0, 1 << 16):
        server.stdin.write(data)
        server.stdin.flush()
    server.stdin.close()


def main(program, lie):
    with subprocess.Popen([program], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as server:
        threading.Thread(target=forward, args=(server,), daemon=True).start()
        while head := server.stdout.read(4):
            packet = head + server.stdout.read(int.from_bytes(head, "big"))
            sys.stdout.buffer.write(changed(packet, lie))
            sys.stdout.buffer.flush()


main(sys.argv[1], int(sys.argv[2]))
