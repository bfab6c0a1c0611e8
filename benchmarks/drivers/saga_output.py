"""4 MB of a job's output, compared byte for byte; it repeats itself in places, as logs do."""

from __future__ import annotations

import tempfile
from pathlib import Path

from saga_api import URL, description, finished, rs, seconds, serve_samples

SIZE = 4_000_000
REPEATED = b"temperature=300\n" * 16


def _text() -> bytes:
    lines = b"".join(b"step %d\n" % n + (REPEATED if n % 100 == 0 else b"") for n in range(320_000))
    return lines[:SIZE]


def main() -> None:
    service = rs.job.Service(URL)
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory, "text")
        path.write_bytes(_text())
        job = service.create_job(description("/bin/cat", str(path)))
        job.run()
        if not finished(job):
            raise SystemExit(f"the job ended as {job.state}")

        first = seconds(lambda: job.stdout)

        def take(count: int) -> tuple[list[float], dict[str, float]]:
            found = []
            values = [seconds(lambda: found.append(job.stdout)) for _ in range(count)]
            data = found[-1].encode() if isinstance(found[-1], str) else found[-1]
            wrong = abs(SIZE - len(data)) or sum(a != b for a, b in zip(data, _text()))  # noqa: B905
            return values, {"first ms": round(first * 1e3, 1), "lost": float(wrong)}

        serve_samples(take)
    service.close()


if __name__ == "__main__":
    main()
