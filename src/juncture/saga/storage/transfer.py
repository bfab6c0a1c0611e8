"""Copies between stores: each request with an outcome of its own, and nothing half-written.

    outcomes = Transfer([Request(here, "/data/a", there, "/home/me/a")]).run()

Requests between the same two stores make one stream (a lane); lanes run side by side. A file is
under its name when all of it is there, or not at all; a large one whose copy was stopped goes on
where it was. All callbacks come from the thread that called `run`.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import deque

from juncture.saga.storage.failures import Canceled, Changed, ConnectionLost
from juncture.saga.storage.pipe import Stop
from juncture.saga.storage.progress import Meter, Progress
from juncture.saga.storage.transfer_lane import Lane
from juncture.saga.storage.transfer_plan import Incomplete, Request, Ticket
from juncture.saga.task.errors import CallerError

_log = logging.getLogger(__name__)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from juncture.saga.exceptions import SagaException

__all__ = [
    "Canceled",
    "Changed",
    "ConnectionLost",
    "Incomplete",
    "Progress",
    "Request",
    "Transfer",
]

_MOST_LANES = 8
_LISTEN_S = 0.05


class Transfer:
    """Some copies, done together.

    Args:
        requests: What to copy.
        checksum: An algorithm that `hashlib` knows; both sides compute it and the two are compared
            before a copy counts. None: lengths and times have to do.
        on_progress: Called with how far it is, no more than about ten times a second and at the
            end. What it raises ends the copies.
        on_outcome: Called with each request when it is done with, and None or why it failed. What
            it raises ends the copies, and is raised by `run` as it is.
    """

    def __init__(
        self,
        requests: Iterable[Request],
        *,
        checksum: str | None = None,
        on_progress: Callable[[Progress], None] | None = None,
        on_outcome: Callable[[Request, SagaException | None], None] | None = None,
    ) -> None:
        self._requests = list(requests)
        self._checksum = checksum
        self._on_progress = on_progress
        self._on_outcome = on_outcome
        self._stop = Stop()
        # It is entered by its lock: an interrupt may end `Condition.__enter__` with it held.
        self._lock = threading.Lock()
        self._news = threading.Condition(self._lock)
        self._done: deque[Ticket] = deque()
        self._next_wake = 0.0
        self._is_time = False
        self._running = 0
        self._bug: BaseException | None = None
        self._theirs: Exception | None = None
        self._meter = Meter()
        self._outcomes: list[SagaException | None] = []

    def cancel(self) -> None:
        """Have it end soon, from any thread; what is not done is Canceled."""
        self._stop.set()

    def run(self) -> list[SagaException | None]:
        """Copy, and return for each request None or why it failed, in their order.

        An exception that comes while this waits, such as KeyboardInterrupt, ends the copies first.

        Raises:
            CallerError: `on_progress` raised something.
            Exception: what `on_outcome` raised.
        """
        self._outcomes = [None] * len(self._requests)
        tickets = [Ticket(index, request) for index, request in enumerate(self._requests)]
        if len(tickets) == 1 and not tickets[0].request.recursive:
            self._meter = Meter(self._tell if self._on_progress else None)
            self._lane(tickets, self._told).run(tickets)
        else:
            self._meter = Meter(self._wake if self._on_progress else None)
            self._side_by_side(tickets)
        self._tell()
        self._log_end()
        if self._theirs is not None:
            raise CallerError("on_progress", self._theirs) from self._theirs
        return self._outcomes

    def _log_end(self) -> None:
        if _log.isEnabledFor(logging.DEBUG):
            far = self._meter.progress()
            _log.debug(
                "transfer ended: %d of %d files, %d bytes, %.3f s, %d of %d requests failed",
                *(far.files_done, far.files_total, far.bytes_done, far.seconds),
                *(sum(outcome is not None for outcome in self._outcomes), len(self._outcomes)),
            )

    def _lane(self, tickets: list[Ticket], done: Callable[[Ticket], None]) -> Lane:
        request = tickets[0].request
        stores = request.source_store, request.target_store
        names = stores[0].name, stores[1].name
        _log.debug("transfer begun: %d requests from %s to %s", len(tickets), *names)
        return Lane(*stores, self._meter, self._stop, self._checksum, done)

    def _side_by_side(self, tickets: list[Ticket]) -> None:
        pairs: dict[tuple[int, int], list[Ticket]] = {}
        for ticket in tickets:
            request = ticket.request
            stores = id(request.source_store), id(request.target_store)
            pairs.setdefault(stores, []).append(ticket)
        waiting = deque(pairs.values())
        self._running = min(_MOST_LANES, len(waiting))
        threads = [
            threading.Thread(target=self._work, args=(waiting,), name="juncture-copy", daemon=True)
            for _ in range(self._running)
        ]
        try:
            for thread in threads:
                thread.start()
            self._listen()
        except BaseException:
            self.cancel()
            for thread in threads:
                if thread.ident is not None:
                    thread.join()
            raise

    def _work(self, waiting: deque[list[Ticket]]) -> None:
        try:
            while True:
                try:
                    tickets = waiting.popleft()
                except IndexError:
                    break
                self._lane(tickets, self._post).run(tickets)
        except BaseException as error:  # noqa: BLE001 - it is raised by `run`
            self._bug = error
            self.cancel()
        finally:
            with self._lock:
                self._running -= 1
                self._news.notify()

    def _listen(self) -> None:
        """Tell what the lanes have to say until all have ended."""
        # What was posted right after a wake-up is told when this time is over.
        longest = None if self._on_outcome is None else _LISTEN_S
        while True:
            with self._lock:
                while self._running and not self._done and not self._is_time:
                    self._news.wait(longest)
                running, is_time = self._running, self._is_time
                self._is_time = False
            while self._done:
                self._told(self._done.popleft())
            if is_time:
                self._tell()
            if not running:
                break
        if self._bug is not None:
            raise self._bug

    def _wake(self) -> None:
        with self._lock:
            self._is_time = True
            self._news.notify()

    def _post(self, ticket: Ticket) -> None:
        self._outcomes[ticket.index] = ticket.outcome()
        if self._on_outcome is None:
            return
        self._done.append(ticket)
        # To wake the listener for each of many small files would take longer than to copy them.
        now = time.monotonic()
        if now >= self._next_wake:
            self._next_wake = now + _LISTEN_S
            with self._lock:
                self._news.notify()

    def _told(self, ticket: Ticket) -> None:
        self._outcomes[ticket.index] = outcome = ticket.outcome()
        if self._on_outcome is not None and self._theirs is None:  # else `run` raises that
            self._on_outcome(ticket.request, outcome)

    def _tell(self) -> None:
        if self._on_progress is None or self._theirs is not None:
            return
        try:
            self._on_progress(self._meter.progress())
        except Exception as error:  # noqa: BLE001 - it is raised by `run`
            self._theirs = error
            self.cancel()
