"""Rows of job services: the first of a process, here and behind ssh, and the next on that host."""

from __future__ import annotations

import subprocess
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from suite.measure import FLOOR, SAGA, Bench, Measure, Sample, Take, at_most, beyond_floor
from suite.saga_side import Program, service_url

if TYPE_CHECKING:
    from collections.abc import Iterator

    from suite.measure import Contestant

LONGEST_S = 30.0
FIRST = Program("saga_service.py", ("first",), fresh=True)
SECOND = Program("saga_service.py", ("second",), fresh=True).over_ssh()


def _ssh_true(*, shared: bool) -> Contestant:
    """Return the floor `ssh host true`, on a connection of its own or on one that is there."""

    @contextmanager
    def contestant(bench: Bench) -> Iterator[Take]:
        service_url(bench, connects=True)
        words = bench.host.command("true", shared=shared)
        environment = bench.ours.environment()

        def take() -> Sample:
            begin = time.perf_counter()
            subprocess.run(words, check=True, env=environment, timeout=LONGEST_S)
            return Sample([time.perf_counter() - begin])

        yield take

    return contestant


FORK = Measure(
    name="saga-service-fork",
    title='`job.Service("fork://")`, first use in a process',
    contestants=FIRST.both(),
    goals=(at_most("≤ 20 ms", 0.02),),
    runs=7,
    warm_up=False,
    group=SAGA,
    existing_runs=2,
    reason=(
        "the modules of the API and of the adaptor, and the `threading` that they need, take 10 ms"
        " of a core of their own; one that is shared with other work takes as many times longer"
    ),
)
SSH = Measure(
    name="saga-service-ssh",
    title='`job.Service("ssh://…")`, first use in a process',
    contestants=FIRST.over_ssh().both() | {FLOOR: _ssh_true(shared=False)},
    goals=(beyond_floor("≤ a new `ssh host true` + 30 ms", 0.03),),
    runs=7,
    warm_up=False,
    group=SAGA,
    existing_runs=2,
)
SSH_SECOND = Measure(
    name="saga-service-ssh-2",
    title="the second service on that host",
    contestants=SECOND.both() | {FLOOR: _ssh_true(shared=True)},
    goals=(at_most("≤ 30 ms", 0.03),),
    runs=5,
    warm_up=False,
    group=SAGA,
    existing_runs=2,
)
