"""What an agent's lines say, and what they make of a job; nothing is read or sent here.

A line is `SERVICE.NUMBER VERB WORD … .`; one without the dot is not whole and is passed over. The
same lines stand in the journal of a service and come as events, in any mixture and more than once,
so each verb only adds to what is known; of what stopped a job or let it go on, the latest counts.
A line that cannot be what an agent has written is passed over, too.
Times are those of the job's host: its clock when the service was opened, carried on by the time
since the host started, which nobody can set back.
"""

from __future__ import annotations

from juncture.saga.constants import CANCELED, DONE, FAILED, NEW, RUNNING, SUSPENDED, UNKNOWN

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any

SIGNALED = 128
"""A shell says `SIGNALED + signal` for a program that a signal ended."""
_MOST_SIGNALS = 64
_FEWEST_WORDS = 3
_TICK_S = 0.01
"""Uptime is counted in hundredths, rounded down: one less, and nothing happens in the future."""


class Line:
    """One whole line."""

    __slots__ = ("number", "service", "verb", "words")

    def __init__(self, service: str, number: int, verb: str, words: tuple[str, ...]) -> None:
        self.service = service
        self.number = number
        self.verb = verb
        self.words = words

    @property
    def key(self) -> str:
        """The native id of the job."""
        return f"{self.service}.{self.number}"


def read_line(raw: bytes) -> Line | None:
    """Return what a line says, or None when it is not whole."""
    words = raw.decode("utf-8", "surrogateescape").split()
    if len(words) < _FEWEST_WORDS or words[-1] != ".":
        return None
    service, dot, number = words[0].rpartition(".")
    if not dot or not number.isdecimal():
        return None
    return Line(service, int(number), words[1], tuple(words[2:-1]))


def is_native_id(text: str) -> bool:
    """Say whether a text can be the native id of a job."""
    service, _, number = text.rpartition(".")
    return service.isalnum() and service.isascii() and number.isdecimal()


class Clock:
    """How the times of a service are read.

    Args:
        words: The words of its `open` or `hello` line.
    """

    __slots__ = ("boot", "epoch", "host", "kind", "start")

    def __init__(self, words: tuple[str, ...]) -> None:
        self.kind, start, epoch, self.boot, self.host = words[:5]
        self.start = _seconds(start)
        whole, _, part = epoch.partition(".")
        # A `date` that knows no %N says it as it stands.
        self.epoch = float(f"{whole}.{part}" if part.isdecimal() else whole)

    def time(self, word: str) -> float:
        """Return seconds since the epoch."""
        seconds = _seconds(word)
        if self.kind != "uptime":
            return seconds
        return round(self.epoch + seconds - self.start - _TICK_S, 3)


def _seconds(word: str) -> float:
    return float(word.replace(",", "."))  # some locales write a comma


class Facts:
    """What is known about a job."""

    __slots__ = (
        "boot",
        "canceled",
        "created",
        "detail",
        "exit_code",
        "finished",
        "helper",
        "helper_start",
        "host",
        "limited",
        "moved",
        "process",
        "refused",
        "started",
        "state",
        "termsig",
        "unset",
    )

    def __init__(self) -> None:
        self.state: str = NEW
        self.detail: str | None = None
        self.created: float | None = None
        self.started: float | None = None
        self.finished: float | None = None
        self.exit_code: int | None = None
        self.termsig: int | None = None
        self.process = 0
        self.helper = 0
        self.helper_start = "0"
        self.boot = ""
        self.host = ""
        self.canceled = False
        self.limited = False
        self.moved = 0.0
        self.refused = False
        self.unset = False

    @property
    def never_wrote(self) -> bool:
        """Whether the job has ended before there was any output of its own."""
        return self.refused or self.unset

    @property
    def final(self) -> bool:
        """Whether the job has ended."""
        return self.state in _FINAL

    def take(self, line: Line, clock: Clock) -> bool:
        """Add what a line says; return whether it was news."""
        act = _VERBS.get(line.verb)
        if act is None or self.final:
            return False
        before = (self.state, self.detail)
        try:
            act(self, line.words, clock)
        except (ValueError, IndexError):  # the disk has lost a part of it
            return False
        return (self.state, self.detail) != before

    def known(self) -> dict[str, Any]:
        """Return the attributes of an API job that are known."""
        found: dict[str, Any] = {
            "created": self.created,
            "started": self.started,
            "finished": self.finished,
            "exit_code": self.exit_code,
            "termsig": self.termsig,
        }
        return {name: value for name, value in found.items() if value is not None}


_FINAL = frozenset((DONE, FAILED, CANCELED))


def _run(facts: Facts, words: tuple[str, ...], clock: Clock) -> None:
    started, process, helper, helper_start, created = words[:5]
    times, numbers = (clock.time(started), clock.time(created)), (int(process), int(helper))
    facts.started, facts.created = times
    facts.process, facts.helper = numbers
    facts.helper_start = helper_start
    facts.boot, facts.host = clock.boot, clock.host
    if facts.state in (NEW, UNKNOWN):
        facts.state, facts.detail = RUNNING, None


def _refused(facts: Facts, words: tuple[str, ...], clock: Clock) -> None:
    del words, clock
    facts.refused = True
    facts.state, facts.detail = (
        FAILED,
        "the host could not keep a record of it, so it was not started",
    )


def _unsent(facts: Facts, words: tuple[str, ...], clock: Clock) -> None:
    del words, clock
    facts.refused = True
    facts.state, facts.detail = FAILED, "the connection was lost before it was started"


def _stop(facts: Facts, words: tuple[str, ...], clock: Clock) -> None:
    _move(facts, SUSPENDED, clock.time(words[0]))


def _cont(facts: Facts, words: tuple[str, ...], clock: Clock) -> None:
    _move(facts, RUNNING, clock.time(words[0]))


def _move(facts: Facts, state: str, when: float) -> None:
    """Take what somebody has done to a job; other clients tell of it in their own time."""
    if when >= facts.moved:
        facts.moved, facts.state = when, state


def _cancel(facts: Facts, words: tuple[str, ...], clock: Clock) -> None:
    del words, clock
    facts.canceled = True


def _limit(facts: Facts, words: tuple[str, ...], clock: Clock) -> None:
    del words, clock
    facts.limited = True


def _gone(facts: Facts, words: tuple[str, ...], clock: Clock) -> None:
    """Nothing of a canceled job is left, and its helper could not say how it ended."""
    if facts.canceled:
        facts.finished = clock.time(words[0])
        facts.state, facts.detail = CANCELED, "no process is left; how it ended was not recorded"


def _end(facts: Facts, words: tuple[str, ...], clock: Clock) -> None:
    finished, status = clock.time(words[0]), int(words[1])
    facts.finished, facts.exit_code = finished, status
    if SIGNALED < status <= SIGNALED + _MOST_SIGNALS:
        facts.termsig = status - SIGNALED
    facts.detail = None
    facts.unset = "setup" in words
    if facts.canceled:
        facts.state = CANCELED
    elif facts.limited:
        facts.state, facts.detail = FAILED, "it was ended at its wall time limit"
    else:
        facts.state = FAILED if status else DONE
        if facts.unset:
            facts.detail = "it could not be set up; its log says why"


_VERBS: dict[str, Callable[[Facts, tuple[str, ...], Clock], None]] = {
    "run": _run,
    "refused": _refused,
    "unsent": _unsent,
    "stop": _stop,
    "cont": _cont,
    "cancel": _cancel,
    "limit": _limit,
    "gone": _gone,
    "end": _end,
}
"""What each verb adds; others are about the service or for people."""


class Journal:
    """The facts of a service's jobs, from its journal."""

    def __init__(self, service: str) -> None:
        self.service = service
        self.clock: Clock | None = None
        self.jobs: dict[int, Facts] = {}

    def take(self, lines: Iterable[bytes]) -> None:
        """Add lines."""
        for raw in lines:
            line = read_line(raw)
            if line is None or line.service != self.service:
                continue
            if line.verb == "open":
                self.open(line)
            elif self.clock is not None and line.number:
                self.jobs.setdefault(line.number, Facts()).take(line, self.clock)

    def open(self, line: Line) -> None:
        """Take the clock of an agent; those of one service since one start of the host are one."""
        try:
            clock = Clock(line.words)
        except ValueError:  # the disk has lost a part of it
            return
        if self.clock is None or self.clock.boot != clock.boot:
            self.clock = clock
