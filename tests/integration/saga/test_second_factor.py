"""Connections that a person has to answer for: asked once, waited for, told, and never stormed."""

import logging
import os
import subprocess
import sys
import threading

import pytest
from job_oracle import until
from processes import ENVIRONMENT, PATIENCE_S
from testbed import sshd
from testbed.far import release, shell

from juncture.saga import Context, Session
from juncture.saga.exceptions import AuthenticationFailed, NoSuccess
from juncture.saga.job import DONE, RUNNING, UNKNOWN, Service
from juncture.saga.shell import Channel, ssh_master
from juncture.saga.shell.ssh_config import CONFIG_VARIABLE

pytestmark = pytest.mark.skipif(
    bool(sshd.why_no_second_factor()), reason=sshd.why_no_second_factor() or "-"
)


class Person:
    """Answers questions when allowed to."""

    def __init__(self, answer):
        self.answer = answer
        self.asked = []
        self.at_once = True
        self._seen = threading.Semaphore(0)
        self._go_on = threading.Semaphore(0)

    def __call__(self, text):
        self.asked.append(text)
        self._seen.release()
        if not self.at_once:
            assert self._go_on.acquire(timeout=PATIENCE_S)
        return self.answer()

    def is_asked(self):
        return self._seen.acquire(timeout=PATIENCE_S)

    def may_answer(self):
        self._go_on.release()


def session_of(testbed, ask=None, password=None):
    user = testbed.users["code"]
    session = Session(default=False)
    session.add_context(Context("UserPass", user_id=user.name, user_pass=password or user.password))
    session.on_question = ask
    return session


@pytest.fixture
def host(testbed):
    """A host of this test alone, whose log is counted."""
    own = testbed.add_host()
    own.name = f"h{testbed.hosts.index(own)}"
    own.before = own.log.count("Connection from")  # the testbed has looked whether it answers
    yield own
    testbed.stop(own)


@pytest.fixture
def settled(testbed, host, tmp_path, monkeypatch):
    """The environment of programs that only name the host."""
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    monkeypatch.setenv(CONFIG_VARIABLE, testbed.config())
    return f"ssh://{testbed.users['code'].name}@{host.name}/"


@pytest.fixture
def gate(testbed):
    """A named pipe that a job on the host may wait for."""
    path = testbed.users["code"].home / f"gate-{os.urandom(4).hex()}"
    os.mkfifo(path)
    path.chmod(0o666)
    return path


def attempts(host):
    return host.log.count("Connection from") - host.before


def test_a_lost_connection_asks_once_more_and_work_waits(connect, testbed, host, caplog):
    person = Person(testbed.totp)
    master = connect(
        "code",
        host.name,
        contexts=list(session_of(testbed).contexts),
        ask=person,
        config=testbed.config(),
    )
    channels = [Channel.over(master) for _ in range(4)]
    assert person.is_asked()
    assert f"connecting to {master.name}" in person.asked[0]
    person.at_once = False
    os.kill(master.pid, 9)
    for channel in channels:
        with pytest.raises(NoSuccess):
            channel.run("sleep 1000")
    results = []

    def again(channel):
        channel.reconnect()
        results.append(channel.run("id -u").status)

    threads = [threading.Thread(target=again, args=(channel,)) for channel in channels]
    for thread in threads:
        thread.start()
    assert person.is_asked()
    assert not results
    person.may_answer()
    for thread in threads:
        thread.join(PATIENCE_S)
    assert results == [0] * 4
    assert len(person.asked) == 2
    assert f"the connection to {master.name} was lost and is made again" in person.asked[1]
    assert "work there waits for the answer" in caplog.text
    assert attempts(host) == 2


def test_without_anybody_to_ask_the_host_is_left_alone(connect, testbed, host, caplog):
    user = testbed.users["code"]
    master = connect("code", host.name, contexts=[], config=testbed.config())
    refused = []

    def open_one():
        try:
            Channel.over(master)
        except AuthenticationFailed as error:
            refused.append(error)

    threads = [threading.Thread(target=open_one) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE_S)
    open_one()
    assert len(refused) == 9
    assert all("Verification code" in str(error) for error in refused)
    assert attempts(host) == 1
    assert len([one for one in caplog.records if one.levelno >= logging.WARNING]) == 1
    # Somebody is there now, and has a password.
    master.session.add_context(Context("UserPass", user_id=user.name, user_pass=user.password))
    master.session.on_question = lambda _: testbed.totp()
    assert Channel.over(master).run("true").status == 0
    assert attempts(host) == 2


def test_a_refused_secret_is_never_sent_again(connect, testbed, host):
    user = testbed.users["password"]
    wrong = Context("UserPass", user_id=user.name, user_pass="wrong")
    master = connect("password", host.name, contexts=[wrong], config=testbed.config())
    for _ in range(3):
        with pytest.raises(AuthenticationFailed):
            master.start()
        master.allow()
    until(lambda: not host.connections(), "the server has said all")
    assert host.log.count("Failed password") == 1
    master.session.add_context(Context("UserPass", user_id=user.name, user_pass=user.password))
    master.start()
    assert host.log.count("Failed password") == 1


def test_a_person_may_err_but_not_for_ever(connect, testbed, host):
    answers = iter(["000000", "000001"])
    person = Person(lambda: next(answers, None) or testbed.totp())
    contexts = list(session_of(testbed).contexts)
    config = testbed.config()
    master = connect("code", host.name, contexts=contexts, ask=person, config=config)
    for _ in range(2):
        with pytest.raises(AuthenticationFailed):
            master.start()
    master.start()
    assert master.alive
    master = connect("code", host.name, contexts=contexts, ask=lambda _: "000000", config=config)
    before = attempts(host)
    for _ in range(10):
        with pytest.raises(AuthenticationFailed):
            master.start()
    assert attempts(host) == before + 3
    master.session.on_question = lambda _: testbed.totp()
    master.start()


def test_who_fails_to_ask_is_told(connect, testbed, host):
    master = connect("code", host.name, ask=lambda _: 1 / 0, contexts=[], config=testbed.config())
    with pytest.raises(AuthenticationFailed, match="`on_question` failed with ZeroDivisionError"):
        master.start()


def test_two_sessions_do_not_ask_about_a_host_at_a_time(connect, testbed, host):
    config = testbed.config()
    contexts = list(session_of(testbed).contexts)
    at_a_time, most, lock = [0], [0], threading.Lock()
    both = threading.Barrier(2)

    def ask(_):
        with lock:
            at_a_time[0] += 1
            most[0] = max(most[0], at_a_time[0])
        threading.Event().wait(0.3)  # the other's question would come now
        with lock:
            at_a_time[0] -= 1
        return testbed.totp()

    masters = [
        connect("code", host.name, contexts=contexts, ask=ask, config=config) for _ in range(2)
    ]

    def start(master):
        both.wait(PATIENCE_S)
        master.start()

    threads = [threading.Thread(target=start, args=(master,)) for master in masters]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE_S)
    assert [master.alive for master in masters] == [True, True]
    assert most == [1]


def test_an_answer_that_comes_too_late_is_told(connect, testbed, host):
    asked = []

    def ask(text):
        asked.append(text)
        if len(asked) == 1:
            testbed.stop(host)
            testbed.start(host)
        return testbed.totp()

    contexts = list(session_of(testbed).contexts)
    master = connect("code", host.name, ask=ask, contexts=contexts, config=testbed.config())
    with pytest.raises(NoSuccess, match="hung up before it let us in"):
        master.start()
    master.start()
    assert len(asked) == 2


def test_jobs_wait_for_a_person(testbed, host, settled, gate):
    person = Person(testbed.totp)
    service = Service(settled, session_of(testbed, person))
    assert person.is_asked()
    job = shell(service, f"read x <{gate}")
    unknown, done = threading.Event(), threading.Event()

    def on_state(_, __, state):
        if state == UNKNOWN:
            unknown.set()
        if state == DONE:
            done.set()
        return True

    job.add_callback("State", on_state)
    job.run()
    assert job.state == RUNNING
    person.at_once = False
    master = service._adaptor.agent._channel._master
    os.kill(master.pid, 9)
    assert unknown.wait(PATIENCE_S)
    assert person.is_asked()
    assert attempts(host) == 2
    release(gate)
    assert not done.wait(0.5)  # it has ended, and nobody here can know
    person.may_answer()
    assert done.wait(PATIENCE_S)
    assert len(person.asked) == 2
    assert attempts(host) == 2
    service.close()
    master.close()


def left_alone(caplog):
    said = [one.getMessage() for one in caplog.records if one.levelno >= logging.WARNING]
    return [text for text in said if "is left alone" in text]


def test_jobs_go_on_when_somebody_can_be_asked_at_last(testbed, host, settled, gate, caplog):
    session = session_of(testbed, lambda _: testbed.totp())
    service = Service(settled, session)
    job = shell(service, f"read x <{gate}")
    job.run()
    session.on_question = None
    master = service._adaptor.agent._channel._master
    done = threading.Event()
    job.add_callback("State", lambda _, __, state: done.set() if state == DONE else True)
    os.kill(master.pid, 9)
    until(lambda: job.state == UNKNOWN)
    release(gate)
    until(lambda: left_alone(caplog), "nobody can be asked")
    assert not done.wait(3)
    assert job.state == UNKNOWN
    assert attempts(host) == 2
    assert len(left_alone(caplog)) == 1
    session.on_question = lambda _: testbed.totp()
    assert Service(settled, session).create_job({"executable": "/bin/true"}) is not None
    assert done.wait(PATIENCE_S)
    assert (
        ssh_master.master_for(host.name, user=testbed.users["code"].name, session=session) is master
    )
    assert attempts(host) == 3
    service.close()
    master.close()


def test_a_program_may_end_while_a_person_is_asked(testbed, settled):
    program = """
import os, sys, threading
from juncture.saga import Context, Session
from juncture.saga.job import Service
from juncture.saga.shell import open_channel
url, user, word, code = sys.argv[1:]
session = Session(default=False)
session.add_context(Context("UserPass", user_id=user, user_pass=word))
asked = threading.Event()
def ask(_):
    if not hasattr(ask, "once"):
        ask.once = 1
        return code
    asked.set()
    threading.Event().wait()
session.on_question = ask
service = Service(url, session)
channel = open_channel(url, session)
os.kill(channel._master.pid, 9)
assert asked.wait(60)
service.close()
channel.close()
print("closed", flush=True)
"""
    user = testbed.users["code"]
    done = subprocess.run(
        [sys.executable, "-c", program, settled, user.name, user.password, testbed.totp()],
        env={**ENVIRONMENT, **os.environ},
        stdout=subprocess.PIPE,
        timeout=PATIENCE_S,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, b"closed\n")
