"""The thread of an `AdaptorServer`: all of its sockets, and the sleep between events.

`run` sleeps in the selector without a timeout, unless no application can be accepted just now; what
wakes it is a new application, bytes, the death of an application, room to send in, or `wake`, which
other threads call when there is a new action or the end has come. While the loop sleeps, a new
action is sent by the thread that has it, which saves a change of threads; whoever is at work holds
`_turn`. What an application sends is judged in `action_channel`; here it can only cost the
application its connection.
"""

from __future__ import annotations

import os
import selectors
import threading
import time
from functools import partial
from logging import getLogger

from juncture.runtime.action_channel import ActionChannel
from juncture_client.protocol import ProtocolError
from juncture_client.transport import NO_SIGNAL

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from juncture.runtime.action_channel import PathMapper
    from juncture.runtime.actions_queue import ActionsQueue, ActionTicket
    from juncture.runtime.transport import Listener
    from juncture_client.transport import Socket

_logger = getLogger(__name__)

_READ_BYTES = 64 * 1024

ACCEPT_AGAIN_S = 0.5
"""How long a server that could not accept an application waits before it tries again."""

SHUT_DOWN = "the adaptor shut its server down"


class ActionLoop:
    """Serve the applications that connect to a listener.

    Args:
        listener: Where they connect; it stays the caller's.
        queue: The actions.
        adaptor: Who maps paths.
        clients_changed: Called with the number of applications that ask for actions.
        client_lost: Called as `(pid, lost ticket or None)` when one of those ended unannounced.
    """

    def __init__(
        self,
        listener: Listener,
        queue: ActionsQueue,
        adaptor: PathMapper,
        clients_changed: Callable[[int], None],
        client_lost: Callable[[int, ActionTicket | None], None],
    ) -> None:
        self._listener = listener
        self._queue = queue
        self._adaptor = adaptor
        self._clients_changed = clients_changed
        self._client_lost = client_lost
        self._peers: set[_Peer] = set()
        self._clients = 0
        self._selector: selectors.BaseSelector
        self._accepting = False
        self._accept_at = 0.0
        self._stopping = False
        self._turn = threading.Lock()
        self._wake_lock = threading.Lock()
        self._wake_fd = -1
        self._woken = False

    def run(self) -> None:
        """Serve until `stop` is called."""
        reader, writer = os.pipe()
        os.set_blocking(reader, False)
        os.set_blocking(writer, False)
        try:
            with selectors.DefaultSelector() as self._selector:
                self._selector.register(
                    reader, selectors.EVENT_READ, partial(self._on_wake, reader)
                )
                self._accept_again()
                with self._wake_lock:
                    self._wake_fd = writer
                self._queue.subscribe(self._on_action)
                try:
                    while not self._stopping:
                        for key, _ in self._selector.select(self._seconds_to_accept()):
                            with self._turn:
                                key.data()
                        if self._seconds_to_accept() == 0:
                            with self._turn:
                                self._accept_again()
                finally:
                    self._end_all()
        finally:
            self._queue.unsubscribe(self._on_action)
            with self._wake_lock:
                self._wake_fd = -1
            os.close(reader)
            os.close(writer)

    def stop(self) -> None:
        """Have `run` return soon; callable from any thread, also before `run`."""
        self._stopping = True
        self.wake()

    def wake(self) -> None:
        """Have the loop look at the queue; callable from any thread."""
        with self._wake_lock:
            if self._wake_fd >= 0 and not self._woken:
                self._woken = True
                os.write(self._wake_fd, b"\0")

    def _on_action(self) -> None:
        """Send a new action at once if the loop sleeps, else have it look again."""
        if self._turn.acquire(blocking=False):
            try:
                self._offer()
            finally:
                self._turn.release()
        else:
            self.wake()

    def _on_wake(self, reader: int) -> None:
        with self._wake_lock:
            os.read(reader, 16)
            self._woken = False
        self._offer()

    def _offer(self) -> None:
        """Give an action to every application that waits for one."""
        for peer in tuple(self._peers):
            if peer.channel.ready:
                self._go_on(peer, self._send_offer)

    def _accept_again(self) -> None:
        if not self._accepting and not self._stopping:  # then the listener may be closed already
            self._accepting = True
            self._selector.register(self._listener, selectors.EVENT_READ, self._on_connect)

    def _seconds_to_accept(self) -> float | None:
        """Return the seconds until applications are accepted again; None while they are."""
        return None if self._accepting else max(0.0, self._accept_at - time.monotonic())

    def _on_connect(self) -> None:
        try:
            accepted = self._listener.accept()
        except OSError as error:  # such as no descriptor left: it waits, and is not lost
            if not self._stopping:
                _logger.warning("an application cannot connect: %s", error)
            self._selector.unregister(self._listener)
            self._accepting = False
            self._accept_at = time.monotonic() + ACCEPT_AGAIN_S
            return
        if accepted is None:
            return
        sock, pid = accepted
        peer = _Peer(sock, ActionChannel(self._queue, self._adaptor, pid))
        self._peers.add(peer)
        self._selector.register(sock, selectors.EVENT_READ, partial(self._on_ready, peer))

    def _on_ready(self, peer: _Peer) -> None:
        """Go on with an application that sent something, ended, or has room for more."""
        if peer not in self._peers:  # ended since the selector saw it
            return
        if peer.unsent:
            self._send(peer, b"")
            if peer.unsent:
                return
        self._go_on(peer, self._receive)

    def _go_on(self, peer: _Peer, step: Callable[[_Peer], None]) -> None:
        """Take a step with one application; what goes wrong ends its connection and no other."""
        try:
            step(peer)
        except ProtocolError as error:
            _logger.warning("closed the connection of application %d: %s", peer.channel.pid, error)
            self._end(peer, f"the application broke the protocol: {error}")
        except Exception:  # a fault of ours must not end the others
            _logger.exception("closed the connection of application %d", peer.channel.pid)
            self._end(peer, "the adaptor server failed")

    def _send_offer(self, peer: _Peer) -> None:
        self._send(peer, peer.channel.offer())

    def _receive(self, peer: _Peer) -> None:
        data = peer.receive()
        if data is None:
            return
        if not data:
            self._end(peer, "")
            return
        polled = peer.channel.polls
        answer = peer.channel.receive(data)
        if peer.channel.polls and not polled:
            self._count(1)
        self._send(peer, answer + peer.channel.offer())

    def _send(self, peer: _Peer, data: bytes) -> None:
        """Send, and while something is unsent wait for room instead of reading more."""
        waiting = bool(peer.unsent)
        peer.unsent += data
        peer.flush()
        if bool(peer.unsent) != waiting:
            event = selectors.EVENT_WRITE if peer.unsent else selectors.EVENT_READ
            self._selector.modify(peer.sock, event, partial(self._on_ready, peer))

    def _end(self, peer: _Peer, reason: str) -> None:
        """Close a connection; an empty reason says that the application closed it."""
        self._peers.discard(peer)
        self._selector.unregister(peer.sock)
        peer.sock.close()
        self._accept_again()
        channel = peer.channel
        lost = channel.end(reason)
        if not channel.polls:
            return
        self._count(-1)
        if not channel.orderly and not self._stopping:
            try:
                self._client_lost(channel.pid, lost)
            except Exception:  # the adaptor's own code
                _logger.exception("on_client_lost failed")

    def _count(self, change: int) -> None:
        self._clients += change
        self._clients_changed(self._clients)

    def _end_all(self) -> None:
        """Hear what was said before the end, then close every connection."""
        self._stopping = True
        with self._turn:
            for peer in tuple(self._peers):
                if not peer.unsent:
                    self._on_ready(peer)
            for peer in tuple(self._peers):
                self._end(peer, SHUT_DOWN)


class _Peer:
    """An application's socket, its conversation, and what could not be sent yet."""

    __slots__ = ("channel", "sock", "unsent")

    def __init__(self, sock: Socket, channel: ActionChannel) -> None:
        self.sock = sock
        self.channel = channel
        self.unsent = bytearray()

    def receive(self) -> bytes | None:
        """Return what has come; None when nothing has, empty when nothing will."""
        try:
            return self.sock.recv(_READ_BYTES)
        except BlockingIOError:
            return None
        except OSError:
            return b""

    def flush(self) -> None:
        """Send what can be sent; when nobody reads any more, reading will say so."""
        try:
            while self.unsent:
                del self.unsent[: self.sock.send(self.unsent, NO_SIGNAL)]
        except BlockingIOError:
            return
        except OSError:
            self.unsent.clear()
