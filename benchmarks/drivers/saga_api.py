"""What the drivers of back-end access share; each is given a module and the URL of a job service.

`serve_samples` answers every count with `{"values": […], "extras": {…}}`.
"""

from __future__ import annotations

import importlib
import sys
import time

from living import serve

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    Samples = tuple[list[float], dict[str, float]]

rs: Any = importlib.import_module(sys.argv[1])
URL = sys.argv[2]
ARGUMENTS = sys.argv[3:]


def serve_samples(take: Callable[[int], Samples]) -> None:
    """Answer counts from stdin with the values and further figures of `take`."""

    def batch(count: int) -> Any:
        values, extras = take(count)
        return {"values": values, "extras": extras}

    serve(batch)


def description(*words: str) -> Any:
    """Return the description of a job."""
    jd = rs.job.Description()
    jd.executable = words[0]
    jd.arguments = list(words[1:])
    return jd


def finished(job: Any, status: int = 0) -> bool:
    """Wait for a job and return whether it ended as it should, by state and status."""
    job.wait()
    state = rs.job.FAILED if status else rs.job.DONE
    return job.state == state and job.exit_code == status


def seconds(call: Callable[[], object]) -> float:
    """Return how long a call takes."""
    begin = time.perf_counter()
    call()
    return time.perf_counter() - begin
