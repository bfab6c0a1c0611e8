"""Many jobs in one container.

run           run them, wait for all, and check each
leave FILE    run them, write their ids to a file and live on, to be killed
find FILE     in another process: get each by its id, wait for it and check it
"""

from __future__ import annotations

import json
import time
from pathlib import Path

from saga_api import ARGUMENTS, URL, description, finished, rs, serve_samples

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

STATUSES = 4


def _job(number: int) -> Any:
    """Return a job that outlives its client and whose status tells it from its neighbours."""
    return description("/bin/sh", "-c", f"sleep 0.3; exit {number % STATUSES}")


def _run(service: Any, count: int) -> tuple[list[float], dict[str, float]]:
    container = rs.job.Container()
    begin, begin_cpu = time.perf_counter(), time.process_time()
    for _ in range(count):
        container.add(service.create_job(description("/bin/true")))
    container.run()
    container.wait(rs.ALL)
    rate = count / (time.perf_counter() - begin)
    cpu_ms = round((time.process_time() - begin_cpu) * 1e3 / count, 3)
    good = {job.id for job in container.jobs if job.id and finished(job)}
    lost = float(count - len(good))
    return [rate], {"jobs": float(count), "client's CPU ms a job": cpu_ms, "lost": lost}


def _leave(service: Any, count: int) -> tuple[list[float], dict[str, float]]:
    container = rs.job.Container()
    for number in range(count):
        container.add(service.create_job(_job(number)))
    begin = time.perf_counter()
    container.run()
    rate = count / (time.perf_counter() - begin)
    ids = [job.id for job in container.jobs]
    Path(ARGUMENTS[1]).write_text(json.dumps(ids), encoding="utf-8")
    return [rate], {"lost": float(count - len(set(ids)))}


def _find(service: Any, count: int) -> tuple[list[float], dict[str, float]]:
    ids = json.loads(Path(ARGUMENTS[1]).read_text(encoding="utf-8"))
    begin = time.perf_counter()
    good = sum(
        finished(service.get_job(job_id), number % STATUSES) for number, job_id in enumerate(ids)
    )
    rate = count / (time.perf_counter() - begin)
    return [rate], {"lost": float(count - good)}


def main() -> None:
    service = rs.job.Service(URL)
    act = {"run": _run, "leave": _leave, "find": _find}[ARGUMENTS[0]]
    serve_samples(lambda count: act(service, count))
    service.close()


if __name__ == "__main__":
    main()
