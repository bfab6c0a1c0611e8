"""Jobs and what goes wrong around them: nothing is lost, nothing is made up, nothing is left
behind."""

import os
import signal
import subprocess
import sys
import textwrap
import threading
import time

import pytest
from job_oracle import mark, processes, sleeps, until
from processes import ENVIRONMENT, PATIENCE_S, children_of_this_process

from juncture.saga import ASYNC, Session, exceptions
from juncture.saga.job import CANCELED, DONE, FAILED, NEW, RUNNING, UNKNOWN, Container, Service
from juncture.saga.shell import Channel

CLIENT = """
import os, signal, sys
from juncture.saga import Context, Session
from juncture.saga.job import Container, Service
url, key, fifo = sys.argv[1:]
session = Session(default=False)
if key:
    session.contexts.append(Context("ssh", user_key=key))
service = Service(url, session)
shell = lambda line: {"executable": "/bin/sh", "arguments": ["-c", line], "name": "a name"}
done = service.create_job(shell("echo 'a  b'; exit 3"))
done.run()
done.wait()
late = service.create_job(shell("read x <%s; echo $x" % fifo))
late.run()
many = Container()
for _ in range(100):
    many.add(service.create_job({"executable": "/bin/true"}))
many.run()
ids = [job.id for job in many]
print(done.id, done.created, done.finished, late.id, *ids, sep="\\n", flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture
def fifo(place):
    path = str(place.folder / f"fifo-{os.urandom(4).hex()}")
    os.mkfifo(path)
    os.chmod(path, 0o666)  # noqa: S103 - the job is of another user
    return path


def test_jobs_outlive_the_client_and_are_found_again(place, fifo):
    key = place.session.contexts[0].user_key if place.session.contexts else ""
    client = subprocess.run(
        [sys.executable, "-c", CLIENT, place.url, key, fifo],
        env={**ENVIRONMENT, **os.environ},
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE_S,
    )
    assert client.returncode == -signal.SIGKILL, client.stderr
    done_id, created, finished, late_id, *many = client.stdout.splitlines()
    service = place.service()
    done = service.get_job(done_id)
    assert (done.state, done.exit_code, done.stdout, done.name) == (FAILED, 3, "a  b\n", "a name")
    assert (done.created, done.finished) == (float(created), float(finished))
    assert done.description.arguments == ["-c", "echo 'a  b'; exit 3"]
    late = service.get_job(late_id)
    seen = []
    late.add_callback("State", lambda _job, _key, state: seen.append(state) or True)
    assert late.state == RUNNING
    with open(fifo, "w") as stream:
        stream.write("now\n")
    assert late.wait(PATIENCE_S)
    assert (late.state, late.exit_code, late.stdout) == (DONE, 0, "now\n")
    until(lambda: seen == [DONE], "the callback is called once")
    jobs = [service.get_job(each) for each in many]
    assert all(job.wait(PATIENCE_S) for job in jobs)
    assert {job.state for job in jobs} == {DONE}
    assert {done_id, late_id, *many} <= {*service.list()}


def test_a_found_job_is_canceled_for_good(place, run):
    job = run("sleep", mark(), wait=False)
    other = Service(place.url, Session(default=False)) if not place.session.contexts else None
    found = (other or place.service()).get_job(job.id)
    found.cancel()
    assert found.state == CANCELED
    assert job.wait(PATIENCE_S)
    assert job.state == CANCELED
    if other:
        other.close()


@pytest.mark.parametrize(
    "job_id", ["nonsense", "[x]-[nonsense]", "[x]-[abc.7]", "[x]-[../../etc.1]"]
)
def test_an_id_that_nobody_knows(service, job_id):
    with pytest.raises(exceptions.DoesNotExist):
        service.get_job(job_id)


HIDING = """
trap '' TERM
setsid sleep {0} &
env -i setsid sleep {0} &
(sleep {0} &) &
sleep {0}
"""


def test_cancel_ends_the_whole_tree(run):
    number = mark()
    job = run("/bin/sh", "-c", HIDING.format(number), wait=False)
    until(lambda: len(sleeps(number)) == 4)
    job.cancel(timeout=0.2)
    assert processes(f"sleep {number}") == []
    assert job.state == CANCELED
    job.cancel()


def test_a_container_is_canceled_as_one(service):
    jobs = Container()
    number = mark()
    for _ in range(30):
        jobs.add(service.create_job({"executable": "sleep", "arguments": [number]}))
    jobs.run()
    jobs.cancel()
    assert {*jobs.states} == {CANCELED}
    assert processes(f"sleep {number}") == []


def test_a_container_keeps_each_jobs_own_end(service, tmp_path):
    jobs = Container()
    for status in range(5):
        jobs.add(
            service.create_job({"executable": "/bin/sh", "arguments": ["-c", f"exit {status}"]})
        )
    bad = service.create_job({"executable": "true", "file_transfer": [f"{tmp_path}/none > x"]})
    jobs.add(bad)
    jobs.run()
    jobs.wait()
    assert [job.exit_code for job in jobs] == [0, 1, 2, 3, 4, None]
    assert isinstance(bad.exception, exceptions.DoesNotExist)


def test_a_thousand_jobs_in_one_container(service):
    jobs = Container()
    for number in range(1000):
        jobs.add(
            service.create_job({"executable": "/bin/sh", "arguments": ["-c", f"exit {number % 3}"]})
        )
    jobs.run()
    jobs.wait()
    assert [job.exit_code for job in jobs] == [number % 3 for number in range(1000)]
    assert len({job.id for job in jobs}) == 1000


def test_what_a_job_leaves_behind_goes_on(run):
    number = mark()
    job = run("/bin/sh", "-c", f"setsid sleep {number} >/dev/null 2>&1 &")
    assert job.state == DONE
    (left,) = until(lambda: sleeps(number))
    os.kill(left, signal.SIGKILL)


def test_a_dead_helper_makes_the_state_unknown_and_never_final(run, monkeypatch):
    monkeypatch.setattr("juncture.saga.adaptors.shell_job.notifier._IDLE_S", 0.1)
    number = mark()
    job = run("sleep", number, wait=False)
    os.kill(job._adaptor.record.facts.helper, signal.SIGKILL)
    until(lambda: job.state == UNKNOWN)
    assert "helper" in job.state_detail
    assert job.last_seen == pytest.approx(time.time(), abs=PATIENCE_S)
    assert not job.wait(0.3)
    found = job._adaptor._service.get_job(job.id)
    assert found.state == UNKNOWN
    job.cancel(timeout=0.1)
    assert job.state == CANCELED
    assert processes(f"sleep {number}") == []


def cut(service):
    """Lose the connection: end the shell, or the ssh that leads to it."""
    os.kill(service._adaptor.agent._channel._shell._process.pid, signal.SIGKILL)


def test_an_agent_that_is_silent_is_replaced(run, service, monkeypatch):
    silence = "juncture.saga.adaptors.shell_job.agent._SILENCE_S"
    monkeypatch.setattr("juncture.saga.adaptors.shell_job.notifier._IDLE_S", 0.1)
    seen = []
    job = run("sleep", mark(), wait=False)
    job.add_callback("State", lambda _job, _key, state: seen.append(state) or True)
    agent = service._adaptor.agent
    lost = agent.lost

    def lost_once(reason):
        # From now on, an agent that is merely slow is not taken for dead.
        monkeypatch.setattr(silence, PATIENCE_S)
        lost(reason)

    monkeypatch.setattr(agent, "lost", lost_once)
    os.kill(agent._channel.pid, signal.SIGSTOP)
    monkeypatch.setattr(silence, 0.5)
    until(lambda: seen == [UNKNOWN, RUNNING])
    assert run("true").state == DONE
    job.cancel()
    assert job.state == CANCELED


def test_a_lost_agent_is_replaced_and_the_truth_is_learned(run, service, fifo):
    seen = []
    ended = run("true")
    job = run("/bin/sh", "-c", f"read x <{fifo}; exit $x", wait=False)
    job.add_callback("State", lambda _job, _key, state: seen.append(state) or True)
    missed = run("/bin/sh", "-c", "sleep 0.3; exit 6", wait=False)
    cut(service)
    until(lambda: UNKNOWN in seen)
    assert missed.wait(PATIENCE_S)
    assert (missed.state, missed.exit_code) == (FAILED, 6)
    until(lambda: job.state == RUNNING)
    with open(fifo, "w") as stream:
        stream.write("4\n")
    assert job.wait(PATIENCE_S)
    assert (job.state, job.exit_code, ended.state) == (FAILED, 4, DONE)
    until(lambda: seen == [UNKNOWN, RUNNING, FAILED])
    assert run("true").state == DONE


def test_a_container_is_sent_in_one_go(service, fifo):
    # The shell over there is busy: nothing is answered before all has been sent.
    service.run_job("true").wait()
    agent = service._adaptor.agent
    agent._channel.send(f"read ja_ <{fifo}")
    jobs = Container()
    for _ in range(500):
        jobs.add(service.create_job({"executable": "/bin/true"}))
    running = threading.Thread(target=jobs.run)
    running.start()
    try:
        until(lambda: len(agent.all_records()) == 500, "not all jobs were sent")
        assert {*jobs.states} == {NEW}
    finally:
        with open(fifo, "w") as file:
            file.write("go on\n")
        running.join()
    jobs.wait(timeout=PATIENCE_S)
    assert {*jobs.states} == {DONE}


def test_a_container_is_canceled_by_as_many_commands_as_a_job(service, monkeypatch):
    sent = []
    # Whoever looks after jobs sends, too, in a thread of its own; and all end by TERM.
    monkeypatch.setattr(service._adaptor, "grace_s", PATIENCE_S)
    for name in ("send", "start"):
        monkeypatch.setattr(Channel, name, counted(getattr(Channel, name), sent))
    numbers = []
    for count in (1, 60):
        jobs = Container()
        for _ in range(count):
            jobs.add(service.create_job({"executable": "sleep", "arguments": ["1000"]}))
        jobs.run()
        sent.clear()
        jobs.cancel()
        numbers.append(len(sent))
        assert {*jobs.states} == {CANCELED}
    assert numbers[0] == numbers[1] > 0


def counted(method, calls):
    def call(self, *arguments, **more):
        if threading.current_thread() is threading.main_thread():
            calls.append(method.__name__)
        return method(self, *arguments, **more)

    return call


# An agent, which has no `ja_limit`, asks for the time before each job that it starts.
BUSY_AFTER_200 = """
juncture_now() {{
    ja_t=1
    [ -n "${{ja_limit:-}}" ] || [ $((ja_begun += 1)) -le 200 ] || read -r ja_ <{0}
}}
"""


def test_an_agent_lost_while_jobs_are_sent_runs_none_twice(service, place, fifo):
    path = place.folder / "ran"
    path.touch()
    path.chmod(0o666)
    jobs = Container()
    for number in range(400):
        line = f"echo {number} >>{path}"
        jobs.add(service.create_job({"executable": "/bin/sh", "arguments": ["-c", line]}))
    service.run_job("true").wait()
    # However slowly we hear of them: half of the jobs have not been started when it is lost.
    service._adaptor.agent._channel.send(BUSY_AFTER_200.format(fifo))
    seen = []

    def hundredth(job, _key, state):
        if state == RUNNING:
            seen.append(job)
            if len(seen) == 100:
                cut(service)
        return True

    for job in jobs:
        job.add_callback("State", hundredth)
    jobs.run()
    jobs.wait(timeout=PATIENCE_S)
    assert {*jobs.states} == {DONE, FAILED}
    ran = path.read_text().split()
    assert len(ran) == len({*ran})
    done = {str(number) for number, job in enumerate(jobs) if job.state == DONE}
    assert done == {*ran}


# Only a helper has `ja_limit` when it asks for the time, which it does before it starts a job.
SLOW_HELPERS = """
juncture_now() {{
    ja_t=1
    [ -z "${{ja_limit:-}}" ] || [ -n "${{ja_late:-}}" ] ||
        {{ ja_late=1; echo >{0}; read -r ja_ <{1}; }}
}}
"""


def test_a_helper_that_has_not_spoken_when_its_agent_is_lost_is_waited_for(service, place, fifo):
    slow = f"{fifo}-slow"
    os.mkfifo(slow)
    os.chmod(slow, 0o666)  # noqa: S103 - the job is of another user
    assert service.run_job("true").wait(PATIENCE_S)
    service._adaptor.agent._channel.send(SLOW_HELPERS.format(slow, fifo))
    job = service.create_job({"executable": "/bin/sh", "arguments": ["-c", "exit 5"]})
    task = job.run(ASYNC)
    with open(slow) as stream:
        stream.read()
    cut(service)
    task.wait(PATIENCE_S)
    assert not job.wait(1)  # in which it would be told that it was not started
    with open(fifo, "w") as stream:
        stream.write("now\n")
    assert job.wait(PATIENCE_S)
    assert (job.state, job.exit_code) == (FAILED, 5)


def test_a_closed_service_leaves_nothing(place):
    before = children_of_this_process()
    service = place.service()
    job = service.run_job("echo x")
    job.wait()
    assert job.stdout == "x\n"
    service.close()
    until(lambda: len(children_of_this_process() - before) <= ("ssh" in place.url))
    with pytest.raises(exceptions.IncorrectState):
        service.run_job("true")


def test_a_job_of_a_closed_service_is_still_told(place):
    service = place.service()
    job = service.run_job("sleep 0.3; exit 7")
    service.close()
    assert job.wait(PATIENCE_S)
    assert job.exit_code == 7


def test_records_are_private(place, run):
    job = run("echo", "x")
    agent = job._adaptor._service.agent
    assert os.stat(agent.folder).st_mode & 0o077 == 0
    assert os.stat(job._adaptor._kept("out")).st_mode & 0o077 == 0


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can mount a small disk")
def test_a_full_disk(tmp_path, monkeypatch):
    disk = tmp_path / "disk"
    disk.mkdir()
    subprocess.run(["/bin/mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", disk], check=True)
    monkeypatch.setenv("XDG_STATE_HOME", str(disk))
    filler = disk / "filler"
    try:
        with Service("local://localhost/", Session(default=False)) as service:
            fifo = str(tmp_path / "fifo")
            os.mkfifo(fifo)
            kept = service.create_job(
                {
                    "executable": "/bin/sh",
                    "arguments": ["-c", f"read x <{fifo}"],
                    "output": "/dev/null",
                    "error": "/dev/null",
                }
            )
            kept.run()
            fill(filler)
            with open(fifo, "w") as stream:
                stream.write("x\n")
            refused = service.create_job({"executable": "true"})
            with pytest.raises(exceptions.NoSuccess, match="record"):
                refused.run()
            assert refused.state == FAILED
            filler.unlink()
            assert kept.wait(PATIENCE_S)
            assert kept.state == DONE
            assert service.get_job(kept.id).exit_code == 0
            assert service.run_job("true").wait(PATIENCE_S)
    finally:
        subprocess.run(["/bin/umount", "-l", disk], check=True)


def fill(path):
    with path.open("wb", buffering=0) as stream:
        for size in (4096, 1):
            try:
                while stream.write(bytes(size)):
                    pass
            except OSError:
                pass


def test_the_service_of_this_host_serves_no_other():
    with pytest.raises(exceptions.BadParameter, match="elsewhere"):
        Service("fork://elsewhere/")


def test_a_login_shell_that_talks(testbed, monkeypatch, tmp_path):
    from juncture.saga import Context

    monkeypatch.setenv("JUNCTURE_SSH_CONFIG", testbed.config())
    for name in set(testbed.users) & {"noisy", "fish", "tcsh", "zsh", "dash"}:
        session = Session(default=False)
        session.contexts.append(Context("ssh", user_key=str(testbed.key)))
        with Service(f"ssh://{testbed.users[name].name}@h0/", session) as service:
            job = service.run_job("echo out; echo err >&2; exit 3")
            assert job.wait(PATIENCE_S)
            assert (job.exit_code, job.stdout, job.stderr) == (3, "out\n", "err\n"), name


def test_a_client_that_is_killed_leaves_no_agent(tmp_path):
    number = mark()
    program = textwrap.dedent(f"""
        import os, signal
        from juncture.saga.job import Service
        service = Service("fork://localhost")
        job = service.create_job({{"executable": "sleep", "arguments": ["{number}"]}})
        job.run()
        job.stdout
        agent = service._adaptor.agent
        print(agent._channel.pid, agent._data.pid, flush=True)
        os.kill(os.getpid(), signal.SIGKILL)
    """)
    environment = {**ENVIRONMENT, **os.environ, "XDG_STATE_HOME": str(tmp_path)}
    client = subprocess.run(
        [sys.executable, "-c", program],
        env=environment,
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )
    agent, data = client.stdout.split()
    until(lambda: not any(os.path.exists(f"/proc/{pid}") for pid in (agent, data)))
    (left,) = until(lambda: sleeps(number))
    os.kill(left, signal.SIGKILL)
