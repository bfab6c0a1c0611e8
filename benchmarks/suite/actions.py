"""Row of the action channel: adaptor to application and back.

Actions are sent after a random pause, so that the existing runtime is not met in phase with its
poll; the floor is paced likewise. Back to back is a variant, and so are floors of the same messages
between the same threads in plain code: what they take beyond the echo is the price of the design.
"""

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
from suite.side import driver

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from suite.side import Side

SHARE = 4
"""One action for this many client runs of the same batch: a pause precedes each."""


def _actions(choose: Callable[[Bench], Side], script: str, *arguments: str) -> Contestant:
    @contextmanager
    def contestant(bench: Bench) -> Iterator[Take]:
        with driver(choose(bench), script, *arguments) as process:
            yield lambda: Sample(process.batch(max(1, bench.batch // SHARE)))

    return contestant


def _existing(bench: Bench) -> Side:
    return bench.existing


def _ours(bench: Bench) -> Side:
    return bench.ours


ACTION = Measure(
    name="action",
    title="action round trip, adaptor → application → adaptor",
    contestants={
        EXISTING: _actions(_existing, "actions_existing.py", "--paced"),
        OURS: _actions(_ours, "actions_ours.py", "--paced"),
        FLOOR: _actions(_ours, "echo.py", "--paced"),
        "existing, back to back": _actions(_existing, "actions_existing.py"),
        "ours, back to back": _actions(_ours, "actions_ours.py"),
        "floor, same messages and threads": _actions(_ours, "exchange.py", "action", "--paced"),
        "the same floor, back to back": _actions(_ours, "exchange.py", "action"),
    },
    goals=(at_most("≤ 0.2 ms", 0.0002),),
    runs=6,
    reason=(
        "each action follows a pause, so the application, the server's thread, the thread that"
        " reads the application's `Performing action` line and the waiting one are woken from sleep"
        " with cold caches. What a pause costs is seen in plain code that sends the same messages"
        " between the same threads (the two floors of that name), and in our code alike: back to"
        " back, as the variants show, both take less than half"
    ),
)
