"""What a row of the table is: contestants that take samples, and goals that judge the result.

A contestant is a context manager: entering prepares (a daemon, a living process) and yields a
function that takes one sample. The contestants `existing`, `ours` and `floor` make the row; others
are variants, listed apart.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from statistics import median
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from suite.host import Host
    from suite.side import Side


EXISTING = "existing"
OURS = "ours"
FLOOR = "floor"

RUNTIME = "runtime"
"""The group of the rows about application adaptors."""
SAGA = "saga"
"""The group of the rows about back-end access."""
FILES = "files"
"""The group of the rows about files and data."""


@dataclass(frozen=True, slots=True)
class Sample:
    """What one turn of a contestant gave.

    Attributes:
        values: One or more values in the unit of the row.
        extras: Further figures by name.
    """

    values: list[float]
    extras: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Bench:
    """What a contestant may know of this run.

    Attributes:
        existing: The side of the existing runtime.
        radical: The side of RADICAL-SAGA, the `existing` of the rows about back-end access.
        host: A host behind ssh.
        ours: The side of juncture.
        lines: How many lines the log rows write.
        batch: How many operations a sample of a living process makes.
        idle_s: How long the idle daemon is watched.
        jobs: How many jobs are one bulk.
        files: How many small files are copied.
        large_bytes: How long the large file is.
        names: How many names are listed.
    """

    existing: Side
    radical: Side
    host: Host
    ours: Side
    lines: int
    batch: int
    idle_s: float
    jobs: int
    files: int
    large_bytes: int
    names: int


class SkippedError(Exception):
    """A contestant cannot run on this machine; the message says why."""


Take = Callable[[], Sample]
Contestant = Callable[[Bench], AbstractContextManager[Take]]


@dataclass(slots=True)
class Figures:
    """All samples of one contestant, in the order of the rounds."""

    samples: list[Sample] = field(default_factory=list)
    problem: str = ""
    is_left_out: bool = False

    @property
    def median(self) -> float:
        """The median of all values of all rounds."""
        return median(value for sample in self.samples for value in sample.values)

    @property
    def count(self) -> int:
        """How many values there are."""
        return sum(len(sample.values) for sample in self.samples)

    def rounds(self) -> list[float]:
        """Return the median of each round."""
        return [median(sample.values) for sample in self.samples]

    def worst(self, name: str) -> float:
        """Return the largest value of an extra, so that one bad round shows."""
        return max(sample.extras[name] for sample in self.samples)


@dataclass(slots=True)
class Result:
    """The figures of all contestants of a row."""

    contestants: dict[str, Figures] = field(default_factory=dict)

    def has(self, *names: str) -> bool:
        """Return whether each of these contestants has samples."""
        return all(name in self.contestants and self.contestants[name].samples for name in names)

    def ratio(self, over: str, under: str) -> float:
        """Return the median over the rounds of one contestant's value by another's."""
        pairs = zip(self.contestants[over].rounds(), self.contestants[under].rounds(), strict=False)
        return median(a / b for a, b in pairs)

    def difference(self, of: str, less: str) -> float:
        """Return the median over the rounds of one contestant's value less another's."""
        pairs = zip(self.contestants[of].rounds(), self.contestants[less].rounds(), strict=False)
        return median(a - b for a, b in pairs)


@dataclass(frozen=True, slots=True)
class Goal:
    """A bound on a figure of ours.

    Attributes:
        text: The goal as a person writes it.
        needs: The contestants without which it cannot be judged.
        figure: The figure that is bounded.
        limit: The bound.
        at_least: The figure must reach the bound, rather than stay below it.
    """

    text: str
    needs: tuple[str, ...]
    figure: Callable[[Result], float]
    limit: float
    at_least: bool = False

    def met(self, result: Result) -> bool | None:
        """Return whether the goal is reached; None when it cannot be judged."""
        if not result.has(*self.needs):
            return None
        figure = self.figure(result)
        return figure >= self.limit if self.at_least else figure <= self.limit


def at_most(text: str, limit: float) -> Goal:
    """Return the goal that our median is at most `limit`."""
    return Goal(text, (OURS,), lambda result: result.contestants[OURS].median, limit)


def at_least(text: str, limit: float) -> Goal:
    """Return the goal that our median, a rate, is at least `limit`."""
    return Goal(text, (OURS,), lambda r: r.contestants[OURS].median, limit, at_least=True)


def beyond_floor(text: str, limit: float) -> Goal:
    """Return the goal that ours is at most `limit` more than the floor."""
    return Goal(text, (OURS, FLOOR), lambda result: result.difference(OURS, FLOOR), limit)


def extra_at_most(text: str, name: str, limit: float) -> Goal:
    """Return the goal that an extra of ours is at most `limit` in every round."""
    return Goal(text, (OURS,), lambda result: result.contestants[OURS].worst(name), limit)


def times_floor(text: str, limit: float) -> Goal:
    """Return the goal that ours takes at most `limit` times the floor."""
    return Goal(text, (OURS, FLOOR), lambda result: result.ratio(OURS, FLOOR), limit)


def times_best(text: str, others: tuple[str, ...], limit: float) -> Goal:
    """Return the goal that ours takes at most `limit` times the best of others, turn by turn."""

    def figure(result: Result) -> float:
        there = [result.contestants[name].rounds() for name in others if result.has(name)]
        ours = result.contestants[OURS].rounds()
        return median(value / min(best) for value, *best in zip(ours, *there, strict=False))

    return Goal(text, (OURS, others[0]), figure, limit)


def share_of_floor(text: str, limit: float) -> Goal:
    """Return the goal that our rate is at least `limit` times that of the floor."""
    return Goal(text, (OURS, FLOOR), lambda result: result.ratio(OURS, FLOOR), limit, at_least=True)


def times_faster(text: str, limit: float) -> Goal:
    """Return the goal that the existing runtime takes at least `limit` times as long as ours."""
    return Goal(text, (EXISTING, OURS), lambda r: r.ratio(EXISTING, OURS), limit, at_least=True)


@dataclass(frozen=True, slots=True)
class Measure:
    """A row of the table.

    Attributes:
        name: What `--only` takes.
        title: What the row says.
        contestants: By name, in the order in which they take turns.
        goals: What ours must reach.
        runs: Rounds of a full run.
        unit: `s`, `MB` (10^6 bytes), `MB/s` or `/s`.
        warm_up: Take and discard one sample of each contestant first.
        reason: Why a goal cannot be reached, where that is known.
        group: `RUNTIME`, `SAGA` or `FILES`.
        existing_runs: Rounds of the existing one, where fewer must do; its failure is a result
            then, and no fault of the run. None for all rounds.
    """

    name: str
    title: str
    contestants: dict[str, Contestant]
    goals: tuple[Goal, ...]
    runs: int
    unit: str = "s"
    warm_up: bool = True
    reason: str = ""
    group: str = RUNTIME
    existing_runs: int | None = None
