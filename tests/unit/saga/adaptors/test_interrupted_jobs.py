"""What jobs have become is told once and to the end, also around Ctrl-C and to who acts on it."""

import itertools
import threading
from types import SimpleNamespace

import pytest
from interrupting import interrupted
from processes import PATIENCE_S

import juncture.saga as rs
from juncture._util.flag import Flag
from juncture.saga import async_pool
from juncture.saga.adaptors.local_job import open_channel
from juncture.saga.adaptors.shell_job import agent, cancel
from juncture.saga.adaptors.shell_job.record import Record


class Told:
    """An API job that notes what it is told."""

    def __init__(self):
        self.states = []
        self._adaptor = SimpleNamespace(job_id=lambda key: key)

    def _update(self, state=None, **_known):
        if state is not None and state not in self.states:
            self.states.append(state)


def test_an_interrupt_anywhere_loses_no_state():
    for step in itertools.count():
        job, ended = Told(), Flag()
        record = Record("service.1", job, lambda _record, ended=ended: ended.set())
        record._put(rs.RUNNING, None, told=True)
        record.facts.state = rs.DONE
        record._put(rs.DONE, None, told=True)
        was_interrupted = interrupted(lambda: record.tell(wait=True), step)  # noqa: B023
        telling = threading.Thread(target=record.tell, args=(True,), daemon=True)
        telling.start()
        assert ended.wait(PATIENCE_S)
        assert job.states == [rs.RUNNING, rs.DONE]
        if not was_interrupted:
            break
    assert step > 10


def test_what_cannot_be_told_is_not_told_again():
    job = Told()
    record = Record("service.1", job, lambda _record: None)
    update, job._update = job._update, lambda **_: {}["x"]
    record._put(rs.RUNNING, None, told=True)
    with pytest.raises(KeyError):
        record.tell()
    job._update = update
    record._put(rs.CANCELED, None, told=True)
    record.tell()
    assert job.states == [rs.CANCELED]


def test_an_interrupt_before_jobs_are_canceled_holds_no_end_back():
    class Interrupting(Record):
        __slots__ = ()

        def hold(self, gate):
            raise KeyboardInterrupt

    records = [kind("service.1", None, lambda _record: None) for kind in (Record, Interrupting)]
    with pytest.raises(KeyboardInterrupt):
        cancel.cancel(SimpleNamespace(), records, 0)
    assert not records[0].gates


def test_an_end_that_waits_for_something_is_told_though_no_thread_is_left(monkeypatch):
    def refuse(_work):
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(async_pool.pool, "submit", refuse)
    job, ended = Told(), threading.Event()
    record = Record("service.1", job, lambda _record: ended.set())
    record.finish = lambda: None
    record.facts.state = rs.DONE
    record._push()
    assert ended.wait(PATIENCE_S)
    assert job.states == [rs.DONE]


def test_who_gives_up_a_cancel_tells_no_end_that_another_holds_back():
    job, gates = Told(), [Flag(), Flag()]
    record = Record("service.1", job, lambda _record: None)
    for gate in gates:
        record.hold(gate)
    record.facts.state = rs.CANCELED
    record._push(told=True)
    assert [gate.is_set() for gate in gates] == [True, True]
    record.release(gates[0])
    record.tell(wait=True)
    assert job.states == []
    record.release(gates[1])
    record.release(gates[0])
    record.tell(wait=True)
    assert job.states == [rs.CANCELED]


@pytest.fixture
def service(monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path))
    opened = rs.job.Service("fork://localhost/")
    yield opened
    opened.close()


def test_a_host_that_is_slow_to_answer_holds_up_no_other(service):
    adaptor, order = service._adaptor._adaptor, []
    begun, answers = threading.Event(), threading.Event()

    def slow(**named):
        begun.set()
        answers.wait(PATIENCE_S)
        order.append("slow")
        return open_channel(**named)

    thread = threading.Thread(
        target=lambda: adaptor.agent("slow", "slow", slow, 0).release(), daemon=True
    )
    thread.start()
    assert begun.wait(PATIENCE_S)
    adaptor.agent("quick", "quick", open_channel, 0).release()
    order.append("quick")
    answers.set()
    thread.join(PATIENCE_S)
    assert order == ["quick", "slow"]


def describe():
    jd = rs.job.Description()
    jd.executable = "/bin/true"
    return jd


@pytest.mark.parametrize("count", [1, 2])
def test_jobs_that_were_not_sent_have_failed_after_an_interrupt(service, monkeypatch, count):
    def interrupt(*_):
        raise KeyboardInterrupt

    jobs = [service.create_job(describe()) for _ in range(count)]
    container = rs.job.Container()
    for job in jobs:
        container.add(job)
    monkeypatch.setattr(agent.Agent, "_try_to_send", interrupt)
    with pytest.raises(KeyboardInterrupt):
        jobs[0].run() if count == 1 else container.run()
    assert [job.state for job in jobs] == [rs.FAILED] * count
    assert "interrupted" in str(jobs[0].exception)
    container.cancel()


def test_jobs_that_were_sent_are_told_of_after_an_interrupt(service, monkeypatch):
    def interrupt(*_):
        raise KeyboardInterrupt

    job = service.create_job(describe())
    monkeypatch.setattr(agent.Submission, "wait", interrupt)
    with pytest.raises(KeyboardInterrupt):
        job.run()
    ended = threading.Event()
    job._add_listener(lambda _job: ended.set())
    assert ended.wait(PATIENCE_S)
    assert job.state == rs.DONE


@pytest.mark.parametrize(("method", "state"), [("cancel", "Canceled"), ("suspend", "Suspended")])
def test_a_callback_can_end_or_stop_the_job_that_it_is_told_of(service, method, state):
    jd = rs.job.Description()
    jd.executable, jd.arguments = "/bin/sleep", ["1000"]
    job = service.create_job(jd)
    states, told = [], threading.Event()

    def act(_job, _key, new):
        if new == rs.RUNNING:
            getattr(job, method)()
            states.append(job.state)
            told.set()
        return True

    job.add_callback("State", act)
    threading.Thread(target=job.run, daemon=True).start()
    assert told.wait(PATIENCE_S)
    assert states == [state]
    job.cancel()


def test_a_job_that_two_threads_cancel_at_once_keeps_its_end(service, monkeypatch):
    jd = rs.job.Description()
    jd.executable, jd.arguments = "/bin/sleep", ["1000"]
    job = service.create_job(jd)
    job.run()
    both_hold, held, scan = threading.Barrier(2), threading.local(), cancel._scan

    def scan_when_both_hold(agent):
        if not hasattr(held, "it"):
            held.it = both_hold.wait(PATIENCE_S)
        return scan(agent)

    monkeypatch.setattr(cancel, "_scan", scan_when_both_hold)
    states = []
    threads = [
        threading.Thread(target=lambda: states.append((job.cancel(), job.state)), daemon=True)
        for _ in range(2)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE_S)
    assert states == [(None, rs.CANCELED)] * 2
    assert " end " in job.get_log()
    assert " gone " not in job.get_log()
