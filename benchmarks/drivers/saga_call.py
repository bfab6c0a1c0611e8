"""Calls that only read: `job.id`, `job.state`, `url.host`; a value is the mean of a loop."""

from __future__ import annotations

import timeit

from saga_api import ARGUMENTS, URL, description, rs, seconds, serve_samples

LOOP_S = 0.02
MOST = 100_000


def main() -> None:
    owner, name = ARGUMENTS[0].split(".")
    service = rs.job.Service(URL)
    job = service.create_job(description("/bin/true"))
    job.run()
    job.wait()
    thing = {"job": job, "url": rs.Url("ssh://host.example/")}[owner]
    expected = {"id": job.id, "state": rs.job.DONE, "host": "host.example"}[name]
    if not expected:
        raise SystemExit(f"{ARGUMENTS[0]} is {expected!r}")

    def take(count: int) -> tuple[list[float], dict[str, float]]:
        once = seconds(lambda: getattr(thing, name))
        number = max(1, min(MOST, int(LOOP_S / once)))
        timer = timeit.Timer(f"thing.{name}", globals={"thing": thing})
        values = [timer.timeit(number) / number for _ in range(count)]
        return values, {"lost": float(getattr(thing, name) != expected)}

    serve_samples(take)
    service.close()


if __name__ == "__main__":
    main()
