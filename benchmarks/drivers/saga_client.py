"""A client with many running jobs: what it holds, and what helps the jobs on their host.

The value is how much its memory has grown since it had none. All processes of the benchmark's run
carry a mark in their environment; those that are neither there before nor a job are helpers.
"""

from __future__ import annotations

import os
import time
from pathlib import Path

from saga_api import ARGUMENTS, URL, description, rs, serve_samples

PROGRAM = ("/bin/sleep", "1000.25")
MB = 1_000_000
WATCH_S = 2.0
SETTLE_S = 0.3


def _marked() -> dict[int, bytes]:
    """Return `{process id: command line}` of the processes on the host that are of this run."""
    mark = ARGUMENTS[0].encode()
    found = {}
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if mark in (process / "environ").read_bytes().split(b"\0"):
                found[int(process.name)] = (process / "cmdline").read_bytes()
        except OSError:  # it has ended, or is not ours
            continue
    return found


def _memory_mb() -> float:
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / MB


def _own(pattern: str) -> int:
    return sum(len(path.read_text().split()) for path in Path("/proc/self").glob(pattern))


def main() -> None:
    service = rs.job.Service(URL)
    service.run_job("true").wait()

    def take(count: int) -> tuple[list[float], dict[str, float]]:
        before, memory = _marked(), _memory_mb()
        container = rs.job.Container()
        for _ in range(count):
            container.add(service.create_job(description(*PROGRAM)))
        container.run()
        time.sleep(SETTLE_S)
        grown = _memory_mb() - memory
        new = {pid: line for pid, line in _marked().items() if pid not in before}
        programs = sum(line == "\0".join((*PROGRAM, "")).encode() for line in new.values())
        settled = _memory_mb()
        time.sleep(WATCH_S)
        extras = {
            "helpers a job": (len(new) - programs) / count,
            "threads": float(len(os.listdir("/proc/self/task"))),
            "children": float(_own("task/*/children")),
            "growth while they run MB": _memory_mb() - settled,
            "jobs": float(count),
            "lost": float(
                count - programs + sum(j.state != rs.job.RUNNING for j in container.jobs)
            ),
        }
        container.cancel()
        return [grown], extras

    serve_samples(take)
    service.close()


if __name__ == "__main__":
    main()
