"""Several clients and the same jobs: what one does the others are told, what one leaves another
finishes; and what is told when a connection comes back."""

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from job_oracle import until
from processes import ENVIRONMENT, PATIENCE_S

from juncture.saga import exceptions
from juncture.saga.adaptors.local_job import AgentProcess
from juncture.saga.job import CANCELED, DONE, FAILED, RUNNING, SUSPENDED, UNKNOWN, Service

OPEN = """
import json, os, queue, signal, sys
from juncture.saga import Context, Session
from juncture.saga.job import Service
url, key, *arguments = sys.argv[1:]
session = Session(default=False)
if key:
    session.contexts.append(Context("ssh", user_key=key))
service = Service(url, session)
"""
DO = """
job = service.get_job(arguments[0])
getattr(job, arguments[1])()
print(job.state)
"""
SUBMIT_AND_DIE = """
job = service.create_job(json.loads(arguments[0]))
job.run()
print(job.id, flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture
def client(place, tmp_path):
    """Return a function that runs another client of the place and returns what it says."""

    def run(program, *arguments, folder=tmp_path):
        key = place.session.contexts[0].user_key if place.session.contexts else ""
        return subprocess.run(
            [sys.executable, "-c", OPEN + program, place.url, key, *arguments],
            env={**ENVIRONMENT, **os.environ},
            stdout=subprocess.PIPE,
            text=True,
            check=False,
            cwd=folder,
            timeout=PATIENCE_S,
        ).stdout.strip()

    return run


def watched(job):
    seen = []
    job.add_callback("State", lambda _job, _key, state: seen.append(state) or True)
    return seen


def fifo_in(folder):
    path = str(folder / f"fifo-{os.urandom(4).hex()}")
    os.mkfifo(path)
    os.chmod(path, 0o666)  # noqa: S103 - the job is of another user
    return path


def has_ended(folder, job_id):
    """Say whether the journal has the end of a job, which nobody need have told this client."""
    key = job_id[:-1].rpartition("]-[")[2]
    journal = Path(folder, key.rpartition(".")[0], "journal").read_text()
    return f"\n{key} end " in journal


# What another client does


def test_what_another_client_does_is_pushed(run, client):
    job = run("sleep", "300", wait=False)
    seen = watched(job)
    assert client(DO, job.id, "suspend") == SUSPENDED
    until(lambda: seen == [SUSPENDED])
    assert client(DO, job.id, "resume") == RUNNING
    until(lambda: seen == [SUSPENDED, RUNNING])
    assert client(DO, job.id, "cancel") == CANCELED
    until(lambda: seen == [SUSPENDED, RUNNING, CANCELED])


def test_what_the_first_client_does_is_pushed_to_those_who_found_the_job(place, client):
    program = """
        found = service.get_job(arguments[0])
        states = queue.Queue()
        found.add_callback("State", lambda job, key, state: states.put(state) or True)
        print("ready", flush=True)
        found.wait()
        print(*(states.get() for _ in range(3)))
    """
    service = place.service()
    job = service.run_job("sleep 300")
    key = place.session.contexts[0].user_key if place.session.contexts else ""
    lines = "\n".join(line.strip() for line in program.splitlines())
    with subprocess.Popen(
        [sys.executable, "-c", OPEN + lines, place.url, key, job.id],
        env={**ENVIRONMENT, **os.environ},
        stdout=subprocess.PIPE,
        text=True,
    ) as other:
        assert other.stdout.readline() == "ready\n"
        job.suspend()
        job.resume()
        job.cancel()
        assert other.stdout.readline().split() == [SUSPENDED, RUNNING, CANCELED]


# What another client has left


def staging(place, fifo, **more):
    return {
        "executable": "/bin/sh",
        "arguments": ["-c", f"read x <{fifo}; echo $x >result; echo out"],
        "working_directory": str(place.folder / f"w-{os.urandom(4).hex()}"),
        "output": "told",
        "file_transfer": ["here < result", "all << result"],
        **more,
    }


@pytest.mark.parametrize("when", ["while it runs", "when it has ended"])
def test_files_of_a_client_that_was_killed_are_brought_once(place, client, tmp_path, when):
    fifo = fifo_in(place.folder)
    home = tmp_path / "client"
    home.mkdir()
    job_id = client(SUBMIT_AND_DIE, json.dumps(staging(place, fifo)), folder=home)
    service = place.service()
    if when == "while it runs":
        found = service.get_job(job_id)
        assert found.state == RUNNING
    with open(fifo, "w") as stream:
        stream.write("word\n")
    if when == "when it has ended":
        until(lambda: has_ended(service._adaptor.agent.folder, job_id))
        found = service.get_job(job_id)
    assert found.wait(PATIENCE_S)
    assert (found.state, found.stdout, found.state_detail) == (DONE, "out\n", None)
    assert (home / "here").read_text() == (home / "all").read_text() == "word\n"
    assert {each.name for each in home.iterdir()} == {"here", "all"}
    (home / "here").unlink()
    again = service.get_job(job_id)
    assert again.state == DONE
    assert not (home / "here").exists()
    assert (home / "all").read_text() == "word\n"


def test_files_that_cannot_be_brought_are_tried_again(place, client, tmp_path):
    fifo = fifo_in(place.folder)
    home = tmp_path / "client"
    home.mkdir()
    jd = staging(place, fifo, file_transfer=["folder/here < result"])
    job_id = client(SUBMIT_AND_DIE, json.dumps(jd), folder=home)
    (home / "folder").write_text("in the way")
    service = place.service()
    found = service.get_job(job_id)
    with open(fifo, "w") as stream:
        stream.write("word\n")
    assert found.wait(PATIENCE_S)
    assert (found.state, found.exit_code) == (FAILED, 0)
    assert "not brought back" in found.state_detail
    (home / "folder").unlink()
    again = service.get_job(job_id)
    assert again.wait(PATIENCE_S)
    assert again.state == DONE
    assert (home / "folder" / "here").read_text() == "word\n"


def test_a_found_job_has_its_own_working_directory(place, run, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    job = run("echo", "x", output="relative")
    monkeypatch.chdir("/")
    assert place.service().get_job(job.id).stdout == "x\n"


def test_records_that_were_removed_are_noticed(place, run):
    job = run("true")
    service = place.service()
    assert service.get_job(job.id).state == DONE
    agent = service._adaptor.agent
    shutil.rmtree(f"{agent.folder}/{job._adaptor.record.service}")
    with pytest.raises(exceptions.DoesNotExist):
        service.get_job(job.id)


# When the connection comes back


class Host:
    """This host, whose shells do not serve before they are let."""

    def __init__(self, service, folder):
        self.fifo = fifo_in(folder)
        self.channel = service._adaptor.agent._channel
        self.folder = service._adaptor.agent.folder
        self.opener, self.channel._opener = self.channel._opener, self.start
        self.started = []

    def start(self):
        self.channel._opener = self.opener
        process = AgentProcess(("/bin/sh", "-c", f"read x <{self.fifo}; exec /bin/sh"))
        self.started.append(process.pid)
        return process

    def cut(self):
        os.kill(self.channel._shell._process.pid, signal.SIGKILL)

    def let(self):
        with open(self.fifo, "w") as stream:
            stream.write("go\n")


@pytest.fixture
def host(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    with Service("local://localhost/") as service:
        service.run_job("true").wait()
        yield service, Host(service, tmp_path)


def test_only_what_is_true_now_is_told_after_a_connection_was_lost(host, tmp_path):
    service, far = host
    fifo = fifo_in(tmp_path)
    ends = service.run_job(f"read x <{fifo}; exit $x")
    stays = service.run_job("sleep 300")
    stays.suspend()
    dies = service.run_job("sleep 300")
    goes_on = service.run_job("sleep 300")
    seen = [watched(job) for job in (ends, stays, dies, goes_on)]
    helper = dies._adaptor.record.facts.helper
    far.cut()
    until(lambda: seen == [[UNKNOWN]] * 4)
    os.kill(helper, signal.SIGKILL)
    with open(fifo, "w") as stream:
        stream.write("4\n")
    until(lambda: has_ended(far.folder, ends.id))
    far.let()
    assert ends.wait(PATIENCE_S)
    now = [[UNKNOWN, FAILED], [UNKNOWN, SUSPENDED], [UNKNOWN], [UNKNOWN, RUNNING]]
    until(lambda: seen == now, seen)
    until(lambda: "helper" in dies.state_detail)
    assert seen == now
    assert (ends.exit_code, ends.state_detail, goes_on.state_detail) == (4, None, None)
    for job in (stays, dies, goes_on):
        job.cancel()


def test_a_service_is_closed_at_once_while_its_host_does_not_answer(host):
    service, far = host
    far.cut()
    until(lambda: far.started)
    closing = threading.Thread(target=service.close, daemon=True)
    closing.start()
    closing.join(PATIENCE_S)
    assert not closing.is_alive()
    until(lambda: not os.path.exists(f"/proc/{far.started[0]}"))
