"""What the rows about back-end access share: one program, two imports, here or behind ssh.

A driver is given the name of the module that it measures, `radical.saga` or `juncture.saga`, and
the URL of the job service, and uses what both have in common. It says with each sample how many
results were wrong or missing (`LOST`): of ours that is an error, of the existing one a figure.
"""

from __future__ import annotations

import os
import signal
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from suite.measure import EXISTING, FLOOR, OURS, Bench, Contestant, Sample, SkippedError, Take
from suite.side import CommandError, driver

if TYPE_CHECKING:
    from collections.abc import Iterator

    from suite.side import Side

MODULES = {EXISTING: "radical.saga", OURS: "juncture.saga"}
LOST = "lost"
LIMIT_S = {EXISTING: 60.0, OURS: 120.0}
HERE = "fork://localhost/"


@dataclass(frozen=True, slots=True)
class Program:
    """A driver to run.

    Attributes:
        script: Its name.
        arguments: What it gets after module and URL.
        ours: How many operations a sample of ours is.
        existing: The same of the existing one.
        fresh: Start a process of its own for every sample.
        connects: The URL is that of the host behind ssh.
    """

    script: str
    arguments: tuple[str, ...] = ()
    ours: int = 1
    existing: int = 1
    fresh: bool = False
    connects: bool = False

    def over_ssh(self) -> Program:
        """Return the same on the host behind ssh."""
        return replace(self, connects=True)

    def contestant(self, name: str) -> Contestant:
        """Return `EXISTING` or `OURS` running it."""
        count = self.existing if name == EXISTING else self.ours

        @contextmanager
        def contestant(bench: Bench) -> Iterator[Take]:
            url = service_url(bench, connects=self.connects)
            words = (self.script, MODULES[name], url, *self.arguments)
            side = side_of(bench, name)

            def fresh() -> Sample:
                with driver(side, *words, limit_s=LIMIT_S[name]) as process:
                    return _checked(name, process.sample(count))

            if self.fresh:
                yield fresh
            else:
                with driver(side, *words, limit_s=LIMIT_S[name]) as process:
                    yield lambda: _checked(name, process.sample(count))

        return contestant

    def both(self) -> dict[str, Contestant]:
        """Return both contestants by name."""
        return {name: self.contestant(name) for name in (EXISTING, OURS)}


def floor(kind: str, count: int, *, connects: bool = False) -> dict[str, Contestant]:
    """Return the floor of a kind that `drivers/saga_floor.py` knows, by name.

    Args:
        kind: What it does.
        count: How many operations a sample is.
        connects: Its shell is on the host behind ssh.
    """

    @contextmanager
    def contestant(bench: Bench) -> Iterator[Take]:
        service_url(bench, connects=connects)
        shell = bench.host.command("exec", "/bin/sh", shared=True) if connects else ["/bin/sh"]
        with driver(bench.ours, "saga_floor.py", kind, *shell) as process:
            yield lambda: process.sample(count)

    return {FLOOR: contestant}


def side_of(bench: Bench, name: str) -> Side:
    """Return the side of a contestant, with the way to the host behind ssh in its environment."""
    side = bench.radical if name == EXISTING else bench.ours
    path = f"PATH={bench.host.programs}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
    config = f"JUNCTURE_SSH_CONFIG={bench.host.config}"
    return replace(side, variables=(path, "SHELL=/bin/bash") if name == EXISTING else (config,))


def service_url(bench: Bench, *, connects: bool) -> str:
    """Return the URL of the job service, whose host is up.

    Raises:
        SkippedError: there can be no ssh server here.
    """
    if not connects:
        return HERE
    if reason := bench.host.why_not():
        raise SkippedError(reason)
    bench.host.start()
    return bench.host.url


def _checked(name: str, sample: Sample) -> Sample:
    if name == OURS and sample.extras.get(LOST):
        raise CommandError(f"{sample.extras[LOST]:.0f} results are missing or wrong")
    return sample


def end_leftovers(scratch: Path) -> int:
    """End the processes that still have this run's scratch directory as home; return how many."""
    mark = f"HOME={scratch}/home".encode()
    ended = 0
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if mark in (process / "environ").read_bytes().split(b"\0"):
                os.kill(int(process.name), signal.SIGKILL)
                ended += 1
    return ended
