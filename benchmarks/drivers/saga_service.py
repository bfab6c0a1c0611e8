"""The first job service of a process, or the second on the same host; proved by a job."""

from __future__ import annotations

from saga_api import ARGUMENTS, URL, description, finished, rs, seconds, serve_samples


def take(_count: int) -> tuple[list[float], dict[str, float]]:
    services = []
    if ARGUMENTS[0] == "second":
        services.append(rs.job.Service(URL))
        services[0].run_job("true").wait()
    value = seconds(lambda: services.append(rs.job.Service(URL)))
    jobs = []

    def run() -> None:
        jobs.append(services[-1].create_job(description("/bin/true")))
        jobs[0].run()

    first = seconds(run)
    lost = float(not finished(jobs[0]))
    for service in services:
        service.close()
    return [value], {"first job run ms": round(first * 1e3, 1), "lost": lost}


if __name__ == "__main__":
    serve_samples(take)
