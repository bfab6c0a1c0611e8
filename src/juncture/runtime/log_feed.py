"""Feeds the log of a daemon to the commands that follow it, as it grows.

Whoever wrote to the spool, Python, a library in C or a child, the kernel tells (`Watch`); so lines
need not pass through this process to be seen. While nobody follows, nothing is watched and nothing
wakes up. Everything here runs in the loop's thread.
"""

from __future__ import annotations

from juncture.runtime.event_loop import READ
from juncture.runtime.spool import Watch

TYPE_CHECKING = False
if TYPE_CHECKING:
    from juncture.runtime.daemon_peer import Peer
    from juncture.runtime.event_loop import EventLoop
    from juncture.runtime.spool import Spool

INTERVAL_S = 0.02
"""While the log grows, followers are sent more of it this often."""


class LogFeed:
    """Sends what is new in the spool to those of `peers` that follow.

    Args:
        peers: The daemon's own set, which changes.
    """

    def __init__(self, loop: EventLoop, spool: Spool, peers: set[Peer]) -> None:
        self._loop = loop
        self._spool = spool
        self._peers = peers
        self._watch: Watch | None = None
        self._watching = False
        self._armed = False

    def follow(self, peer: Peer, offset: int) -> None:
        """Let a peer follow the log from an offset on."""
        peer.follow(offset)
        self.update()

    def update(self) -> None:
        """Watch the spool if somebody follows it, and not otherwise; give back what all have read.

        The watch itself is kept, since closing one takes the kernel milliseconds (inotify(7)).
        """
        offsets = [peer.log_offset for peer in self._peers if peer.log_offset is not None]
        self._spool.release(min(offsets, default=self._spool.size()))
        if bool(offsets) == self._watching:
            return
        self._watching = bool(offsets)
        if self._watching:
            self._look()
        elif self._watch is not None:
            self._loop.forget(self._watch.fileno())

    def _look(self) -> None:
        """Wait for what is written from now on, and send what was written before."""
        if not self._watching:
            return
        if self._watch is None:
            self._watch = Watch(self._spool.watch_path)
        elif not self._armed:
            self._watch.clear()
            self._watch.arm()
        self._armed = True
        self._loop.watch(self._watch.fileno(), READ, self._grown)
        self._send()

    def _grown(self, _: int) -> None:
        """Send what is new, then leave the log alone for a moment: bursts come in one piece."""
        self._armed = False
        if self._watch is not None:
            self._loop.forget(self._watch.fileno())
        self._send()
        self._loop.call_later(INTERVAL_S, self._look)

    def _send(self) -> None:
        for peer in list(self._peers):
            peer.grown()
