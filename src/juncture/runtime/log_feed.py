"""Feeds the log of a daemon to the commands that follow it, as it grows.

Whoever wrote to the spool, Python, a library in C or a child, the kernel tells (`Watch`); so lines
need not pass through this process to be seen. While nobody follows, nothing is watched and nothing
wakes up. Where the kernel will not tell, because this user has no watch left, the feed looks by
itself as long as somebody follows. Everything here runs in the loop's thread.
"""

from __future__ import annotations

import logging

from juncture.runtime.event_loop import READ
from juncture.runtime.spool import Watch

TYPE_CHECKING = False
if TYPE_CHECKING:
    from juncture.runtime.daemon_peer import Peer
    from juncture.runtime.event_loop import EventLoop, Timer
    from juncture.runtime.spool import Spool

_logger = logging.getLogger(__name__)

INTERVAL_S = 0.02
"""While the log grows, followers are sent more of it this often."""

UNWATCHED_S = 0.1
"""The same where the kernel does not tell whether it grows."""


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
        self._next_look: Timer | None = None
        self._is_unwatched = False

    def follow(self, peer: Peer, offset: int) -> None:
        """Let a peer follow the log from an offset on."""
        peer.follow(offset)
        self.update()

    def update(self) -> None:
        """Watch the spool if somebody follows it, and not otherwise; give back what all have read.

        The watch itself is kept, since closing one takes the kernel milliseconds (inotify(7)).
        """
        is_followed = self._release()
        if is_followed == self._watching:
            return
        self._watching = is_followed
        if is_followed:
            self._look()
        elif self._watch is not None:
            self._loop.forget(self._watch.fileno())

    def _release(self) -> bool:
        """Give back what all have read; return whether somebody follows."""
        offsets = [peer.log_offset for peer in self._peers if peer.log_offset is not None]
        self._spool.release(min(offsets, default=self._spool.size()))
        return bool(offsets)

    def _look(self) -> None:
        """Wait for what is written from now on, and send what was written before."""
        if not self._watching:
            return
        watch = self._arm()
        if watch is not None:
            self._loop.watch(watch.fileno(), READ, self._grown)
        else:
            self._look_after(UNWATCHED_S)
        self._send()

    def _arm(self) -> Watch | None:
        """Have the kernel tell of what is written from now on; None if it will not."""
        try:
            if self._watch is None:
                self._watch = Watch(self._spool.watch_path)
            elif not self._armed:
                self._watch.clear()
                self._watch.arm()
        except OSError as error:
            if not self._is_unwatched:
                self._is_unwatched = True
                _logger.warning("the log cannot be watched, so it is read often: %s", error)
            return None
        self._armed = True
        return self._watch

    def _look_after(self, seconds: float) -> None:
        """Look again after a while, and only once, however often the followers change."""
        if self._next_look is not None:
            self._next_look.cancel()
        self._next_look = self._loop.call_later(seconds, self._look)

    def _grown(self, _: int) -> None:
        """Send what is new, then leave the log alone for a moment: bursts come in one piece."""
        self._armed = False
        if self._watch is not None:
            self._loop.forget(self._watch.fileno())
        self._send()
        self._look_after(INTERVAL_S)

    def _send(self) -> None:
        for peer in list(self._peers):
            peer.grown()
        self._release()
