"""Jobs that are found again: by this process, by another, after the death of the one that began."""

from __future__ import annotations

from typing import Any

import pytest

import juncture.saga as rs
from juncture.testing.bench import WAIT_FOR
from juncture.testing.other_process import OtherProcess

TYPE_CHECKING = False
if TYPE_CHECKING:
    from juncture.testing.bench import Bench


def _other(bench: Bench) -> OtherProcess:
    bench.needs_method("get_job", of="Service")
    bench.needs_capability("outlives_client", "its jobs end with the process that runs them")
    return OtherProcess(bench.service, bench.adaptor, bench.patience_s)


class RecoveryKit:
    """`list`, `get_job`, and the end of a service."""

    def test_a_job_is_listed(self, bench: Bench) -> None:
        """The service knows the ids of its jobs, each once."""
        bench.needs_method("list", of="Service")
        jobs = [bench.end(bench.shell("exit 0")), bench.waiting()[0]]
        listed: Any = bench.service.list()
        assert listed is not None, "`list` returns ids, and returned nothing"
        assert [listed.count(job.id) for job in jobs] == [1, 1]

    def test_a_job_is_found_by_its_id(self, bench: Bench) -> None:
        """It has the state and the exit code of the one that was run."""
        bench.needs_method("get_job", of="Service")
        job = bench.end(bench.shell("exit 9"))
        found = bench.service.get_job(job.id)
        assert (found.id, found.state, found.exit_code) == (job.id, rs.job.FAILED, 9)
        assert found.wait(0) is True

    def test_an_id_of_nothing_does_not_exist(self, bench: Bench) -> None:
        """An unknown id, and what is no id at all, are told as DoesNotExist."""
        bench.needs_method("get_job", of="Service")
        url = bench.end(bench.shell("exit 0")).id.partition("]-[")[0]
        for job_id in (f"{url}]-[no-such-job.1]", f"{url}]-[]", "no id"):
            with pytest.raises(rs.DoesNotExist):
                bench.service.get_job(job_id)

    def test_another_process_finds_what_has_ended(self, bench: Bench) -> None:
        """State, exit code and output are what they are."""
        other = _other(bench)
        job = bench.end(bench.shell("printf 'said\\n'; exit 12"))
        answer = other.find(job.id)
        assert (answer["state"], answer["exit_code"]) == (rs.job.FAILED, 12)
        assert answer["stdout"] in ("said\n", None)

    def test_another_process_waits_for_what_runs(self, bench: Bench) -> None:
        """It sees the job Running, and then its end."""
        other = _other(bench)
        job, go = bench.waiting("exit 13")
        answer = other.find(job.id, release=str(go))
        assert answer["first_state"] == rs.job.RUNNING
        assert (answer["state"], answer["exit_code"]) == (rs.job.FAILED, 13)
        assert bench.end(job).exit_code == 13  # noqa: PLR2004

    def test_a_job_outlives_a_client_that_is_killed(self, bench: Bench) -> None:
        """After SIGKILL of the process that ran it, a job goes on and tells the truth."""
        other = _other(bench)
        go, end = bench.folder / "go", bench.folder / "end"
        text = f'{WAIT_FOR}; : >"$2"; printf survived; exit 14'
        words = ["-c", text, "sh", str(go), str(end)]
        job_id = other.submit_and_die({"executable": "/bin/sh", "arguments": words})
        job: Any = bench.service.get_job(job_id)
        bench.until(lambda: job.state == rs.job.RUNNING, "the job is Running")
        assert not end.exists()
        go.touch()
        bench.end(job)
        assert end.exists()
        assert (job.state, job.exit_code) == (rs.job.FAILED, 14)

    def test_a_closed_service_lets_its_jobs_go_on(
        self, bench: Bench, service_url: str, session: Any
    ) -> None:
        """A second `close` does nothing, and a closed service refuses what it is asked for."""
        bench.needs_capability("outlives_client", "its jobs end with the service that runs them")
        go, end = bench.folder / "go", bench.folder / "end"
        words = ["-c", f'{WAIT_FOR}; : >"$2"', "sh", str(go), str(end)]
        name = bench.adaptor.get_name()
        with rs.job.Service(service_url, session, _adaptor_name=name) as service:
            job = service.create_job({"executable": "/bin/sh", "arguments": words})
            job.run()
        service.close()
        with pytest.raises(rs.IncorrectState):
            service.create_job({"executable": "/bin/true"})
        go.touch()
        bench.until(end.exists, "the job goes on after its service was closed")
