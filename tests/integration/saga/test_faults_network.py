"""Connections that are cut, slow, lossy or refused: the truth is told, or that it is not known."""

import socket
import time

import pytest
from job_oracle import until
from testbed.far import PATIENCE_S, Place, container, release, shell

from juncture.saga import exceptions
from juncture.saga.job import DONE, FAILED, RUNNING, UNKNOWN

IMPATIENT = (
    "Host *",
    "  ServerAliveInterval 1",
    "  ServerAliveCountMax 5",
    "  ConnectTimeout 2",
    "  ConnectionAttempts 1",
)


@pytest.fixture(scope="module")
def config(testbed, far):
    return testbed.config(lines=IMPATIENT)


@pytest.fixture
def place(testbed, far, config, tmp_path, monkeypatch):
    monkeypatch.setenv("JUNCTURE_SSH_CONFIG", config)
    user = testbed.users["bash"]
    found = Place(f"ssh://{user.name}@h{testbed.hosts.index(far)}/", testbed.key, user.home)
    yield found
    far.wire.mend()
    if far.process is None:
        testbed.start(far)
    found.close()


@pytest.fixture
def service(place):
    return place.service()


def collect(job):
    """Return a list that each new state of a job will be added to."""
    seen = []
    job.add_callback("State", lambda _job, _key, state: seen.append(state) or True)
    return seen


def waiting(place, service):
    """Return two jobs that run until something is written to their fifos, and these."""
    fifos = [place.fifo() for _ in range(2)]
    jobs = [shell(service, f"read status <{fifo}; exit $status") for fifo in fifos]
    for job in jobs:
        job.run()
    return jobs, fifos


def tallied(place, service, count):
    """Return jobs that write their numbers into a file, and the file."""
    tally = place.tally()
    return container(service, [f"echo {number} >>{tally}" for number in range(count)]), tally


def call_at_100(jobs, call):
    """Have something called when the hundredth job is Running; return those that have been."""
    running = []

    def count(job, _key, state):
        if state == RUNNING:
            running.append(job)
            if len(running) == 100:
                call()
        return True

    for job in jobs:
        job.add_callback("State", count)
    return running


def assert_done_are_those_that_ran_once(jobs, tally):
    ran = tally.read_text().split()
    assert len(ran) == len({*ran})
    assert {str(number) for number, job in enumerate(jobs) if job.state == DONE} == {*ran}


def assert_each_ran_at_most_once(jobs, tally):
    assert_done_are_those_that_ran_once(jobs, tally)
    assert {*jobs.states} <= {DONE, FAILED}
    for job in jobs:
        assert job.state == DONE or "not started" in str(job.exception), job.state_detail


def test_the_far_host_is_another_one(far, service):
    job = service.run_job("hostname")
    assert job.wait(PATIENCE_S)
    assert job.stdout.strip() == f"far-{far.wire.name}"
    assert job.execution_hosts == [f"far-{far.wire.name}"]


def test_a_link_that_goes_down_while_jobs_are_waited_for(far, place, service):
    jobs, fifos = waiting(place, service)
    ends_meanwhile, ends_later = jobs
    seen = [collect(job) for job in jobs]
    far.wire.cut()
    until(lambda: all(job.state == UNKNOWN for job in jobs), "the cut is noticed")
    release(fifos[0], 4)
    assert [job.wait(0.2) for job in jobs] == [False, False]
    for job in jobs:
        assert "connection" in job.state_detail
        assert time.time() - PATIENCE_S < job.last_seen <= time.time()
        assert job.exit_code is None
        assert job.finished is None
    far.wire.mend()
    assert ends_meanwhile.wait(PATIENCE_S)
    assert (ends_meanwhile.state, ends_meanwhile.exit_code) == (FAILED, 4)
    until(lambda: ends_later.state == RUNNING)
    release(fifos[1], 0)
    assert ends_later.wait(PATIENCE_S)
    until(lambda: seen[1] == [UNKNOWN, RUNNING, DONE], seen[1])
    assert (seen[0][0], seen[0][-1]) == (UNKNOWN, FAILED)


def test_a_link_that_goes_down_while_jobs_are_sent(far, place, service):
    jobs, tally = tallied(place, service, 400)
    lost = []

    def mend(job, _key, state):
        if state == UNKNOWN:
            lost.append(job)
            if len(lost) == 1:
                far.wire.mend()
        return True

    for job in jobs:
        job.add_callback("State", mend)
    running = call_at_100(jobs, far.wire.cut)
    jobs.run()
    jobs.wait(timeout=PATIENCE_S)
    assert len(running) >= 100
    assert_each_ran_at_most_once(jobs, tally)


def test_a_link_that_stays_down_while_jobs_are_sent_holds_nobody_up(
    far, place, service, monkeypatch
):
    monkeypatch.setattr(service._adaptor.agent.require.__func__, "__defaults__", (3.0,))
    monkeypatch.setattr("juncture.saga.adaptors.shell_job.agent._WINDOW", 64)  # some stay here
    jobs, tally = tallied(place, service, 400)
    call_at_100(jobs, far.wire.cut)
    jobs.run()  # returns
    assert {DONE, FAILED, UNKNOWN} >= {*jobs.states} >= {FAILED}
    far.wire.mend()
    jobs.wait(timeout=PATIENCE_S)
    assert_done_are_those_that_ran_once(jobs, tally)


def test_a_link_that_flaps(far, place, service):
    fifo = place.fifo()
    job = shell(service, f"read status <{fifo}; exit $status")
    job.run()
    for _ in range(2):
        far.wire.cut()
        until(lambda: job.state == UNKNOWN)
        for _ in range(5):  # up for less than a login takes
            far.wire.mend()
            far.wire.set(delay_s=0.05)
            assert not job.wait(0.2)
            far.wire.cut()
            assert not job.wait(0.2)
        far.wire.mend()
        until(lambda: job.state == RUNNING)
    release(fifo, 8)
    assert job.wait(PATIENCE_S)
    assert job.exit_code == 8


def test_a_link_that_is_down_when_a_job_is_run(far, service):
    first = service.run_job("true")
    assert first.wait(PATIENCE_S)
    watched = service.run_job("sleep 3051")
    far.wire.cut()
    until(lambda: watched.state == UNKNOWN)
    far.wire.mend()
    second = service.run_job("exit 3")
    assert second.wait(PATIENCE_S)
    assert second.exit_code == 3
    watched.cancel()
    assert watched.wait(PATIENCE_S)


def test_300_ms_of_delay(far, place, service):
    far.wire.set(delay_s=0.15)
    jobs, tally = tallied(place, service, 100)
    jobs.run()
    jobs.wait(timeout=PATIENCE_S)
    assert {*jobs.states} == {DONE}
    assert_each_ran_at_most_once(jobs, tally)


def test_5_percent_of_loss(far, place, service):
    far.wire.set(loss_percent=5)
    jobs, tally = tallied(place, service, 200)
    jobs.run()
    jobs.wait(timeout=PATIENCE_S)
    assert_each_ran_at_most_once(jobs, tally)
    big = shell(service, "head -c 300000 /dev/zero | tr '\\0' x")
    big.run()
    assert big.wait(PATIENCE_S)
    assert big.stdout == "x" * 300000


def test_a_server_that_is_killed_and_comes_back(testbed, far, place, service):
    jobs, fifos = waiting(place, service)
    testbed.lose(far)
    until(lambda: all(job.state == UNKNOWN for job in jobs))
    release(fifos[0], 7)
    testbed.start(far)
    assert jobs[0].wait(PATIENCE_S)
    assert (jobs[0].state, jobs[0].exit_code) == (FAILED, 7)
    until(lambda: jobs[1].state == RUNNING)
    release(fifos[1], 0)
    assert jobs[1].wait(PATIENCE_S)
    assert jobs[1].state == DONE


def test_a_server_that_is_killed_while_jobs_are_sent(testbed, far, place, service):
    jobs, tally = tallied(place, service, 400)

    def kill():
        testbed.lose(far)
        testbed.start(far)

    running = call_at_100(jobs, kill)
    jobs.run()
    jobs.wait(timeout=PATIENCE_S)
    assert len(running) >= 100
    assert_each_ran_at_most_once(jobs, tally)


def test_jobs_that_a_dead_host_took_with_it_have_no_end(testbed, far, service):
    job = service.run_job("sleep 3061")
    testbed.stop(far)  # and everything that runs for it
    until(lambda: job.state == UNKNOWN)
    testbed.start(far)
    again = service.run_job("exit 5")
    assert again.wait(PATIENCE_S)
    assert again.exit_code == 5
    until(lambda: job.state == UNKNOWN and "helper" in job.state_detail)
    assert not job.wait(0.2)
    assert job.exit_code is None
    assert job.last_seen is not None


def test_a_clock_that_is_an_hour_ahead(testbed, far, place, tmp_path, monkeypatch):
    # What the agent knows the time by is `date`; libfaketime would be one thing more to install.
    fake = testbed.directory / "an-hour-ahead"
    fake.mkdir()
    date = fake / "date"
    date.write_text('#!/bin/sh\nexec /bin/date -d "+1 hour" "$@"\n')
    date.chmod(0o755)
    host = testbed.add_host(far.wire, SetEnv=f"PATH={fake}:/usr/bin:/bin")
    monkeypatch.setenv("JUNCTURE_SSH_CONFIG", testbed.config(lines=IMPATIENT))
    place.url = place.url.replace(f"h{testbed.hosts.index(far)}", f"h{testbed.hosts.index(host)}")
    try:
        service = place.service()
        before = time.time()
        job = shell(service, "date +%s; sleep 0.3; exit 2")
        job.run()
        assert job.wait(PATIENCE_S)
        assert int(job.stdout) == pytest.approx(before + 3600, abs=600)
        assert job.created == pytest.approx(before + 3600, abs=600)
        assert job.created <= job.started < job.finished
        assert 0.2 < job.finished - job.started < 600
        found = place.service().get_job(job.id)
        assert (found.state, found.exit_code, found.finished) == (FAILED, 2, job.finished)
        kept = service.run_job("sleep 3071")
        far.wire.cut()
        until(lambda: kept.state == UNKNOWN)
        assert kept.last_seen == pytest.approx(time.time(), abs=600)  # it is we who saw it
        far.wire.mend()
        until(lambda: kept.state == RUNNING)
        kept.cancel()
        limited = shell(service, "sleep 3072", wall_time_limit=1)
        limited.run()
        assert not limited.wait(1)
        limited.cancel()
    finally:
        place.close()
        place.services.clear()
        testbed.stop(host)


def assert_one_sentence(error, *words):
    text = str(error)
    assert "\n" not in text
    assert all(word in text for word in words), text


def test_a_host_that_refuses(place):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        place.url = f"ssh://127.0.0.1:{taken.getsockname()[1]}/"
        with pytest.raises(exceptions.NoSuccess) as caught:
            place.service()
    assert_one_sentence(caught.value, "127.0.0.1", "refuses")


def test_a_host_that_nobody_knows(place):
    place.url = "ssh://nobody.invalid/"
    with pytest.raises(exceptions.BadParameter) as caught:
        place.service()
    assert_one_sentence(caught.value, "nobody.invalid", "no host")


def test_a_host_that_does_not_answer(far, place):
    place.url = f"ssh://nobody@{far.wire.there}:9/"
    far.wire.cut()
    with pytest.raises(exceptions.Timeout) as caught:
        place.service()
    assert_one_sentence(caught.value, far.wire.there, "does not answer")


def test_a_host_with_a_changed_key(testbed, far, place, monkeypatch):
    host = testbed.add_host()
    monkeypatch.setenv("JUNCTURE_SSH_CONFIG", testbed.config(lines=IMPATIENT))
    try:
        testbed.stop(host)
        testbed.new_host_key(host)
        testbed.start(host)
        place.url = f"ssh://{testbed.users['bash'].name}@h{testbed.hosts.index(host)}/"
        with pytest.raises(exceptions.AuthenticationFailed) as caught:
            place.service()
    finally:
        testbed.stop(host)
    assert_one_sentence(caught.value, "host key")
    assert host.logins() == 0
