"""Take the samples of a row: contestants in turn, round after round, all prepared beforehand.

Interleaving makes a slow minute of the machine slow for all of them, so that ratios are taken
between neighbours in time. A contestant that fails keeps its message in place of figures and the
others go on.
"""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING

from suite.measure import EXISTING, Figures, Result, SkippedError

if TYPE_CHECKING:
    from suite.measure import Bench, Measure, Take


def measure(row: Measure, bench: Bench, rounds: int, absent: dict[str, str]) -> Result:
    """Return the figures of a row.

    Args:
        row: What to measure.
        bench: The sides and sizes of this run.
        rounds: How often each contestant takes its turn.
        absent: `{prefix of a contestant's name: why it is left out}`.
    """
    result = Result()
    with ExitStack() as prepared:
        takes: dict[str, Take] = {}
        for name, contestant in row.contestants.items():
            figures = result.contestants[name] = Figures(problem=_why_absent(name, absent))
            figures.is_left_out = bool(figures.problem)
            if figures.problem:
                continue
            try:
                takes[name] = prepared.enter_context(contestant(bench))
                if row.warm_up:
                    takes[name]()
            except Exception as error:  # noqa: BLE001 - one contestant must not end the others
                _fail(figures, error)
        for number in range(rounds):
            if row.existing_runs is not None and number >= row.existing_runs:
                takes.pop(EXISTING, None)
            _take_turns(takes, result)
    return result


def _take_turns(takes: dict[str, Take], result: Result) -> None:
    for name, take in takes.items():
        figures = result.contestants[name]
        if figures.problem:
            continue
        try:
            figures.samples.append(take())
        except Exception as error:  # noqa: BLE001 - one contestant must not end the others
            _fail(figures, error)


def _fail(figures: Figures, error: Exception) -> None:
    figures.problem = f"{type(error).__name__}: {error}"
    figures.is_left_out = isinstance(error, SkippedError)
    figures.samples.clear()


def _why_absent(name: str, absent: dict[str, str]) -> str:
    return next((why for prefix, why in absent.items() if name.startswith(prefix)), "")
