"""From the end of a job to the call that tells of it.

The job is a shell that ends when it is written a line, so its end is known to the microsecond from
the outside, and no clock of a host is asked. It is a file, because the existing one does not quote
arguments.
"""

from __future__ import annotations

import os
import tempfile
import threading
import time
from pathlib import Path

from saga_api import URL, description, rs, serve_samples

LONGEST_S = 10.0
PAUSE_S = 0.03
"""Before the line, so that nothing of the job's start is still going on."""


def main() -> None:
    service = rs.job.Service(URL)
    service.run_job("true").wait()
    with tempfile.TemporaryDirectory() as directory:
        fifo = os.path.join(directory, "fifo")
        os.mkfifo(fifo)
        script = Path(directory, "wait.sh")
        script.write_text(f"read line <{fifo}\n", encoding="utf-8")

        def once() -> float:
            told = threading.Event()
            times = []

            def tell(_job: object, _metric: str, value: str) -> bool:
                if value == rs.job.DONE:
                    times.append(time.perf_counter())
                    told.set()
                return True

            job = service.create_job(description("/bin/sh", str(script)))
            job.add_callback(rs.STATE, tell)
            job.run()
            pipe = os.open(fifo, os.O_WRONLY)
            time.sleep(PAUSE_S)
            begin = time.perf_counter()
            os.write(pipe, b"go\n")
            os.close(pipe)
            return times[0] - begin if told.wait(LONGEST_S) else -1.0

        def take(count: int) -> tuple[list[float], dict[str, float]]:
            values = [once() for _ in range(count)]
            return [v for v in values if v >= 0], {"lost": float(sum(v < 0 for v in values))}

        serve_samples(take)
    service.close()


if __name__ == "__main__":
    main()
