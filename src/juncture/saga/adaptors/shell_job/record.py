"""One job as the client knows it: the facts, and what the API object has not been told yet.

Facts come in the I/O thread. They are told in another: by whoever submitted the job, or by the
notifier, one thread at a time and in order. A record keeps its API job alive until the end is told,
so that callbacks of jobs which nobody else holds are called.
"""

from __future__ import annotations

import threading
from collections import deque

from juncture.saga.adaptors.shell_job.journal import Facts
from juncture.saga.adaptors.shell_job.notifier import notifier
from juncture.saga.constants import FAILED, RUNNING, UNKNOWN
from juncture.saga.exceptions import NoSuccess

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any

    from juncture._util.flag import Flag
    from juncture.saga.adaptors.shell_job.journal import Clock, Line

SEEN, OUT_OF_SIGHT, GONE = range(3)
"""Whether a job's helper is heard; if not, whether it is known to be there no more."""
_ARRIVALS = frozenset(("run", "refused", "unsent", "end"))
_FEW = 4
_arriving = threading.Lock()
_taking = threading.Lock()
"""Held while a line is taken: they come in the I/O thread, and to whoever reads a journal."""


class Submission:
    """Jobs on their way to the agent: how many may be, and when all have arrived.

    Waking a thread costs more than what it then does. So whoever submits is woken when there is
    room for all that it wants to send, not for each; and of a few jobs it tells itself.

    Args:
        count: How many there are.
        window: How many may be sent before the first has been started.
    """

    def __init__(self, count: int, window: int) -> None:
        self.tells = count <= _FEW
        """Whether whoever submits tells what they have become when all have arrived."""
        self._left = count
        self._room = window
        self._wanted = 0
        self._guard = threading.Lock()
        self._enough = threading.Lock()
        self._enough.acquire()
        self._all = threading.Lock()
        self._all.acquire()

    def make_room(self, count: int) -> None:
        """Return when so many more may be sent; one thread asks."""
        with self._guard:
            if self._room >= count:
                self._room -= count
                return
            self._wanted = count
        self._enough.acquire()

    def arrived(self) -> None:
        """One has been started, refused or lost sight of; called once for each."""
        with self._guard:
            self._left -= 1
            is_last = not self._left
            self._room += 1
            is_enough = 0 < self._wanted <= self._room
            if is_enough:
                self._room -= self._wanted
                self._wanted = 0
        if is_enough:
            self._enough.release()
        if is_last:
            self._all.release()

    def wait(self) -> None:
        """Return when every job has arrived."""
        self._all.acquire()


class Record:
    """A job of this or of an earlier process.

    Args:
        key: Its native id.
        job: The API object.
        ended: Called with the record when its end has been told.
    """

    __slots__ = (
        "_guard",
        "_updates",
        "ended",
        "facts",
        "finish",
        "gates",
        "is_confirmed",
        "is_detailed",
        "is_finishing",
        "job",
        "key",
        "lost",
        "submission",
    )

    def __init__(self, key: str, job: Any, ended: Callable[[Record], object]) -> None:
        self.key = key
        self.job = job
        self.ended = ended
        self.facts = Facts()
        self.submission: Submission | None = None
        self.is_confirmed = True
        self.finish: Callable[[], str | None] | None = None
        self.gates: set[Flag] = set()
        self.lost = SEEN
        self.is_detailed = False
        self.is_finishing = False
        self._updates: deque[dict[str, Any]] = deque()
        # Who is told may cancel or suspend the job, which waits until all is told.
        self._guard = threading.RLock()

    @property
    def service(self) -> str:
        """The service that numbers it."""
        return self.key.rpartition(".")[0]

    @property
    def number(self) -> int:
        """Its number in the service."""
        return int(self.key.rpartition(".")[2])

    # In the I/O thread, or in that which reads a journal ---------------------------------------

    def take(self, line: Line, clock: Clock) -> None:
        """Add what a line says, and have it told."""
        with _taking:
            arrives = not self.is_confirmed and line.verb in _ARRIVALS
            if self.facts.take(line, clock) or self.lost:
                self.lost = SEEN
                self._push(told=arrives)
        self._confirm(line)

    def replay(self, lines: Iterable[Line], clock: Clock) -> None:
        """Add what a journal says, and have an end told; what is not the end may be history."""
        lines = [*lines]
        with _taking:
            news = [self.facts.take(line, clock) for line in lines]
            if self.facts.final and (self.lost or any(news)):
                self.lost = SEEN
                self._push()
        for line in lines:
            self._confirm(line)

    def find_again(self) -> None:
        """Have told what a job is that was lost sight of, and that has not ended."""
        with _taking:
            if self.lost == OUT_OF_SIGHT:
                self.lost = SEEN
                self._push()

    def _confirm(self, line: Line) -> None:
        if not self.is_confirmed and line.verb in _ARRIVALS:
            self.is_confirmed = True
            self._arrive()

    def _arrive(self) -> None:
        with _arriving:
            submission, self.submission = self.submission, None
        if submission is None or not submission.tells:
            notifier.put(self.tell)
        if submission is not None:
            submission.arrived()

    def lose(self, detail: str, how: int = OUT_OF_SIGHT) -> None:
        """Say that nobody can know at present what becomes of the job."""
        with _taking:
            if self.facts.final or self.lost >= how:
                return
            import time

            self.lost = how
            self.is_detailed = True
            self._updates.append(
                {"state": UNKNOWN, "state_detail": detail, "last_seen": time.time()}
            )
            notifier.put(self.tell)
        self._arrive()

    def _push(self, told: bool = False) -> None:
        """Have told what is known now; `told` when the caller sees to it that somebody tells."""
        facts = self.facts
        if facts.final and self.gates:  # whoever holds it back tells
            for gate in self.gates:
                gate.set()
        elif facts.final and self.finish is not None:
            if not self.is_finishing:
                from juncture.saga.async_pool import pool

                self.is_finishing = True
                try:
                    pool.submit(self._finish)
                except RuntimeError:  # no thread is left but those that tell
                    notifier.put(self._finish)
        else:
            self._put(facts.state, facts.detail, told)

    def _put(self, state: str, detail: str | None, told: bool = False) -> None:
        update = {"state": state, **self.facts.known()}
        if detail is not None or self.is_detailed:
            self.is_detailed = detail is not None
            update["state_detail"] = detail
        self._updates.append(update)
        if not told:
            notifier.put(self.tell)

    # In other threads ---------------------------------------------------------------------------

    def hold(self, gate: Flag) -> None:
        """Keep the end from being told until `release` or `settle`; several may do so.

        Args:
            gate: It is set when the end has come.
        """
        with _taking:
            self.gates.add(gate)
            if self.facts.final:
                gate.set()

    def release(self, gate: Flag) -> None:
        """Hold the end back no more; it is told if nobody else does."""
        with _taking:
            if gate in self.gates:
                self.gates.remove(gate)
                if self.facts.final and not self.gates:
                    self._push()

    def settle(self) -> None:
        """Let the end be told whoever holds it back."""
        with _taking:
            self.gates.clear()
            if self.facts.final:
                self._push()

    def attach(self, job: Any, finish: Callable[[], str | None] | None) -> None:
        """Give the API object to a record that was held while its journal was read.

        Args:
            job: The API object.
            finish: What its end waits for, or None.
        """
        with _taking:
            self.job, self.finish = job, finish
            facts = self.facts
            if not facts.final and not self.lost:
                self._put(facts.state, facts.detail)
            elif facts.final and finish is not None:
                self._put(RUNNING, "it has ended, and its files are being brought")
        self.settle()

    def say(self, detail: str | None) -> None:
        """Have told how far that is which the end waits for."""
        with _taking:
            self.is_detailed = True
            self._updates.append({"state_detail": detail})
        notifier.put(self.tell)

    def tell(self, wait: bool = False) -> None:
        """Tell the API object what it does not know; with `wait`, also what another is telling."""
        while True:
            if wait:
                self._tell_in_turn()
            elif not self._guard.acquire(blocking=False):
                return  # whoever holds it looks once more
            else:
                try:
                    self._tell_all()
                finally:
                    self._guard.release()
            if not self._updates or self.job is None:
                return

    def _tell_in_turn(self) -> None:
        """Tell when nobody else does; after an interrupt the notifier tells what is left."""
        try:
            with self._guard:  # entered by one instruction
                self._tell_all()
        except BaseException:
            notifier.put(self.tell)
            raise

    def _tell_all(self) -> None:
        """Tell in order; what was being told when an interrupt came is told once more."""
        while self._updates and self.job is not None:
            update = self._updates[0]
            try:
                self._updates.popleft()
                self._update(update)
            except Exception:
                raise
            except BaseException:
                if not self._updates or self._updates[0] is not update:
                    self._updates.appendleft(update)
                raise

    def _update(self, update: dict[str, Any]) -> None:
        job: Any = self.job
        if self.facts.host:
            update["execution_hosts"] = [self.facts.host]
        if self.facts.refused:
            job._set_exception(NoSuccess(f"the job was not started: {self.facts.detail}"))
        job._update(id=job._adaptor.job_id(self.key), **update)
        if self.facts.final and not self._updates and update.get("state") == self.facts.state:
            self.ended(self)
            self.job = None

    def _finish(self) -> None:
        """Do what the end waits for, and tell it."""
        finish = self.finish
        assert finish is not None  # noqa: S101 - push asked
        detail = finish()
        with _taking:
            facts = self.facts
            self.finish = None
            if detail is not None and not facts.canceled:
                facts.state = FAILED
            self._put(facts.state, detail or facts.detail)
