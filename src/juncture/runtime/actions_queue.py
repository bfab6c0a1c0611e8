"""Actions that wait for the application, and what became of each.

`enqueue_action` returns a ticket: where the action is now, and a way to wait until it was
performed. An action leaves the queue when an application has acknowledged it, so `len(queue)`
counts what nobody has received yet. Until then it can go to another application; afterwards it is
performed at most once, and if the application dies with it, its ticket ends as lost. The legal
moves are `MOVES`; only `ActionsQueue._move` makes them.

The queue knows no socket. A server subscribes to be told of new actions and then offers, withdraws,
takes and finishes tickets; an adaptor uses `enqueue_action`, `len`, and the tickets.
"""

from __future__ import annotations

import itertools
import json
import threading
from collections import deque
from enum import Enum

from juncture.errors import DataError, JunctureError
from juncture_client import protocol

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from juncture_client import Action

_FRAME_OVERHEAD_BYTES = 4096


class TicketState(str, Enum):
    """Where an action is."""

    QUEUED = "queued"
    TAKEN = "taken"
    DONE = "done"
    FAILED = "failed"
    LOST = "lost"


FINAL = frozenset({TicketState.DONE, TicketState.FAILED, TicketState.LOST})

MOVES = {
    # (state, event): next state
    (TicketState.QUEUED, "take"): TicketState.TAKEN,
    (TicketState.QUEUED, "hand over"): TicketState.DONE,
    (TicketState.QUEUED, "lose"): TicketState.LOST,
    (TicketState.TAKEN, "perform"): TicketState.DONE,
    (TicketState.TAKEN, "fail"): TicketState.FAILED,
    (TicketState.TAKEN, "lose"): TicketState.LOST,
}
"""All that can happen to an action."""


class ActionFailedError(JunctureError):
    """The application raised while it performed an action, or does not know the action."""


class ActionLostError(ActionFailedError):
    """Nobody can say whether an action was performed: whoever had it is gone."""


class ActionTicket:
    """What became of one action; made by `ActionsQueue.enqueue_action`.

    Attributes:
        action: The action.
        id: Its number in its queue.
        args_json: Its arguments as they were when it was enqueued.
        state: Where it is; changes from other threads.
        error: What went wrong, empty until something did.
    """

    __slots__ = ("_ended", "action", "args_json", "error", "id", "offered", "state")

    def __init__(
        self, number: int, action: Action, args_json: bytes, ended: threading.Condition
    ) -> None:
        self.id = number
        self.action = action
        self.args_json = args_json
        self.state = TicketState.QUEUED
        self.error = ""
        self.offered = False
        self._ended = ended

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until the action is done, failed or lost; return whether it is.

        Args:
            timeout: Seconds to wait at most; None waits for as long as it takes.
        """
        with self._ended:
            return self._ended.wait_for(lambda: self.state in FINAL, timeout)

    def raise_for_failure(self) -> None:
        """Raise if the action has failed or is lost.

        Raises:
            ActionLostError: the application ended with it, or nobody will ever get it.
            ActionFailedError: the application could not perform it.
        """
        if self.state is TicketState.LOST:
            raise ActionLostError(f"action `{self.action.name}` is lost: {self.error}")
        if self.state is TicketState.FAILED:
            raise ActionFailedError(f"action `{self.action.name}` failed: {self.error}")

    def __repr__(self) -> str:
        return f"<action {self.id} {self.action.name!r} {self.state.value}>"


class ActionsQueue:
    """Actions in the order in which the application gets them; every method is thread-safe."""

    def __init__(self) -> None:
        self._tickets: deque[ActionTicket] = deque()
        self._lock = threading.RLock()
        self._received = threading.Condition(self._lock)
        self._ended = threading.Condition(self._lock)
        self._numbers = itertools.count(1)
        self._subscribers: list[Callable[[], None]] = []

    def enqueue_action(self, a: Action, front: bool = False) -> ActionTicket:
        """Queue an action for the application.

        Args:
            a: The action; its arguments are read now.
            front: Put it before all others that wait.

        Raises:
            DataError: its name cannot be written, JSON cannot say its arguments, or they are too
                large to send.
        """
        ticket = ActionTicket(next(self._numbers), a, _encoded(a), self._ended)
        with self._lock:
            if front:
                self._tickets.appendleft(ticket)
            else:
                self._tickets.append(ticket)
            subscribers = tuple(self._subscribers)
        for notify in subscribers:
            notify()
        return ticket

    def dequeue_action(self) -> Action | None:
        """Take the next action out for the caller to perform; None if there is none."""
        with self._lock:
            ticket = self._next()
            if ticket is None:
                return None
            self._move(ticket, "hand over")
            return ticket.action

    def wait_until_received(self, timeout: float | None = None) -> bool:
        """Wait until no action waits to be received; return whether that is so.

        Args:
            timeout: Seconds to wait at most; None waits for as long as it takes.
        """
        with self._received:
            return self._received.wait_for(lambda: not self._tickets, timeout)

    def clear(self, reason: str = "the queue was cleared") -> None:
        """Drop every action that waits; their tickets end as lost, with the reason as error."""
        with self._lock:
            for ticket in tuple(self._tickets):
                if not ticket.offered:
                    self._move(ticket, "lose", reason)

    def __len__(self) -> int:
        with self._lock:
            return len(self._tickets)

    def __bool__(self) -> bool:
        return len(self) > 0

    def subscribe(self, notify: Callable[[], None]) -> None:
        """Have `notify` called, from any thread, when there may be something to offer."""
        with self._lock:
            self._subscribers.append(notify)

    def unsubscribe(self, notify: Callable[[], None]) -> None:
        """End a subscription; harmless when there is none."""
        with self._lock:
            if notify in self._subscribers:
                self._subscribers.remove(notify)

    def offer(self) -> ActionTicket | None:
        """Return the next action for an application; it stays queued until `take`."""
        with self._lock:
            ticket = self._next()
            if ticket is not None:
                ticket.offered = True
            return ticket

    def withdraw(self, ticket: ActionTicket) -> None:
        """Undo an offer that was never acknowledged; the action keeps its place."""
        with self._lock:
            ticket.offered = False
            subscribers = tuple(self._subscribers)
        for notify in subscribers:
            notify()

    def take(self, ticket: ActionTicket) -> None:
        """Note that an application has acknowledged an action."""
        with self._lock:
            self._move(ticket, "take")

    def finish(self, ticket: ActionTicket, error: str) -> None:
        """Note how an action went; an empty error means well."""
        with self._lock:
            self._move(ticket, "fail" if error else "perform", error)

    def lose(self, ticket: ActionTicket, reason: str) -> None:
        """Note that nobody will ever say how an action went."""
        with self._lock:
            if ticket.state not in FINAL:
                self._move(ticket, "lose", reason)

    def _next(self) -> ActionTicket | None:
        return next((ticket for ticket in self._tickets if not ticket.offered), None)

    def _move(self, ticket: ActionTicket, event: str, error: str = "") -> None:
        following = MOVES[ticket.state, event]
        if ticket.state is TicketState.QUEUED:
            self._tickets.remove(ticket)
            if not self._tickets:
                self._received.notify_all()
        ticket.error, ticket.state = error, following
        if following in FINAL:
            self._ended.notify_all()


def _encoded(action: Action) -> bytes:
    try:
        action.name.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError as error:
        raise DataError(
            f"the name of action {action.name!r} cannot be written as UTF-8",
            hint="half of a surrogate pair stands in it",
        ) from error
    try:
        data = b"" if action.args is None else json.dumps(action.args).encode()
    except (TypeError, ValueError, RecursionError) as error:
        raise DataError(
            f"the arguments of action `{action.name}` cannot be written as JSON: {error}",
            hint="use only objects, lists, texts, numbers, true, false and null",
        ) from error
    if len(data) > protocol.MAX_FRAME_BYTES - _FRAME_OVERHEAD_BYTES:
        raise DataError(
            f"the arguments of action `{action.name}` are {len(data)} bytes, "
            f"expected less than {protocol.MAX_FRAME_BYTES}",
            hint="write them to a file and send its path",
        )
    return data
