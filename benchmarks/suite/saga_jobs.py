"""Rows of jobs: how many a second, how soon their end is told, and what a thousand of them cost.

Every job is checked afterwards. A bulk of ours is also run by a client that is then killed, and
each of its jobs must be found again by another, with its own exit status.
"""

from __future__ import annotations

import os
import signal
from contextlib import contextmanager
from typing import TYPE_CHECKING

from suite.measure import (
    EXISTING,
    OURS,
    SAGA,
    Bench,
    Contestant,
    Measure,
    Sample,
    Take,
    at_least,
    at_most,
    beyond_floor,
    extra_at_most,
)
from suite.saga_side import LIMIT_S, LOST, MODULES, Program, floor, service_url, side_of
from suite.side import CommandError, driver

if TYPE_CHECKING:
    from collections.abc import Iterator

    from suite.measure import Goal

EXISTING_JOBS = 20
NOT_FOUND = "not found after kill -9"
_PRICE = (
    "a job is two forks of the shell and three programs in a row (`env`, for signals that a shell"
    " leaves ignored, `setsid` and its own), 2 ms of processor time with all that is around it; two"
    " cores that do nothing else give 900 to 1,000 a second, and other work takes its part of them"
)
HELPERS, THREADS, CHILDREN = "helpers a job", "threads", "children"
GROWTH = "growth while they run MB"


def _bulk(*, connects: bool) -> Contestant:
    """Return ours: a bulk that is waited for, then one whose client is killed."""

    @contextmanager
    def contestant(bench: Bench) -> Iterator[Take]:
        url = service_url(bench, connects=connects)
        words = ("saga_bulk.py", MODULES[OURS], url)
        side = side_of(bench, OURS)

        def killed() -> dict[str, float]:
            ids = side.file(".ids")
            with driver(side, *words, "leave", ids, limit_s=LIMIT_S[OURS]) as client:
                left = client.sample(bench.jobs)
                os.kill(client.pid, signal.SIGKILL)
            with driver(side, *words, "find", ids, limit_s=LIMIT_S[OURS]) as client:
                found = client.sample(bench.jobs)
            not_found = left.extras[LOST] + found.extras[LOST]
            return {NOT_FOUND: not_found, "found again /s": round(found.values[0])}

        proof: dict[str, float] = {}

        def take() -> Sample:
            with driver(side, *words, "run", limit_s=LIMIT_S[OURS]) as client:
                sample = client.sample(bench.jobs)
            proof.update({} if proof else killed())  # once is enough: it is no time
            if sample.extras[LOST] or proof[NOT_FOUND]:
                raise CommandError(f"of {bench.jobs} jobs: {sample.extras | proof}")
            return Sample(sample.values, sample.extras | proof)

        yield take

    return contestant


def _bulk_row(name: str, title: str, *, connects: bool) -> Measure:
    existing = Program("saga_bulk.py", ("run",), existing=EXISTING_JOBS, fresh=True)
    existing = existing.over_ssh() if connects else existing
    return Measure(
        name=name,
        title=title,
        contestants={
            EXISTING: existing.contestant(EXISTING),
            OURS: _bulk(connects=connects),
        }
        | floor("xargs", 1000, connects=connects),
        goals=(
            at_least("≥ 700/s", 700),
            extra_at_most("none lost", LOST, 0),
            extra_at_most("all found again", NOT_FOUND, 0),
        ),
        runs=3,
        unit="/s",
        warm_up=False,
        group=SAGA,
        existing_runs=1,
        reason=_PRICE,
    )


def _jobs_row(name: str, title: str, program: Program, kind: str) -> Measure:
    return Measure(
        name=name,
        title=title,
        contestants=program.both() | floor(kind, 100, connects=program.connects),
        goals=(at_least("≥ 400/s", 400),),
        runs=5,
        unit="/s",
        warm_up=False,
        group=SAGA,
        existing_runs=1,
        reason=_PRICE,
    )


def _callback_row(name: str, title: str, program: Program, kind: str, goal: Goal) -> Measure:
    return Measure(
        name=name,
        title=title,
        contestants=program.both() | floor(kind, 20, connects=program.connects),
        goals=(goal,),
        runs=4,
        warm_up=False,
        group=SAGA,
        existing_runs=1,
    )


def _client(name: str) -> Contestant:
    @contextmanager
    def contestant(bench: Bench) -> Iterator[Take]:
        count = EXISTING_JOBS if name == EXISTING else bench.jobs
        program = Program("saga_client.py", (_here(bench),), count, count, fresh=True)
        with program.contestant(name)(bench) as take:
            yield take

    return contestant


@contextmanager
def _client_over_ssh(bench: Bench) -> Iterator[Take]:
    program = Program("saga_client.py", (bench.host.mark,), bench.jobs, fresh=True)
    with program.over_ssh().contestant(OURS)(bench) as take:
        yield take


def _here(bench: Bench) -> str:
    return f"HOME={bench.ours.environment()['HOME']}"


JOBS = Program("saga_jobs.py", ours=100, existing=EXISTING_JOBS)
CALLBACK = Program("saga_callback.py", ours=20, existing=5)

JOBS_FORK = _jobs_row("saga-jobs-fork", "100 jobs one by one, `fork://`", JOBS, "processes")
JOBS_SSH = _jobs_row("saga-jobs-ssh", "100 jobs one by one, `ssh://`", JOBS.over_ssh(), "agent")
BULK_FORK = _bulk_row("saga-bulk-fork", "`Container` of 1,000 jobs, `fork://`", connects=False)
BULK_SSH = _bulk_row("saga-bulk-ssh", "`Container` of 1,000 jobs, `ssh://`", connects=True)
CALLBACK_FORK = _callback_row(
    "saga-callback-fork",
    "job end → state callback, `fork://`",
    CALLBACK,
    "end",
    at_most("≤ 3 ms", 0.003),
)
CALLBACK_SSH = _callback_row(
    "saga-callback-ssh",
    "job end → state callback, `ssh://`",
    CALLBACK.over_ssh(),
    "round-trip",
    beyond_floor("≤ round trip + 3 ms", 0.003),
)
CLIENT = Measure(
    name="saga-client",
    title="memory of a client with 1,000 running jobs",
    contestants={
        EXISTING: _client(EXISTING),
        OURS: _client(OURS),
        "ours, ssh": _client_over_ssh,
    },
    goals=(
        extra_at_most("≤ 1 helper process a job", HELPERS, 1),
        extra_at_most("≤ 4 threads", THREADS, 4),
        extra_at_most("≤ 4 children", CHILDREN, 4),
        extra_at_most("memory flat", GROWTH, 1),
    ),
    runs=2,
    unit="MB",
    warm_up=False,
    group=SAGA,
    existing_runs=1,
)
