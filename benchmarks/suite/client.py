"""Row of the client API: no-op runs from one living Python process."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

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
)
from suite.side import driver, running_daemon

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from suite.side import Side

EXISTING_SHARE = 5
"""The existing runtime makes one run for this many of ours: its median needs no more."""


def _client(choose: Callable[[Bench], Side], script: str, share: int) -> Contestant:
    @contextmanager
    def contestant(bench: Bench) -> Iterator[Take]:
        side = choose(bench)
        with running_daemon(side) as daemon, driver(side, script, daemon.connection_file) as runs:
            yield lambda: Sample(runs.batch(max(1, bench.batch // share)))

    return contestant


def _alone(script: str, *arguments: str) -> Contestant:
    @contextmanager
    def contestant(bench: Bench) -> Iterator[Take]:
        with driver(bench.ours, script, *arguments) as process:
            yield lambda: Sample(process.batch(bench.batch))

    return contestant


CLIENT_RUN = Measure(
    name="client-run",
    title="the same from a living Python process (client API)",
    contestants={
        EXISTING: _client(lambda bench: bench.existing, "client_existing.py", EXISTING_SHARE),
        OURS: _client(lambda bench: bench.ours, "client_ours.py", 1),
        FLOOR: _alone("echo.py"),
        "floor, same messages and threads": _alone("exchange.py", "run"),
    },
    goals=(at_most("≤ 0.3 ms", 0.0003),),
    runs=10,
    reason=(
        "a task wakes four threads one after the other, the daemon's that reads, its main thread,"
        " the one that reads again and the caller; to hand it on costs little, as the floor of the"
        " same messages and threads shows, the rest is Python code, which takes longer where other"
        " work holds the cores and their caches"
    ),
)
