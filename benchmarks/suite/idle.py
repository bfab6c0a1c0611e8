"""Row of the idle daemon: what it holds and whether it sleeps."""

from __future__ import annotations

import time
from contextlib import contextmanager
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
    at_most,
    extra_at_most,
)
from suite.side import driver, running_daemon

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from suite.side import Side

TICKS = "CPU ticks"
WAKE_UPS = "wake-ups"
PEAK = "RSS peak MB"


def _idle(choose: Callable[[Bench], Side]) -> Contestant:
    @contextmanager
    def contestant(bench: Bench) -> Iterator[Take]:
        with running_daemon(choose(bench)) as daemon:
            daemon.run({})
            time.sleep(min(1.0, bench.idle_s))  # the end of that run is not idleness

            def take() -> Sample:
                ticks = procfs.cpu_ticks(daemon.pid)
                switches = procfs.context_switches(daemon.pid)
                time.sleep(bench.idle_s)
                woken = procfs.wake_ups(switches, procfs.context_switches(daemon.pid))
                spent = procfs.cpu_ticks(daemon.pid) - ticks
                resident, peak = procfs.memory_mb(daemon.pid)
                return Sample([resident], {TICKS: spent, WAKE_UPS: woken, PEAK: peak})

            yield take

    return contestant


@contextmanager
def interpreter(bench: Bench) -> Iterator[Take]:
    """Floor: the memory of an interpreter that has imported nothing and waits for a signal."""
    with driver(bench.ours, "wait.py") as process:
        process.batch(0)
        yield lambda: Sample([procfs.memory_mb(process.pid)[0]])


IDLE = Measure(
    name="idle",
    title="idle daemon",
    contestants={
        EXISTING: _idle(lambda bench: bench.existing),
        OURS: _idle(lambda bench: bench.ours),
        FLOOR: interpreter,
    },
    goals=(
        at_most("≤ 20 MB", 20),
        extra_at_most("0 CPU", TICKS, 0),
        extra_at_most("no wake-ups", WAKE_UPS, 0),
    ),
    runs=2,
    unit="MB",
    warm_up=False,
)
