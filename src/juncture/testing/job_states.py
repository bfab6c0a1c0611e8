"""What a job's state, id, exit code and times say, and when they say it."""

from __future__ import annotations

import threading
from typing import Any

import pytest

import juncture.saga as rs

TYPE_CHECKING = False
if TYPE_CHECKING:
    from juncture.testing.bench import Bench

_ORDER = [rs.job.NEW, rs.job.PENDING, rs.job.RUNNING, rs.job.DONE]


def _listen(job: Any, *, stays: bool | None) -> tuple[list[tuple[Any, str, str]], threading.Event]:
    """Add a callback; return what it was told, and an event for the end.

    Args:
        job: The job.
        stays: What the callback returns.
    """
    told: list[tuple[Any, str, str]] = []
    ended = threading.Event()

    def called(about: Any, key: str, state: str) -> bool | None:
        told.append((about, key, state))
        if state in rs.job.FINAL:
            ended.set()
        return stays

    job.add_callback("State", called)
    return told, ended


class StatesKit:
    """States in their order, each when it is so."""

    def test_a_new_job_has_not_begun(self, bench: Bench) -> None:
        """A New job has no id, cannot be waited for, and when it is canceled it can never run."""
        ran = bench.folder / "ran"
        job = bench.shell(': >"$1"', ran)
        assert (job.state, job.id, job.exit_code) == (rs.job.NEW, None, None)
        for refused in (job.wait, job.suspend, job.resume):
            with pytest.raises(rs.IncorrectState):
                refused()
        job.cancel()
        assert job.state == rs.job.CANCELED
        with pytest.raises(rs.IncorrectState):
            job.run()
        assert not ran.exists()

    def test_states_come_once_in_their_order(self, bench: Bench) -> None:
        """Callbacks see New, Pending, Running, Done in this order; some may be left out."""
        job = bench.shell("exit 0")
        told, ended = _listen(job, stays=True)
        bench.end(job)
        assert ended.wait(bench.patience_s), "no callback told that the job ended"
        assert {row[:2] for row in told} == {(job, "State")}
        seen = [row[2] for row in told]
        assert seen == [state for state in _ORDER if state in seen]
        assert seen[-1] == job.state == rs.job.DONE

    def test_a_callback_that_returns_nothing_is_called_once(self, bench: Bench) -> None:
        """A callback stays only as long as it returns True."""
        job = bench.shell("exit 0")
        once, _ = _listen(job, stays=None)
        kept, ended = _listen(job, stays=True)
        bench.end(job)
        assert ended.wait(bench.patience_s), "no callback told that the job ended"
        assert once == kept[:1]

    def test_running_and_done_are_true_when_they_are_said(self, bench: Bench) -> None:
        """A job is Running while its program runs, and Done when the program has ended."""
        last = bench.folder / "last"
        job, go = bench.waiting('sleep 0.2; : >"$3"', last)
        assert job.wait(0) is False
        assert job.wait(0.1) is False
        assert (job.state, job.exit_code) == (rs.job.RUNNING, None)
        assert not last.exists()
        go.touch()
        bench.end(job)
        assert last.exists(), "the job is said to have ended, and its program has not"
        assert (job.state, job.exit_code) == (rs.job.DONE, 0)

    @pytest.mark.parametrize("status", [0, 1, 2, 42, 126, 127, 255])
    def test_the_exit_code_is_the_programs(self, bench: Bench, status: int) -> None:
        """Exit status 0 is Done, any other is Failed, and the status is kept."""
        job = bench.end(bench.shell('exit "$1"', status))
        expected = rs.job.FAILED if status else rs.job.DONE
        assert (job.state, job.exit_code) == (expected, status)

    def test_a_program_killed_by_a_signal_failed(self, bench: Bench) -> None:
        """The job is Failed, and says which signal it was if it can."""
        job = bench.end(bench.shell("kill -KILL $$"))
        assert job.state == rs.job.FAILED
        assert job.termsig in (None, 9)
        assert job.exit_code in (None, 9, 137)
        assert job.termsig or job.exit_code

    def test_a_program_that_is_not_there_is_not_done(self, bench: Bench) -> None:
        """Either `run` raises or the job fails."""
        job = bench.job(str(bench.folder / "there is no such program"))
        try:
            bench.end(job)
        except rs.SagaException as error:
            assert job.exception is error  # noqa: PT017 - that nothing is raised is right, too
        assert job.state == rs.job.FAILED
        assert job.exit_code != 0

    def test_a_job_runs_once(self, bench: Bench) -> None:
        """A second `run` is refused, before and after the end, and starts nothing."""
        runs = bench.folder / "runs"
        job, go = bench.waiting('echo x >>"$3"', runs)
        with pytest.raises(rs.IncorrectState):
            job.run()
        go.touch()
        bench.end(job)
        with pytest.raises(rs.IncorrectState):
            job.run()
        assert runs.read_text() == "x\n"

    def test_an_end_is_final(self, bench: Bench) -> None:
        """What has ended cannot be suspended, and canceling it changes nothing."""
        job = bench.end(bench.shell("exit 3"))
        job.cancel()
        assert (job.state, job.exit_code, job.wait(0)) == (rs.job.FAILED, 3, True)
        for refused in (job.suspend, job.resume):
            with pytest.raises(rs.IncorrectState):
                refused()

    def test_an_id_names_service_and_job(self, bench: Bench) -> None:
        """Ids are `[service url]-[native id]`, and no two jobs have the same."""
        ids = [bench.end(bench.shell("exit 0")).id for _ in range(2)]
        for job_id in ids:
            url, mark, native = job_id[1:-1].partition("]-[")
            assert (job_id[0], mark, job_id[-1]) == ("[", "]-[", "]")
            assert rs.Url(url).scheme == bench.service.url.scheme
            assert native
        assert ids[0] != ids[1]

    def test_a_wait_gives_up_in_time(self, bench: Bench) -> None:
        """`wait` returns False when time ran out, from any thread, and True for all at the end."""
        job, go = bench.waiting()
        answers: list[bool] = []
        waiters = [
            threading.Thread(target=lambda: answers.append(job.wait(bench.patience_s)))
            for _ in range(3)
        ]
        for waiter in waiters:
            waiter.start()
        assert job.wait(0.2) is False
        go.touch()
        for waiter in waiters:
            waiter.join(bench.patience_s)
        assert answers == [True] * 3

    def test_times_are_in_their_order(self, bench: Bench) -> None:
        """A job was created, started and finished in this order; what is not known is None."""
        job = bench.end(bench.shell("sleep 0.1"))
        times = [job.created, job.started, job.finished]
        known = [time for time in times if time is not None]
        assert known == sorted(known)
        if len(known) == len(times):
            assert job.finished > job.started

    def test_standard_output_is_the_programs(
        self, capfd: pytest.CaptureFixture[str], bench: Bench
    ) -> None:
        """An adaptor prints nothing, it logs: its caller may be a filter."""
        bench.end(bench.shell("exit 0"))
        assert capfd.readouterr().out == ""

    def test_execution_hosts_are_where_it_ran(self, bench: Bench) -> None:
        """The host that the job itself sees is the one of `execution_hosts`."""
        name = bench.folder / "name"
        job = bench.end(bench.shell('uname -n >"$1"', name))
        if job.execution_hosts is None:
            pytest.skip(f"`{bench.adaptor.get_name()}` does not tell execution hosts")
        hosts = [host.partition(".")[0] for host in job.execution_hosts]
        assert hosts == [name.read_text().strip().partition(".")[0]]
