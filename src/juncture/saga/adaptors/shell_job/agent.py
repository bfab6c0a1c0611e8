"""The agent of one host: it starts jobs through one channel and hears what becomes of them.

All services of one process that reach a host by the same connection share it. Jobs are numbered by
the client, so that a job has an id before it is sent. When the channel is lost, every job is
Unknown until another channel has read the journal, which `recovery` sees to. What the old agent had
not started is Failed then: no job is sent twice.
"""

from __future__ import annotations

import threading
import time

from juncture.saga.adaptors.shell_job.journal import Clock, Line, read_line
from juncture.saga.adaptors.shell_job.journals import Journals
from juncture.saga.adaptors.shell_job.life import Life
from juncture.saga.adaptors.shell_job.notifier import notifier
from juncture.saga.adaptors.shell_job.record import GONE, Record, Submission
from juncture.saga.constants import NEW
from juncture.saga.exceptions import DoesNotExist, NoSuccess, SagaException

TYPE_CHECKING = False
if TYPE_CHECKING:
    import logging
    from collections.abc import Callable, Iterable, Sequence
    from typing import Any, Protocol

    from juncture.saga.shell import Channel

    class Entry(Protocol):
        """A job that is to be started."""

        record: Record | None

        @property
        def has_finish(self) -> bool:
            """Whether its end waits for something."""
            ...

        def get_api(self) -> Any:
            """Return the API object."""
            ...

        def command(self, number: int) -> str:
            """Return the command that starts it under a number."""
            ...

        def finish(self) -> str | None:
            """Do what its end waits for; return what went wrong."""
            ...


# No host starts as many in the time that a word takes to any other: so a bulk of any size waits for
# one round trip, and yet there is an end to what may be on the way.
_WINDOW = 1024
_CHUNK = 16
_SILENCE_S = 30.0
_VERIFY_AT_ONCE = 200


def _log() -> logging.Logger:
    import logging

    return logging.getLogger(__name__)


class Agent(Life):
    """An agent; `open` starts it, `close` lets go of it.

    Args:
        name: What to call the host.
        opener: Opens a channel; it takes `on_event` and `on_lost`.
        purge_days: Remove what is left of services that have been silent for longer; 0 keeps all.
    """

    def __init__(
        self,
        name: str,
        opener: Callable[..., Channel],
        *,
        purge_days: int = 0,
    ) -> None:
        super().__init__(name, opener)
        self.on_lost: Callable[[], None] | None = None
        self.finding = threading.Lock()
        self.pid = 0
        self.clocks: dict[str, Clock] = {}
        self.journals = Journals(lambda text: self.data().run(text).stdout, lambda: self.folder)
        self._purge_days = purge_days
        self._number = 0
        self._records: dict[str, Record] = {}
        self._followed: set[str] = set()
        self._asked_at = 0.0
        self._prepared = False
        self._ready: bool | None = None

    def is_needed(self) -> bool:
        """Whether a job goes on."""
        return bool(self._records)

    def begin(self) -> None:
        """Make the shell of the channel an agent, with a service of its own."""
        self._asked_at = 0.0
        self._prepared = False
        self._followed.clear()
        super().begin()

    # Jobs ---------------------------------------------------------------------------------------

    def submit(self, entries: Sequence[Entry]) -> None:
        """Have jobs started, and return when each has been started, refused or lost sight of.

        Each entry that was sent gets its record; the others fail.

        Raises:
            NoSuccess: the host cannot be reached, or cannot keep records; no job was sent.
        """
        self.require()
        submission = Submission(len(entries), _WINDOW)
        with self.lock:
            self._prepare()
        try:
            self._submit(entries, submission)
        except BaseException:  # Ctrl-C: the jobs go on, and what becomes of them is told
            submission.tells = False
            for entry in entries:
                if entry.record is not None:
                    notifier.put(entry.record.tell)
            raise

    def _submit(self, entries: Sequence[Entry], submission: Submission) -> None:
        for at in range(0, len(entries), _CHUNK):
            chunk = entries[at : at + _CHUNK]
            submission.make_room(len(chunk))
            error = self._try_to_send(chunk, submission)
            if error is not None:
                for entry in entries[at:]:
                    if entry.record is None:
                        entry.get_api()._fail(error)
                        submission.arrived()
                break
        submission.wait()
        for entry in entries:
            if entry.record is not None:
                entry.record.tell(wait=True)

    def _try_to_send(
        self, entries: Sequence[Entry], submission: Submission
    ) -> SagaException | None:
        """Send jobs, if the connection was lost when it is back; return why they were not sent."""
        try:
            self.require()
            with self.lock:
                self.require(0)
                self._prepare()
                self._send(entries, submission)
        except SagaException as error:
            return error
        return None

    def _send(self, entries: Sequence[Entry], submission: Submission) -> None:
        lines: list[str] = []
        for entry in entries:
            self._number += 1
            record = Record(f"{self.service}.{self._number}", entry.get_api(), self.told)
            record.submission, record.is_confirmed = submission, False
            record.finish = entry.finish if entry.has_finish else None
            self._records[record.key] = record
            entry.record = record
            lines.append(entry.command(self._number))
        # The shell then forgets the helpers that have ended.
        if self._number % (4 * _CHUNK) < len(lines):
            lines.append("jobs >/dev/null 2>&1")
        try:
            self.live_channel().send("\n".join(lines))
        except NoSuccess as error:
            # What becomes of them is found out when the channel is back.
            for entry in entries:
                if entry.record is not None:
                    entry.record.lose(f"the connection is lost: {error.message}")
        notifier.regularly(self)

    def _prepare(self) -> None:
        if self._prepared:
            return
        self.greeted()
        self._answered.clear()
        self.live_channel().send("juncture_prepare")
        self.wait_answer()
        if not self._ready:
            raise NoSuccess(
                f"the job agent on {self.name} cannot keep records in `{self.folder}`",
                hint="is the disk full, or the directory not yours?",
            )
        self._prepared = True
        if self._purge_days:
            self.live_channel().send(f"juncture_purge {self._purge_days} 3>&- 4>&- 5>&- 6>&- &")

    def signal(self, records: Iterable[Record], name: str, verb: str = "-") -> None:
        """Send a signal to every process group of jobs; a verb is put on record first."""
        self.require()
        pairs = " ".join(
            f"{record.key} {record.facts.process}" for record in records if record.facts.process
        )
        if pairs:
            self._tell(f"juncture_signal {verb} {name} {pairs}")

    def record(self, record: Record, text: str) -> None:
        """Put a line about a job into its journal."""
        self._tell(f'juncture_now; juncture_record {record.key} "{text} $ja_t"')

    def _tell(self, command: str) -> None:
        """Have the agent do something, and return when its events have been heard."""
        channel = self.live_channel()
        channel.send(command)
        channel.run(":")

    def find(self, key: str) -> Record | None:
        """Return the record of a job that has not ended, if this agent knows it."""
        return self._records.get(key)

    def all_records(self) -> list[Record]:
        """Return the records of the jobs that have not ended."""
        return [*self._records.values()]

    def learn(self, record: Record) -> tuple[str, bool]:
        """Learn what the host knows about a job, and follow it if it goes on.

        Args:
            record: Of the job; it is to be held.

        Returns:
            What was kept of its description, and whether its files were brought.

        Raises:
            DoesNotExist: there is no such job.
        """
        # It is known from here on: what is told while the journal is read must not be missed.
        self._records[record.key] = record
        try:
            journal, kept, is_staged = self.journals.find(record.key)
            offset = journal.offset  # before its lines: another thread may be reading on
            if journal.clock is not None:
                self.clocks.setdefault(record.service, journal.clock)
                record.replay(journal.lines(record.number), journal.clock)
            if record.facts.state == NEW:
                raise DoesNotExist(
                    f"{self.name} has no job `{record.key}`",
                    hint="records of jobs that have ended are removed some time later",
                )
        except SagaException:
            self._records.pop(record.key, None)
            raise
        if not record.facts.final:
            self.follow(record.service, offset)
            notifier.regularly(self)
            self.verify([record])
        return kept, is_staged

    def follow(self, service: str, offset: int) -> None:
        """Have what is added to the journal of another agent told, from a place in it on."""
        with self.lock:
            if service != self.service and service not in self._followed:
                self._followed.add(service)
                self.live_channel().send(f"juncture_follow {service} {offset + 1}")

    # What the far side says ---------------------------------------------------------------------

    def event(self, raw: bytes) -> None:
        """Hear what the agent, or the helper of a job, says."""
        line = read_line(raw)
        if line is None:
            return
        if line.number == 0:
            self._service_event(line)
            return
        record = self._records.get(line.key)
        if record is None:
            return
        if line.verb == "lost":
            if not record.facts.final:
                record.lose("its helper is gone, and nobody has recorded its end", GONE)
        elif (clock := self.clocks.get(line.service)) is not None:
            record.take(line, clock)

    def _service_event(self, line: Line) -> None:
        if line.verb == "hello":
            clock = Clock(line.words)
            self.clocks[line.service] = clock
            self._host = clock.host
            self.pid = int(line.words[5])
        elif line.verb in ("ready", "unready"):
            self._ready = line.verb == "ready"
        elif line.verb == "verified":
            self._asked_at = 0.0
            return
        else:
            return
        self._answered.set()

    def told(self, record: Record) -> None:
        """A record's job has ended, and the API object knows."""
        self._records.pop(record.key, None)
        if self._users <= 0:
            self.end_if_unused()

    # What is not pushed -------------------------------------------------------------------------

    def look(self) -> bool:
        """See to it that jobs whose helper has died are not waited for as if it lived."""
        if self._closed.is_set():
            return False
        if self._usable.is_set():
            if self._asked_at and time.monotonic() - self._asked_at > _SILENCE_S:
                # What jobs hold open can keep a connection to a dead shell alive.
                self.live_channel().close()
                self.lost(NoSuccess(f"the job agent on {self.name} does not answer"))
                return True
            self._asked_at = self._asked_at or time.monotonic()
            self.verify(self.all_records())
        return bool(self._records)

    def verify(self, records: Iterable[Record]) -> None:
        """Have those jobs told as lost whose helper is gone."""
        self.greeted()
        here = self.clocks[self.service].boot
        words: list[str] = []
        for record in records:
            facts = record.facts
            if facts.final or not facts.helper:
                continue
            if facts.host != self.host:
                record.lose(f"it was started on {facts.host}, and this is {self.host}", GONE)
            elif facts.boot != here:
                record.lose(f"{self.host} was restarted before an end was recorded", GONE)
            else:
                words.append(f"{record.key} {facts.helper} {facts.helper_start}")
        words = words or [f"{self.service}.0 0 0"]
        try:
            for at in range(0, len(words), _VERIFY_AT_ONCE):
                part = " ".join(words[at : at + _VERIFY_AT_ONCE])
                self.live_channel().send(f"juncture_verify {part}")
        except NoSuccess as error:
            _log().debug("%s", error)

    def lost(self, reason: SagaException) -> None:
        """The channel is lost: so are all jobs, until a recovery has found them again."""
        self._usable.clear()
        self._answered.set()
        if self._closed.is_set():
            return
        for record in self.all_records():
            record.lose(f"the connection is lost: {reason.message}")
        if self.on_lost is not None:
            self.on_lost()
