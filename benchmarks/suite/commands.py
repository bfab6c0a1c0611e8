"""Rows that time whole commands: run, and the daemon's start, run and stop."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from suite.measure import (
    EXISTING,
    FLOOR,
    OURS,
    Bench,
    Contestant,
    Measure,
    Sample,
    Take,
    at_most,
    times_faster,
    times_floor,
)
from suite.side import Daemon, Side, running_daemon

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

BY_CLASS = "ours, EntryPoint(Class)"

TASK_S = 0.05


def _existing(bench: Bench) -> Side:
    return bench.existing


def _ours(bench: Bench) -> Side:
    return bench.ours


def _ours_by_class(bench: Bench) -> Side:
    return replace(bench.ours, adaptor="bench_noop_class")


SIDES: dict[str, Callable[[Bench], Side]] = {
    EXISTING: _existing,
    OURS: _ours,
    BY_CLASS: _ours_by_class,
}


@contextmanager
def interpreter(bench: Bench) -> Iterator[Take]:
    """Floor of every command: an interpreter of the same environment that does nothing."""
    yield lambda: Sample([bench.ours.time_command("-c", "pass")])


def _run(choose: Callable[[Bench], Side]) -> Contestant:
    @contextmanager
    def contestant(bench: Bench) -> Iterator[Take]:
        side = choose(bench)
        yield lambda: Sample([side.time_adaptor("run")])

    return contestant


def _daemon_run(choose: Callable[[Bench], Side], run_data: dict[str, Any]) -> Contestant:
    @contextmanager
    def contestant(bench: Bench) -> Iterator[Take]:
        with running_daemon(choose(bench)) as daemon:
            yield lambda: Sample([daemon.run(run_data)])

    return contestant


def _daemon_start(choose: Callable[[Bench], Side]) -> Contestant:
    @contextmanager
    def contestant(bench: Bench) -> Iterator[Take]:
        def take() -> Sample:
            daemon = Daemon(choose(bench))
            seconds = daemon.start()
            daemon.stop()
            return Sample([seconds])

        yield take

    return contestant


def _daemon_stop(choose: Callable[[Bench], Side]) -> Contestant:
    @contextmanager
    def contestant(bench: Bench) -> Iterator[Take]:
        def take() -> Sample:
            daemon = Daemon(choose(bench))
            daemon.start()
            returned, gone = daemon.stop()
            return Sample([gone], {"command returned s": returned})

        yield take

    return contestant


def _with_floor(build: Callable[[Callable[[Bench], Side]], Contestant]) -> dict[str, Contestant]:
    return {name: build(side) for name, side in SIDES.items()} | {FLOOR: interpreter}


DAEMON_RUN = Measure(
    name="daemon-run",
    title="`daemon run` no-op, whole command",
    contestants=_with_floor(lambda side: _daemon_run(side, {})),
    goals=(
        times_floor("≤ 2.5 times `python -c pass`", 2.5),
        times_faster("≥ 8 times faster than the existing", 8),
    ),
    runs=25,
)

DAEMON_RUN_50MS = Measure(
    name="daemon-run-50ms",
    title="`daemon run` of a 50 ms task",
    contestants=_with_floor(lambda side: _daemon_run(side, {"seconds": TASK_S})),
    goals=(at_most("≤ task + 50 ms", TASK_S + 0.05),),
    runs=9,
)

DAEMON_START = Measure(
    name="daemon-start",
    title="`daemon start` no-op adaptor",
    contestants=_with_floor(_daemon_start),
    goals=(at_most("≤ 150 ms", 0.15),),
    runs=7,
    warm_up=False,
)

DAEMON_STOP = Measure(
    name="daemon-stop",
    title="`daemon stop` returned and daemon gone",
    contestants=_with_floor(_daemon_stop),
    goals=(at_most("≤ 80 ms", 0.08),),
    runs=7,
    warm_up=False,
)

RUN = Measure(
    name="run",
    title="`run` no-op",
    contestants=_with_floor(_run),
    goals=(at_most("≤ 80 ms", 0.08),),
    runs=15,
)
