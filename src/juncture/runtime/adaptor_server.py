"""The server through which an application asks its adaptor for actions and mapped paths.

An adaptor makes one, runs `serve_forever` in a thread, gives `server_path` to the application it
starts, and calls `shutdown` in the end, which always returns: at any time, repeatedly, from any
thread. Nothing that an application sends can end the server; it only loses its own connection.
The adaptor's `map_path` is called in the serving thread, as is `on_client_lost`.

Here are the address and the life of the server; what its thread does is in `action_loop`.
"""

from __future__ import annotations

import threading

from juncture.errors import JunctureError
from juncture.runtime import action_loop, transport

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from juncture.runtime.action_channel import PathMapper
    from juncture.runtime.actions_queue import ActionsQueue, ActionTicket

    OnClientLost = Callable[[int, ActionTicket | None], None]

_SHUTDOWN_GRACE_S = 1.0
"""How long `shutdown` waits for the serving thread, which may be held up in the adaptor's code."""


class ServerClosedError(JunctureError):
    """The server was shut down before it had an address."""


class AdaptorServer:
    """Serve actions and path mapping to the applications of an adaptor.

    Args:
        actions_queue: The actions; each goes to one application.
        adaptor: Who maps paths.
        on_client_lost: Called as `(pid, ticket)` when an application that has asked for actions
            is gone without saying so; the ticket is of the action that is lost with it, or None.
    """

    def __init__(
        self,
        actions_queue: ActionsQueue,
        adaptor: PathMapper,
        *,
        on_client_lost: OnClientLost | None = None,
    ) -> None:
        self._queue = actions_queue
        self._adaptor = adaptor
        self._on_client_lost = on_client_lost
        self._changed = threading.Condition()
        self._listener: transport.Listener | None = None
        self._loop: action_loop.ActionLoop | None = None
        self._serving_thread = 0
        self._closed = False
        self._clients = 0

    @property
    def server_path(self) -> str:
        """Path of the socket, which exists from the first use of this until `shutdown`.

        Raises:
            ServerClosedError: the server was shut down before it ever listened.
            TransportError: no socket can be made on this host.
        """
        with self._changed:
            return self._listening().path

    @property
    def socket_path(self) -> str:
        """Deprecated name of `server_path`."""
        import warnings

        warnings.warn("use server_path instead of socket_path", DeprecationWarning, stacklevel=2)
        return self.server_path

    def serve_forever(self) -> None:
        """Serve until `shutdown` is called; call this in a thread of its own.

        Raises:
            TransportError: no socket can be made on this host.
        """
        with self._changed:
            if self._closed or self._loop is not None:
                return
            loop = self._loop = action_loop.ActionLoop(
                self._listening(), self._queue, self._adaptor, self._count, self._report
            )
            self._serving_thread = threading.get_ident()
        try:
            loop.run()
        finally:
            with self._changed:
                self._serving_thread = 0
                self._changed.notify_all()
            self.shutdown()  # also when a fault of ours ended it: nobody may wait for ever

    def wait_for_client(self, timeout: float | None = None) -> bool:
        """Wait until an application has asked for an action; return whether one is there.

        Args:
            timeout: Seconds to wait at most; None waits until there is one, or `shutdown`.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._clients > 0 or self._closed, timeout)
            return self._clients > 0

    def shutdown(self) -> None:
        """Stop serving, remove the socket, and end the tickets of actions that nobody took."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
            if self._loop is not None:
                self._loop.stop()
            if self._serving_thread != threading.get_ident():
                self._changed.wait_for(lambda: not self._serving_thread, _SHUTDOWN_GRACE_S)
            if self._listener is not None:
                self._listener.close()
        self._queue.clear(action_loop.SHUT_DOWN)

    def _listening(self) -> transport.Listener:
        if self._listener is None:
            if self._closed:
                raise ServerClosedError(
                    "the adaptor server was shut down before it listened",
                    hint="read server_path before shutdown is called",
                )
            self._listener = transport.Listener()
        return self._listener

    def _count(self, clients: int) -> None:
        with self._changed:
            self._clients = clients
            self._changed.notify_all()

    def _report(self, pid: int, ticket: ActionTicket | None) -> None:
        if self._on_client_lost is not None:
            self._on_client_lost(pid, ticket)
