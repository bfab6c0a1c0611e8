"""Rows of back-end access that start nothing: the import, and calls that only read."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from suite.measure import (
    EXISTING,
    FLOOR,
    OURS,
    SAGA,
    Bench,
    Measure,
    Sample,
    Take,
    at_most,
    beyond_floor,
)
from suite.saga_side import MODULES, Program, floor, side_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from suite.measure import Contestant


def _import(name: str) -> Contestant:
    """Return what an import adds to a command that does nothing, taken side by side."""

    @contextmanager
    def contestant(bench: Bench) -> Iterator[Take]:
        side = side_of(bench, name)

        def take() -> Sample:
            bare = side.time_command("-c", "pass")
            return Sample([side.time_command("-c", f"import {MODULES[name]}") - bare])

        yield take

    return contestant


@contextmanager
def interpreter(bench: Bench) -> Iterator[Take]:
    """Floor: the interpreter that does nothing, which is what the import is added to."""
    yield lambda: Sample([bench.ours.time_command("-c", "pass")])


def _call(name: str, title: str, attribute: str, existing: int) -> Measure:
    program = Program("saga_call.py", (attribute,), ours=5, existing=existing)
    return Measure(
        name=name,
        title=title,
        contestants=program.both() | floor("attribute", 5),
        goals=(beyond_floor("≤ 0.3 µs over a direct attribute", 0.3e-6),),
        runs=5,
        group=SAGA,
        existing_runs=2,
    )


IMPORT = Measure(
    name="saga-import",
    title="`import juncture.saga`, added to a bare interpreter",
    contestants={EXISTING: _import(EXISTING), OURS: _import(OURS), FLOOR: interpreter},
    goals=(at_most("≤ 30 ms", 0.03),),
    runs=15,
    group=SAGA,
    existing_runs=7,
)
JOB_ID = _call("saga-job-id", "`job.id`", "job.id", 5)
URL_HOST = _call("saga-url-host", "`url.host`", "url.host", 5)
JOB_STATE = Measure(
    name="saga-job-state",
    title="`job.state`",
    contestants=Program("saga_call.py", ("job.state",), ours=5, existing=3).both()
    | floor("attribute", 5),
    goals=(at_most("≤ 5 µs", 5e-6),),
    runs=5,
    group=SAGA,
    existing_runs=2,
)
