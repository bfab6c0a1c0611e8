"""Rows of many lines: an adaptor's log through `daemon run`, a child's through `LoggingSubprocess`.

A child's lines are measured where they belong, in an adaptor of a command `run` whose output goes
to a file; a plain script with a handler of the standard library is a variant. The time is that of
`LoggingSubprocess` alone.

Each line is numbered, and after the time is taken the output is checked to hold every number once
and in order. The existing runtime may lose lines; how many is part of its figures. Ours may not:
a lost line is an error.
"""

from __future__ import annotations

import itertools
import json
import os
import re
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from suite import procfs
from suite.measure import (
    EXISTING,
    FLOOR,
    OURS,
    Bench,
    Contestant,
    Measure,
    Sample,
    Take,
    extra_at_most,
    times_faster,
)
from suite.side import CommandError, driver, running_daemon

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from suite.side import Side

LOST = "lines lost"
GROWTH = "daemon RSS growth MB"
PEAK = "daemon RSS peak MB"

_CHILD_LINE = re.compile(r"^STDOUT: (\d+)$", re.MULTILINE)
_MATCHED = re.compile(r"INFO: matched (\d+) in (\S+) s$", re.MULTILINE)
_NUMBERED = re.compile(rb"INFO: line (\d+) of the log$", re.MULTILINE)


def _existing(bench: Bench) -> Side:
    return bench.existing


def _ours(bench: Bench) -> Side:
    return bench.ours


def lost_lines(output: Path, count: int) -> int:
    """Return how many of the numbered lines are missing.

    Raises:
        CommandError: a line is doubled or out of order.
    """
    numbers = [int(match[1]) for match in _NUMBERED.finditer(output.read_bytes())]
    if any(later <= earlier for earlier, later in itertools.pairwise(numbers)):
        raise CommandError("log lines are doubled or out of order")
    return count - len(numbers)


def _log_lines(choose: Callable[[Bench], Side], *, discard: bool = False) -> Contestant:
    @contextmanager
    def contestant(bench: Bench) -> Iterator[Take]:
        side = choose(bench)

        def take() -> Sample:
            output = Path(os.devnull) if discard else side.file(".log")
            with running_daemon(side) as daemon:
                before, _ = procfs.memory_mb(daemon.pid)
                seconds = daemon.run({"lines": bench.lines}, stdout=output)
                _, peak = procfs.memory_mb(daemon.pid)
            extras = {GROWTH: peak - before, PEAK: peak}
            if not discard:
                extras[LOST] = lost_lines(output, bench.lines)
                output.unlink()
            if extras.get(LOST) and side is bench.ours:
                raise CommandError(f"{extras[LOST]} log lines are missing")
            return Sample([seconds], extras)

        yield take

    return contestant


def passed_lines(output: Path, count: int) -> float:
    """Return the seconds that the adaptor says a child's numbered lines took.

    Raises:
        CommandError: a line did not reach the log in its turn, or the callback.
    """
    text = output.read_text(encoding="utf-8")
    found = _MATCHED.search(text)
    matched = int(found[1]) if found else 0
    logged = _CHILD_LINE.findall(text)
    if found is None or matched != count or logged != [str(n) for n in range(1, count + 1)]:
        raise CommandError(
            f"of {count} lines {matched} reached the callback, {len(logged)} the log"
        )
    return float(found[2])


def _adaptor_child_lines(choose: Callable[[Bench], Side]) -> Contestant:
    @contextmanager
    def contestant(bench: Bench) -> Iterator[Take]:
        side = choose(bench)

        def take() -> Sample:
            output = side.file(".log")
            run_data = json.dumps({"child_lines": bench.lines})
            side.time_adaptor("run", "--run-data", run_data, stdout=output)
            seconds = passed_lines(output, bench.lines)
            output.unlink()
            return Sample([seconds])

        yield take

    return contestant


def _child_lines(choose: Callable[[Bench], Side], script: str, kind: str) -> Contestant:
    @contextmanager
    def contestant(bench: Bench) -> Iterator[Take]:
        side = choose(bench)
        with driver(side, script, kind, side.file(".log")) as process:
            yield lambda: Sample(process.batch(bench.lines))

    return contestant


LOG_LINES = Measure(
    name="log-lines",
    title="1 M log lines through `daemon run`",
    contestants={
        EXISTING: _log_lines(_existing),
        OURS: _log_lines(_ours),
        FLOOR: _child_lines(_ours, "lines_floor.py", "logging"),
        "existing, output to /dev/null": _log_lines(_existing, discard=True),
        "ours, output to /dev/null": _log_lines(_ours, discard=True),
    },
    goals=(
        times_faster("≥ 10 times faster", 10),
        extra_at_most("daemon RSS growth ≤ 16 MB", GROWTH, 16),
    ),
    runs=3,
    warm_up=False,
    reason=(
        "the ratio lies within a few percent of the goal and crosses it with the noise of the"
        " machine; what is left of our time is a write a line, so that a crash loses none"
    ),
)

CHILD_LINES = Measure(
    name="child-lines",
    title="1 M lines of a child through `LoggingSubprocess` with a regex",
    contestants={
        EXISTING: _adaptor_child_lines(_existing),
        OURS: _adaptor_child_lines(_ours),
        FLOOR: _child_lines(_ours, "lines_floor.py", "regex"),
        "existing, outside an adaptor": _child_lines(_existing, "child_lines.py", "existing"),
        "ours, outside an adaptor": _child_lines(_ours, "child_lines.py", "ours"),
    },
    goals=(times_faster("≥ 4 times faster", 4),),
    runs=3,
    warm_up=False,
)
