"""One application's conversation with the adaptor: bytes in, bytes out, no socket and no thread.

An application says `next` when it is ready for an action; it then gets one, acknowledges it with
`taken`, performs it and reports `done`. At most one action is on its way to an application at a
time. It may ask for paths to be mapped at any time, and says `bye` when it ends in good order.

What an application sends is checked here: whatever is not its turn is a `RemoteProtocolError`;
the caller then closes the connection and calls `end`.
"""

from __future__ import annotations

import json
import os

from juncture.runtime.lifecycle import describe
from juncture.runtime.outcome import writable
from juncture_client import protocol

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Protocol

    from juncture.runtime.actions_queue import ActionsQueue, ActionTicket

    class Rule(Protocol):
        """A path mapping rule."""

        def to_dict(self) -> Mapping[str, object]:
            """Return its fields by name."""
            ...

    class PathMapper(Protocol):
        """What is used of an adaptor."""

        @property
        def path_mapping_rules(self) -> Sequence[Rule]:
            """The rules of this session, in order."""
            ...

        def map_path(self, path: str) -> str:
            """Return where a path is on this host."""
            ...


_CLOSE = "close"


class ActionChannel:
    """The state of one connection.

    Args:
        queue: Where its actions come from.
        adaptor: Who maps its paths.
        pid: The application's process, 0 if unknown.

    Attributes:
        pid: As given.
        ready: It waits for an action.
        polls: It has asked for an action at least once.
        orderly: It has said `bye`, or was asked to close.
    """

    def __init__(self, queue: ActionsQueue, adaptor: PathMapper, pid: int) -> None:
        self.pid = pid
        self.ready = False
        self.polls = False
        self.orderly = False
        self._queue = queue
        self._adaptor = adaptor
        self._protocol = protocol.Connection(protocol.SERVER)
        self._offered: ActionTicket | None = None
        self._taken: ActionTicket | None = None
        self._handlers: dict[str, Callable[[protocol.Frame], bytes]] = {
            "hello": self._on_hello,
            "next": self._on_next,
            "taken": self._on_taken,
            "done": self._on_done,
            "map_path": self._on_map_path,
            "get_rules": self._on_get_rules,
            "bye": self._on_bye,
        }

    def receive(self, data: bytes) -> bytes:
        """Take bytes from the application and return what to send it.

        Raises:
            ProtocolError: it does not keep to the protocol; close the connection.
        """
        answers: list[bytes] = []
        for frame in self._protocol.receive(data):
            handler = self._handlers.get(frame.name)
            if handler is None:
                raise protocol.RemoteProtocolError(f"an application may not send {frame.name!r}")
            answers.append(handler(frame))
        return b"".join(answers)

    def offer(self) -> bytes:
        """Return the next action as bytes to send, nothing if there is none or it is not ready."""
        if not self.ready:
            return b""
        ticket = self._queue.offer()
        if ticket is None:
            return b""
        self._offered, self.ready = ticket, False
        return self._protocol.send(
            "action", id=ticket.id, name=ticket.action.name, args=ticket.args_json
        )

    def end(self, reason: str) -> ActionTicket | None:
        """Settle what is on its way; return the action that is lost by this, if any.

        Args:
            reason: Why this side closes the connection; empty when the application closed it and
                all that it sent was received. Only then is it certain that an action which was
                not acknowledged was not begun either.
        """
        self.ready = False
        offered, self._offered = self._offered, None
        taken, self._taken = self._taken, None
        if offered is not None and not reason:
            self._queue.withdraw(offered)
            return None
        if taken is not None and self.orderly:  # `close` ends the application: it did as told
            self._queue.finish(taken, "")
            return None
        lost = taken or offered
        if lost is not None:
            self._queue.lose(lost, reason or f"the application (pid {self.pid}) ended with it")
        return lost

    def _on_hello(self, frame: protocol.Frame) -> bytes:
        if frame["version"] == str(protocol.VERSION):
            return self._protocol.send("welcome", version=protocol.VERSION, pid=os.getpid())
        return self._protocol.send(
            "refused",
            reason="version",
            message=f"the adaptor speaks version {protocol.VERSION} of the protocol, "
            f"this application {frame['version']!r}",
            hint="use the juncture_client of the adaptor's juncture in the application",
        )

    def _on_next(self, _frame: protocol.Frame) -> bytes:
        if self.ready or self._offered is not None or self._taken is not None:
            raise protocol.RemoteProtocolError("asked for an action while it has one")
        self.ready = self.polls = True
        return b""

    def _on_taken(self, frame: protocol.Frame) -> bytes:
        ticket = _expected(self._offered, frame)
        self._offered, self._taken = None, ticket
        self._queue.take(ticket)
        self.orderly = ticket.action.name == _CLOSE
        return b""

    def _on_done(self, frame: protocol.Frame) -> bytes:
        ticket = _expected(self._taken, frame)
        self._taken = None
        self._queue.finish(ticket, frame["error"])
        return b""

    def _on_map_path(self, frame: protocol.Frame) -> bytes:
        number = frame.raw("id")
        try:
            path = self._adaptor.map_path(frame["path"])
            return self._protocol.send("mapped", id=number, path=path)
        except Exception as exception:  # noqa: BLE001 - the adaptor's own code; the application is told
            return self._protocol.send("mapped", id=number, error=writable(describe(exception)))

    def _on_get_rules(self, frame: protocol.Frame) -> bytes:
        document = error = ""
        try:
            rules = [dict(rule.to_dict()) for rule in self._adaptor.path_mapping_rules]
            document = json.dumps({"path_mapping_rules": rules})
        except Exception as exception:  # noqa: BLE001 - the adaptor's own code; the application is told
            error = writable(describe(exception))
        return self._protocol.send("rules", id=frame.raw("id"), document=document, error=error)

    def _on_bye(self, _frame: protocol.Frame) -> bytes:
        self.orderly, self.ready = True, False  # it hears nothing any more
        return b""


def _expected(ticket: ActionTicket | None, frame: protocol.Frame) -> ActionTicket:
    if ticket is None or frame["id"] != str(ticket.id):
        raise protocol.RemoteProtocolError(f"{frame.name} for an action it does not have")
    return ticket
