"""A host of its own behind a wire that tests can cut, delay and make lose packets; only as root.

The host is a network namespace; the wire is two tun devices, one in it and one here, and a process
that carries packets between them. So no kernel module for delays is needed, no packet filter and no
bridge, nothing can take another way, and everything goes when the process and the namespace go.
The addresses are a random pair of 198.18.0.0/15, which RFC 2544 sets aside for tests.

Run as a program, this is the process: `wire.py NAMESPACE DEVICE`. It reads lines
`DELAY_S LOSS_PERCENT` and says `ok` to each.
"""

import ctypes
import fcntl
import heapq
import itertools
import os
import random
import select
import shutil
import struct
import subprocess
import sys
import time
from pathlib import Path

_TUN = "/dev/net/tun"
_SET_INTERFACE = 0x400454CA  # TUNSETIFF
_TUN_WITHOUT_HEADER = 0x0001 | 0x1000  # IFF_TUN | IFF_NO_PI
_NETWORK_NAMESPACE = 0x40000000  # CLONE_NEWNET


def why_not():
    """Return why there can be no wire here, or an empty string."""
    if os.geteuid() != 0:
        return "only root can make network namespaces"
    for program in ("ip", "unshare"):
        if not shutil.which(program):
            return f"`{program}` is not installed"
    if not os.path.exists(_TUN):
        return f"there is no `{_TUN}`"
    with Path(_TUN).open("rb+", buffering=0) as device:
        try:
            _attach(device.fileno(), f"jt{os.urandom(3).hex()}")
        except OSError as error:
            return f"no network device can be made: {error}"
    return ""


class Wire:
    """A namespace and the wire to it; a context manager.

    Attributes:
        here: Our address on it.
        there: The address of the host.
        enter: The argv before a command that is to run on the host.
    """

    def __init__(self):
        self.name = f"jt{os.urandom(4).hex()}"
        self.here, self.there = _pair()
        while _is_taken(self.here):
            self.here, self.there = _pair()
        named = 'hostname "$0" && exec "$@"'
        self.enter = ["ip", "netns", "exec", self.name, "unshare", "--uts", "sh", "-c", named]
        self.enter.append(f"far-{self.name}")
        self._process = None

    def __enter__(self):
        _run("ip", "netns", "add", self.name)
        try:
            self._process = subprocess.Popen(
                [sys.executable, __file__, self.name, self.name],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
            self.set()
            for words, mine, peer in (
                (("ip",), self.here, self.there),
                (("ip", "-n", self.name), self.there, self.here),
            ):
                _run(*words, "addr", "add", mine, "peer", peer, "dev", self.name)
                _run(*words, "link", "set", "dev", self.name, "up")
            _run("ip", "-n", self.name, "link", "set", "dev", "lo", "up")
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process.stdin.close()
            self._process.stdout.close()
        _run("ip", "netns", "del", self.name)

    def remains(self):
        """Return what is still there of a wire that is over."""
        places = (Path("/run/netns", self.name), Path("/sys/class/net", self.name))
        return [str(place) for place in places if place.exists()]

    def set(self, *, delay_s=0.0, loss_percent=0.0):
        """Make the wire slow, one way, and lossy, both ways."""
        self._process.stdin.write(f"{delay_s} {loss_percent}\n")
        self._process.stdin.flush()
        assert self._process.stdout.readline() == "ok\n"

    def cut(self):
        """Take the link of the host down: whatever is sent is lost, and nobody is told."""
        _run("ip", "-n", self.name, "link", "set", "dev", self.name, "down")

    def mend(self):
        """Bring the link up, and make the wire good again."""
        self.set()
        _run("ip", "-n", self.name, "link", "set", "dev", self.name, "up")


def _pair():
    """Return two addresses of a block of four."""
    number = int.from_bytes(os.urandom(2), "big") & 0x7FFF
    block = f"198.{18 + (number >> 14)}.{number >> 6 & 255}"
    return f"{block}.{(number & 63) * 4 + 1}", f"{block}.{(number & 63) * 4 + 2}"


def _is_taken(address):
    """Whether another test run has a wire with this address."""
    show = ("ip", "-o", "addr", "show", "to", address)
    return bool(subprocess.run(show, check=True, capture_output=True).stdout)


def _run(*argv):
    subprocess.run(argv, check=True, stdin=subprocess.DEVNULL)


def _attach(descriptor, name):
    fcntl.ioctl(
        descriptor, _SET_INTERFACE, struct.pack("16sH22x", name.encode(), _TUN_WITHOUT_HEADER)
    )


def _carry(near, far):
    delay, loss = 0.0, 0.0
    queue, numbers = [], itertools.count()
    while True:
        now = time.monotonic()
        while queue and queue[0][0] <= now:
            _, _, target, packet = heapq.heappop(queue)
            _send(target, packet)
        left = max(0.0, queue[0][0] - now) if queue else None
        for source in select.select([near, far, 0], [], [], left)[0]:
            data = os.read(source, 1 << 16)
            if source == 0:
                if not data:
                    return
                delay, loss = map(float, data.split())
                os.write(1, b"ok\n")
            elif random.random() * 100 >= loss:  # noqa: S311 - no secret
                target = far if source == near else near
                heapq.heappush(queue, (time.monotonic() + delay, next(numbers), target, data))


def _send(target, packet):
    try:
        os.write(target, packet)
    except OSError:
        return  # its link is down


def main(namespace, device):
    """Make the two devices and carry packets between them."""
    near = os.open(_TUN, os.O_RDWR)
    _attach(near, device)
    inside = os.open(f"/run/netns/{namespace}", os.O_RDONLY)
    # A tun device is made in the namespace of whoever opens it.
    if ctypes.CDLL(None, use_errno=True).setns(inside, _NETWORK_NAMESPACE):
        raise OSError(ctypes.get_errno(), "setns")
    far = os.open(_TUN, os.O_RDWR)
    _attach(far, device)
    _carry(near, far)


if __name__ == "__main__":
    main(*sys.argv[1:])
