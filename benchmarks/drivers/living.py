"""What all drivers share: a living process that performs a batch for every number it reads.

A driver is run by the interpreter of the runtime it measures. It reads one count a line from stdin
and answers one line of JSON on stdout, mostly a list of seconds; end of input ends it. All timing
happens in here, so the pipes to the benchmark cost nothing that is measured.
"""

from __future__ import annotations

import json
import os
import random
import sys
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

LONGEST_PAUSE_S = 0.02
"""Upper end of the pause before a paced operation: two poll periods of the existing runtime."""


def serve(batch: Callable[[int], object]) -> None:
    """Answer counts from stdin with what `batch` returns, until end of input."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # whatever a runtime prints must not be taken for an answer
    for line in sys.stdin:
        print(json.dumps(batch(int(line))), file=answers, flush=True)


def timed(operation: Callable[[], object], *, paced: bool = False) -> Callable[[int], list[float]]:
    """Return a batch that times an operation `count` times.

    Args:
        operation: What to time.
        paced: Pause for a random time before each, so that no poll period is met in phase.
    """

    def batch(count: int) -> list[float]:
        times = []
        for _ in range(count):
            if paced:
                time.sleep(random.uniform(0, LONGEST_PAUSE_S))  # noqa: S311 - not a secret
            begin = time.perf_counter()
            operation()
            times.append(time.perf_counter() - begin)
        return times

    return batch
