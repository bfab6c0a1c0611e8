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

    from suite.measure import Contestant, Goal


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


def _call(attribute: str, goal: Goal, existing: int = 5) -> Measure:
    program = Program("saga_call.py", (attribute,), ours=5, existing=existing)
    return Measure(
        name=f"saga-{attribute.replace('.', '-')}",
        title=f"`{attribute}`",
        contestants=program.both() | floor("attribute", 5),
        goals=(goal,),
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
AS_AN_ATTRIBUTE = beyond_floor("≤ 0.3 µs over a direct attribute", 0.3e-6)
JOB_ID = _call("job.id", AS_AN_ATTRIBUTE)
URL_HOST = _call("url.host", AS_AN_ATTRIBUTE)
JOB_STATE = _call("job.state", at_most("≤ 5 µs", 5e-6), existing=3)
