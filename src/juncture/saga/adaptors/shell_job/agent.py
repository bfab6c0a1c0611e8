"""The agent of one host: it starts jobs through one channel and hears what becomes of them.

All services of one process that reach a host by the same connection share it. Jobs are numbered by
the client, so that a job has an id before it is sent. When the channel is lost, every job is
Unknown until another channel has read the journal. The old agent is ended first, and what it had
not started is Failed: no job is sent twice.
"""

from __future__ import annotations

import os
import threading
import time

from juncture.saga.adaptors.shell_job.journal import Clock, Facts, Journal, Line, read_line
from juncture.saga.adaptors.shell_job.notifier import notifier
from juncture.saga.adaptors.shell_job.record import Record, Submission
from juncture.saga.exceptions import DoesNotExist, NoSuccess, SagaException, Timeout
from juncture.saga.shell import quoting

TYPE_CHECKING = False
if TYPE_CHECKING:
    import logging
    from collections.abc import Callable, Iterable, Sequence
    from typing import Any, Protocol

    from juncture.saga.shell import Channel, Pending, Result

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


_ANSWER_S = 60.0
_WINDOW = 64
_CHUNK = 16
_FIRST_DELAY_S = 0.25
_LONGEST_DELAY_S = 30.0
_SILENCE_S = 30.0
_VERIFY_AT_ONCE = 200


def _log() -> logging.Logger:
    import logging

    return logging.getLogger(__name__)


def agent_text() -> str:
    """Return the shell functions of the agent."""
    with open(os.path.join(os.path.dirname(__file__), "agent.sh"), encoding="utf-8") as stream:
        lines = stream.read().splitlines()
    return "\n".join(line for line in lines if line.strip() and not line.lstrip().startswith("#"))


class Agent:
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
        self.name = name
        self.users = 0
        self._host = name
        self._home = "/"
        self._folder = ""
        self._greeting: Pending | None = None
        self._opener = opener
        self._purge_days = purge_days
        self._service = ""
        self._number = 0
        self._pid = 0
        self._clocks: dict[str, Clock] = {}
        self._records: dict[str, Record] = {}
        self._followed: set[str] = set()
        self._asked_at = 0.0
        self._former: dict[str, int] = {}
        self._recovering = False
        self._prepared = False
        self._ready: bool | None = None
        self._answered = threading.Event()
        self._usable = threading.Event()
        self._closed = threading.Event()
        self._lock = threading.RLock()
        self._data_lock = threading.Lock()
        self._channel: Channel | None = None
        self._data: Channel | None = None

    @property
    def is_closed(self) -> bool:
        """Whether the agent is of no more use."""
        return self._closed.is_set()

    # Life ---------------------------------------------------------------------------------------

    def open(self) -> None:
        """Start the agent.

        Raises:
            SagaException: the host gives no shell.
        """
        self._usable.set()
        try:
            self._channel = self._opener(on_event=self._event, on_lost=self._lost)
            self._begin()
        except BaseException:
            self.close()
            raise

    def release(self) -> None:
        """Let go of the agent; it ends when nobody holds it and no job of its own goes on."""
        with self._lock:
            self.users -= 1
        self._end_if_unused()

    def close(self) -> None:
        """End the agent; jobs go on."""
        self._closed.set()
        self._usable.set()
        for channel in (self._channel, self._data):
            if channel is not None:
                channel.close()

    def _end_if_unused(self) -> None:
        with self._lock:
            if self.users > 0 or self._records or self._closed.is_set():
                return
            self._closed.set()
        self.close()

    def _begin(self) -> None:
        """Make the shell of the channel an agent, with a service of its own."""
        channel = self._live_channel()
        self._service = os.urandom(8).hex()
        self._asked_at = 0.0
        self._prepared = False
        self._answered.clear()
        channel.send(agent_text() + f"\njuncture_open {self._service}")
        self._greeting = channel.start('printf "%s\\n%s" "$PWD" "$ja_folder"')

    def _greeted(self) -> None:
        """Wait for what the agent says about its host; opening it does not wait for that."""
        greeting = self._greeting
        if greeting is not None:
            said = greeting.result(_ANSWER_S).stdout.decode("utf-8", "surrogateescape")
            self._home, _, self._folder = said.partition("\n")
            self._wait_answer()
            self._greeting = None

    @property
    def host(self) -> str:
        """The host's own name for itself."""
        self._greeted()
        return self._host

    @property
    def home(self) -> str:
        """The home directory there."""
        self._greeted()
        return self._home

    @property
    def folder(self) -> str:
        """The directory of records there."""
        self._greeted()
        return self._folder

    def _wait_answer(self) -> None:
        if not self._answered.wait(_ANSWER_S):
            raise Timeout(f"the job agent on {self.name} does not answer")
        if not self._live_channel().alive:
            raise NoSuccess(f"the connection to {self.name} is lost")

    def _live_channel(self) -> Channel:
        if self._channel is None or self._closed.is_set():
            raise NoSuccess(f"the job agent on {self.name} is closed")
        return self._channel

    # Jobs ---------------------------------------------------------------------------------------

    def submit(self, entries: Sequence[Entry]) -> None:
        """Have jobs started, and return when each has been started, refused or lost sight of.

        Each entry that was sent gets its record; the others fail.

        Raises:
            NoSuccess: the host cannot be reached, or cannot keep records; no job was sent.
        """
        self.require()
        submission = Submission(len(entries), _WINDOW)
        with self._lock:
            self._prepare()
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
        try:
            submission.wait()
        except BaseException:  # Ctrl-C: the jobs go on, and what becomes of them is told
            submission.tells = False
            for entry in entries:
                if entry.record is not None:
                    notifier.put(entry.record.tell)
            raise
        for entry in entries:
            if entry.record is not None:
                entry.record.tell(wait=True)

    def _try_to_send(
        self, entries: Sequence[Entry], submission: Submission
    ) -> SagaException | None:
        """Send jobs, if the connection was lost when it is back; return why they were not sent."""
        try:
            self.require()
            with self._lock:
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
            record = Record(f"{self._service}.{self._number}", entry.get_api(), self.told)
            record.submission, record.is_confirmed = submission, False
            record.finish = entry.finish if entry.has_finish else None
            self._records[record.key] = record
            entry.record = record
            lines.append(entry.command(self._number))
        # The shell then forgets the helpers that have ended.
        if self._number % (4 * _CHUNK) < len(lines):
            lines.append("jobs >/dev/null 2>&1")
        try:
            self._live_channel().send("\n".join(lines))
        except NoSuccess as error:
            # What becomes of them is found out when the channel is back.
            for entry in entries:
                if entry.record is not None:
                    entry.record.lose(f"the connection is lost: {error.message}")
        notifier.regularly(self)

    def _prepare(self) -> None:
        if self._prepared:
            return
        self._greeted()
        self._answered.clear()
        self._live_channel().send("juncture_prepare")
        self._wait_answer()
        if not self._ready:
            raise NoSuccess(
                f"the job agent on {self.name} cannot keep records in `{self.folder}`",
                hint="is the disk full, or the directory not yours?",
            )
        self._prepared = True
        if self._purge_days:
            self._live_channel().send(f"juncture_purge {self._purge_days} 3>&- 4>&- 5>&- 6>&- &")

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
        channel = self._live_channel()
        channel.send(command)
        channel.run(":")

    def find(self, key: str) -> Record | None:
        """Return the record of a job that has not ended, if this agent knows it."""
        return self._records.get(key)

    def facts(self, key: str) -> tuple[Facts, int]:
        """Return what the journal says about a job, and how many bytes it has.

        Raises:
            DoesNotExist: there is no such job.
        """
        service, _, number = key.rpartition(".")
        path = f"{self.folder}/{service}/journal"
        try:
            text = self.data().read_file(path)
        except DoesNotExist:
            text = b""
        journal = Journal(service)
        # One job of many: the lines of the others are not worth taking apart.
        about = (f"{key} ".encode("ascii"), f"{service}.0 ".encode("ascii"))
        journal.take(line for line in text.split(b"\n") if line.startswith(about))
        facts = journal.jobs.get(int(number))
        if facts is None or journal.clock is None:
            raise DoesNotExist(
                f"{self.name} has no job `{key}`",
                hint="records of jobs that have ended are removed some time later",
            )
        self._clocks.setdefault(service, journal.clock)
        return facts, len(text)

    def adopt(self, record: Record, offset: int) -> None:
        """Follow a job of another agent.

        Args:
            record: The job.
            offset: How much of its journal has been read.
        """
        service = record.key.rpartition(".")[0]
        with self._lock:
            self._records[record.key] = record
            if service != self._service and service not in self._followed:
                self._followed.add(service)
                self._live_channel().send(f"juncture_follow {service} {offset + 1}")
        notifier.regularly(self)
        self._verify([record])

    # What the far side says ---------------------------------------------------------------------

    def _event(self, raw: bytes) -> None:
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
                record.lose("its helper is gone, and nobody has recorded its end")
        elif (clock := self._clocks.get(line.service)) is not None:
            record.take(line, clock)

    def _service_event(self, line: Line) -> None:
        if line.verb == "hello":
            clock = Clock(line.words)
            self._clocks[line.service] = clock
            self._host = clock.host
            self._pid = int(line.words[5])
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
        if self.users <= 0:
            self._end_if_unused()

    # What is not pushed -------------------------------------------------------------------------

    def look(self) -> bool:
        """See to it that jobs whose helper has died are not waited for as if it lived."""
        if self._closed.is_set():
            return False
        if self._usable.is_set():
            if self._asked_at and time.monotonic() - self._asked_at > _SILENCE_S:
                # What jobs hold open can keep a connection to a dead shell alive.
                self._live_channel().close()
                self._lost(NoSuccess(f"the job agent on {self.name} does not answer"))
                return True
            self._asked_at = self._asked_at or time.monotonic()
            self._verify([*self._records.values()])
        return bool(self._records)

    def _verify(self, records: list[Record]) -> None:
        self._greeted()
        here = self._clocks[self._service].boot
        words: list[str] = []
        for record in records:
            facts = record.facts
            if facts.final or not facts.helper:
                continue
            if facts.host != self.host:
                record.lose(f"it was started on {facts.host}, and this is {self.host}")
            elif facts.boot != here:
                record.lose(f"{self.host} was restarted before an end was recorded")
            else:
                words.append(f"{record.key} {facts.helper} {facts.helper_start}")
        words = words or [f"{self._service}.0 0 0"]
        try:
            for at in range(0, len(words), _VERIFY_AT_ONCE):
                part = " ".join(words[at : at + _VERIFY_AT_ONCE])
                self._live_channel().send(f"juncture_verify {part}")
        except NoSuccess as error:
            _log().debug("%s", error)

    # The channel is lost ------------------------------------------------------------------------

    def require(self, timeout: float = _ANSWER_S) -> None:
        """Return when the agent can be used.

        Raises:
            NoSuccess: it is closed, or the host cannot be reached.
        """
        if not self._usable.wait(timeout):
            raise NoSuccess(
                f"the connection to {self.name} is lost", hint="it is tried again; so can you"
            )
        self._live_channel()

    def _lost(self, reason: SagaException) -> None:
        self._usable.clear()
        self._answered.set()
        if self._closed.is_set():
            return
        for record in [*self._records.values()]:
            record.lose(f"the connection is lost: {reason.message}")
        if not self._recovering:
            self._recovering = True
            threading.Thread(target=self._recover, name="juncture-jobs-again", daemon=True).start()

    def _recover(self) -> None:
        delay = _FIRST_DELAY_S
        while not self._closed.is_set():
            try:
                with self._lock:
                    self._reconnect()
            except SagaException as error:
                _log().info("no connection to %s yet: %s", self.name, error)
                if self._closed.wait(delay):
                    return
                delay = min(2 * delay, _LONGEST_DELAY_S)
            else:
                return

    def _reconnect(self) -> None:
        """Open the channel again, and learn from the journals what has happened."""
        channel = self._live_channel()
        if self._usable.is_set() and channel.alive:
            return
        if self._service in self._clocks:  # it had begun, and may have been sent jobs
            self._former[self._service] = self._pid
        channel.reconnect()
        self._begin()
        self._greeted()
        clock = self._clocks[self._service]
        for service, pid in self._former.items():
            old = self._clocks[service]
            if (clock.host, clock.boot) == (old.host, old.boot):
                channel.run(f"juncture_settle {service} {pid}")
        self._followed.clear()
        by_service: dict[str, list[Record]] = {}
        for record in [*self._records.values()]:
            by_service.setdefault(record.key.rpartition(".")[0], []).append(record)
        for service, records in by_service.items():
            self._catch_up(service, records, sent=service in self._former)
        self._recovering = False
        if not channel.alive:
            raise NoSuccess(f"the connection to {self.name} is lost again")
        self._former.clear()
        self._usable.set()

    def _catch_up(self, service: str, records: list[Record], *, sent: bool) -> None:
        path = f"{self.folder}/{service}/journal"
        try:
            text = self.data().read_file(path)
        except DoesNotExist:
            text = b""
        clock = self._clocks[service]
        lines = [line for raw in text.split(b"\n") if (line := read_line(raw)) is not None]
        mine = {record.key: record for record in records}
        for line in lines:
            if line.key in mine:
                mine[line.key].take(line, clock)
        for record in records:
            if not record.is_confirmed and sent:
                record.take(Line(service, int(record.key.rpartition(".")[2]), "unsent", ()), clock)
            elif record.lost and not record.facts.final:
                record.lost = False
                record.push()
        if any(not record.facts.final for record in records):
            self._followed.add(service)
            self._live_channel().send(f"juncture_follow {service} {len(text) + 1}")
            self._verify(records)

    # Data ---------------------------------------------------------------------------------------

    def data(self) -> Channel:
        """Return a channel for all that is not about starting jobs."""
        with self._data_lock:
            if self._data is None:
                self._data = self._opener()
            elif not self._data.alive:
                self._data.reconnect()
            return self._data

    def ask(self, command: str) -> Result:
        """Run a command on the host and return its result."""
        return self.data().run(command, isolated=True)

    def journals(self) -> dict[str, Journal]:
        """Return the journals of all services of this account on this host."""
        result = self.ask(f"cat {quoting.quote(self.folder)}/*/journal 2>/dev/null")
        found: dict[str, Journal] = {}
        for raw in result.stdout.split(b"\n"):
            line = read_line(raw)
            if line is not None:
                found.setdefault(line.service, Journal(line.service)).take((raw,))
        return {
            service: journal
            for service, journal in found.items()
            if journal.clock is not None and journal.clock.host == self.host
        }
