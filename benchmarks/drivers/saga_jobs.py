"""Jobs one by one: created and run, and only afterwards waited for."""

from __future__ import annotations

import time

from saga_api import URL, description, finished, rs, serve_samples


def main() -> None:
    service = rs.job.Service(URL)
    service.run_job("true").wait()

    def take(count: int) -> tuple[list[float], dict[str, float]]:
        jobs = []
        begin = time.perf_counter()
        for _ in range(count):
            job = service.create_job(description("/bin/true"))
            job.run()
            jobs.append(job)
        rate = count / (time.perf_counter() - begin)
        good = {job.id for job in jobs if finished(job)}
        return [rate], {"lost": float(count - len(good))}

    serve_samples(take)
    service.close()


if __name__ == "__main__":
    main()
