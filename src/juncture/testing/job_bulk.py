"""Many jobs as one: every one of them runs once, and each has its own end."""
# ruff: noqa: PLR2004

from __future__ import annotations

from typing import Any

import juncture.saga as rs

TYPE_CHECKING = False
if TYPE_CHECKING:
    from juncture.testing.bench import Bench

_COUNT = 24


def _container(jobs: list[Any]) -> Any:
    container = rs.job.Container()
    for job in jobs:
        container.add(job)
    return container


class BulkKit:
    """Containers of jobs."""

    def test_every_job_of_a_container_runs_once(self, bench: Bench) -> None:
        """None is lost and none runs twice; the ids are all different."""
        place = bench.place("bulk")
        text = 'echo x >>"$1"; exit "$2"'
        jobs = [bench.shell(text, place / str(n), n % 3) for n in range(_COUNT)]
        container = _container(jobs)
        container.run()
        assert container.wait(rs.ALL, bench.patience_s) is not None
        assert sorted(path.name for path in place.iterdir()) == sorted(map(str, range(_COUNT)))
        assert {path.read_text() for path in place.iterdir()} == {"x\n"}
        assert [job.exit_code for job in jobs] == [n % 3 for n in range(_COUNT)]
        assert container.get_states() == [job.state for job in jobs]
        assert len({job.id for job in jobs}) == _COUNT

    def test_one_that_fails_harms_no_other(self, bench: Bench) -> None:
        """Each job has its own state; the container raises nothing for one of them."""
        jobs = [bench.shell("exit 0") for _ in range(5)]
        jobs.insert(2, bench.job(str(bench.folder / "no such program")))
        container = _container(jobs)
        container.run()
        container.wait(rs.ALL, bench.patience_s)
        assert [job.state for job in jobs] == [
            rs.job.FAILED if number == 2 else rs.job.DONE for number in range(6)
        ]

    def test_completions_come_once_each(self, bench: Bench) -> None:
        """Jobs are handed out as they end."""
        first, go = bench.waiting()
        jobs = [first, *(bench.shell("exit 0") for _ in range(4))]
        container = _container(jobs)
        container.run()
        seen: list[Any] = []
        for job in container.completions(bench.patience_s):
            seen.append(job)
            if len(seen) == 4:
                assert first not in seen
                go.touch()
        assert len(seen) == len(set(seen)) == 5
        assert seen[-1] is first

    def test_a_container_is_canceled_as_one(self, bench: Bench) -> None:
        """All jobs that run are Canceled; one that had ended stays as it was."""
        bench.needs_method("cancel")
        ended = bench.end(bench.shell("exit 0"))
        jobs = [ended, *(bench.waiting()[0] for _ in range(4))]
        container = _container(jobs)
        container.cancel()
        assert container.wait(rs.ALL, bench.patience_s) is not None
        assert [job.state for job in jobs] == [rs.job.DONE, *[rs.job.CANCELED] * 4]
