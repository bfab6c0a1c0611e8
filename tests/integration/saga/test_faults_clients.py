"""Clients that die, are asked to end or share a host: jobs are found again, and nothing is left."""

import os
import signal
from pathlib import Path

import pytest
from job_oracle import mark, processes, sleeps, until
from processes import ends
from testbed.far import PATIENCE_S, Place, release, shell

from juncture.saga.job import CANCELED, DONE, FAILED, RUNNING, UNKNOWN


@pytest.fixture(params=["local", "ssh"])
def place(request, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    runtime = tmp_path / "run"
    runtime.mkdir(mode=0o700)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(runtime))
    if request.param == "local":
        found = Place("fork://localhost/", None, tmp_path)
    else:
        testbed = request.getfixturevalue("testbed")
        monkeypatch.setenv("JUNCTURE_SSH_CONFIG", testbed.config())
        user = testbed.users["bash"]
        found = Place(f"ssh://{user.name}@h1/", testbed.key, user.home)
    found.runtime = runtime
    yield found
    found.close()


def end(client, signum=None):
    """End a client, and return what it has said."""
    if signum is not None:
        client.send_signal(signum)
    try:
        return client.communicate(timeout=PATIENCE_S)
    finally:
        client.kill()


def descendants(pid):
    found = []
    try:
        for task in Path(f"/proc/{pid}/task").iterdir():
            for child in (task / "children").read_text(encoding="ascii").split():
                found += [int(child), *descendants(int(child))]
    except (FileNotFoundError, ProcessLookupError):
        pass  # it, or a thread of it, has ended meanwhile
    return found


def test_a_client_killed_while_it_sends_a_container(place):
    tally = place.tally()
    client = place.client(f"""
        jobs = Container()
        for number in range(600):
            jobs.add(sh("echo %d >>{tally}; exit %d" % (number, number % 3), name=str(number)))
        told = []
        def tell(job, key, state):
            if state == RUNNING:
                told.append(job)
                if len(told) == 200:
                    os.kill(os.getpid(), signal.SIGKILL)
            return True
        for job in jobs:
            job.add_callback("State", tell)
        agent = service._adaptor.agent
        folder = agent.folder + "/" + agent.service
        print(len(service.list()), agent._channel.pid, folder, flush=True)
        jobs.run()
        jobs.wait()
    """)
    said, errors = end(client)
    assert client.returncode == -signal.SIGKILL, errors
    known, agent, folder = said.split()
    # What was on its way may still be started by the agent, before it sees that nobody is there;
    # its helpers hold the pipe until their jobs are on record.
    assert ends(int(agent)), "the agent is left"
    until(lambda: nobody_writes_to(f"{folder}/pipe"), "the helpers have spoken")
    service = place.service()
    jobs = [service.get_job(each) for each in service.list()[int(known) :]]
    assert all(job.wait(PATIENCE_S) for job in jobs)
    assert len(jobs) >= 200
    ran = tally.read_text().split()
    assert len(ran) == len({*ran})
    assert {job.name for job in jobs} == {*ran}
    for job in jobs:
        assert job.exit_code == int(job.name) % 3
        assert job.state == (FAILED if job.exit_code else DONE)


def nobody_writes_to(pipe):
    """Whether nobody has a named pipe open to write to it."""
    descriptor = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    try:
        return os.read(descriptor, 1) == b""
    except BlockingIOError:
        return False
    finally:
        os.close(descriptor)


def test_two_clients_on_one_host(place):
    fifo = place.fifo()
    program = """
        jobs = Container()
        for number in range(100):
            jobs.add(sh("exit %d" % (number % 3)))
        jobs.run()
        jobs.wait()
        assert [job.exit_code for job in jobs] == [number % 3 for number in range(100)]
        print(*(job.id for job in jobs), flush=True)
    """
    clients = [place.client(program) for _ in range(2)]
    said = [end(client) for client in clients]
    assert [client.returncode for client in clients] == [0, 0], said
    mine, other = (set(output.split()) for output, _ in said)
    assert len(mine | other) == 200
    waiting = place.client(f"""
        job = sh("read status <{fifo}; exit $status")
        job.run()
        print(job.id, flush=True)
        job.wait()
        print(job.state, job.exit_code, flush=True)
    """)
    job_id = waiting.stdout.readline().strip()
    found = place.service().get_job(job_id)
    assert found.state == RUNNING
    release(fifo, 9)
    assert found.wait(PATIENCE_S)
    assert (found.state, found.exit_code) == (FAILED, 9)
    assert end(waiting)[0].split() == [FAILED, "9"]


def test_one_client_cancels_what_the_other_waits_for(place):
    number = mark()
    waiting = place.client(f"""
        job = sh("sleep {number}")
        job.run()
        print(job.id, flush=True)
        job.wait()
        print(job.state, flush=True)
    """)
    job_id = waiting.stdout.readline().strip()
    place.service().get_job(job_id).cancel()
    assert end(waiting)[0].split() == [CANCELED]
    assert processes(f"sleep {number}") == []


@pytest.mark.parametrize("signum", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGKILL])
def test_a_client_that_is_ended_leaves_no_shell(place, signum):
    number = mark()
    client = place.client(f"""
        job = sh("sleep {number}; sleep 0; exit 4")
        job.run()
        job.stdout
        agent = service._adaptor.agent
        print(agent._channel.pid, agent._data.pid, job.id, flush=True)
        job.wait()
    """)
    *shells, job_id = client.stdout.readline().split()
    until(lambda: sleeps(number))
    children = [pid for pid in descendants(client.pid) if pid not in processes(number)]
    _, errors = end(client, signum)
    assert client.returncode == -signum, errors
    for pid in (int(each) for each in shells):
        assert ends(pid), "a shell is left"
    for pid in children:
        assert not os.path.exists(f"/proc/{pid}") or is_helper(pid, number) or ends(pid)
    found = place.service().get_job(job_id)
    assert found.state == RUNNING
    (sleeping,) = sleeps(number)
    os.kill(sleeping, signal.SIGTERM)
    assert found.wait(PATIENCE_S)
    assert found.exit_code == 4
    if signum == signal.SIGINT:
        assert left_in(place.runtime) == []


def is_helper(pid, number):
    """Whether a process is above the job's own."""
    return bool({*descendants(pid)} & {*processes(number)})


def left_in(folder):
    """Return the sockets, configurations and directories that are left."""
    return [path for path in folder.rglob("*") if path.is_socket() or path.suffix == ".conf"]


def test_a_client_that_ends_leaves_no_files(place):
    client = place.client("""
        job = sh("exit 3")
        job.run()
        job.wait()
        print(job.exit_code, job.stdout, flush=True)
    """)
    assert end(client)[0].split() == ["3"]
    assert left_in(place.runtime) == []


def test_a_record_that_is_gone_is_not_made_up(place):
    service = place.service()
    job = shell(service, "exit 3")
    job.run()
    assert job.wait(PATIENCE_S)
    agent = service._adaptor.agent
    agent.ask(f"rm -rf {agent.folder}/{job.id.rpartition('[')[2].partition('.')[0]}")
    assert (job.state, job.exit_code) == (FAILED, 3)
    with pytest.raises(KeyError):
        place.service().get_job(job.id)


def test_a_helper_that_dies_leaves_the_truth_open(place, monkeypatch):
    monkeypatch.setattr("juncture.saga.adaptors.shell_job.notifier._IDLE_S", 0.1)
    service = place.service()
    number = mark()
    job = shell(service, f"sleep {number}; exit 0")
    job.run()
    os.kill(job._adaptor.record.facts.helper, signal.SIGKILL)
    found = place.service().get_job(job.id)
    until(lambda: job.state == UNKNOWN)
    assert found.state in (RUNNING, UNKNOWN)
    assert job.exit_code is None
    assert job.last_seen is not None
    job.cancel(timeout=0.1)
    assert processes(f"sleep {number}") == []
