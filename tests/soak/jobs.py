"""Ten thousand jobs in one container: each runs once, ends as it must, and is found again.

Run by hand: `PYTHONPATH=src:tests python tests/soak/jobs.py [JOBS [URL]]`. The URL is that of a job
service whose account shares this machine's disk; `fork://localhost/` if none is given. Exits with 1
when a job is lost, was run twice, or has an end that is not its own.
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

from juncture.saga.job import Container, Service


def main() -> None:
    """Run them, and say what is wrong."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    url = sys.argv[2] if len(sys.argv) > 2 else "fork://localhost/"
    with tempfile.TemporaryDirectory() as folder, Service(url) as service:
        Path(folder).chmod(0o755)
        tally = Path(folder, "ran")
        tally.touch()
        tally.chmod(0o666)
        jobs = Container()
        for number in range(count):
            line = f"echo {number} >>{tally}; exit {number % 5}"
            jobs.add(service.create_job({"executable": "/bin/sh", "arguments": ["-c", line]}))
        begin = time.monotonic()
        jobs.run()
        jobs.wait()
        seconds = time.monotonic() - begin
        ran = tally.read_text(encoding="ascii").split()
        wrong = [job.id for n, job in enumerate(jobs) if job.exit_code != n % 5]
        lost = {job.id for job in jobs} - {*service.list()}
        print(f"{count} jobs in {seconds:.1f} s, {count / seconds:.0f} a second")
        print(f"run {len(ran)} times, {len({*ran})} of them; {len(wrong)} wrong; {len(lost)} lost")
    if wrong or lost or sorted(map(int, ran)) != list(range(count)):
        sys.exit(1)


if __name__ == "__main__":
    main()
