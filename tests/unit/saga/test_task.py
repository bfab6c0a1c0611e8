import asyncio
import itertools
import threading

import pytest
from job_oracle import until
from processes import PATIENCE_S

import juncture.saga as rs
from juncture.saga.async_pool import Pool, pool
from juncture.saga.task.states import ENDED, MOVES


@pytest.fixture
def gate():
    gate = threading.Event()
    yield gate
    gate.set()


def test_every_state_has_a_row_and_only_final_ones_have_no_way_out():
    targets = set(itertools.chain.from_iterable(MOVES.values()))
    assert targets | {rs.NEW} == set(MOVES)
    assert {state for state, moves in MOVES.items() if not moves} == ENDED == set(rs.FINAL)


def test_task_runs_on_the_pool():
    task = rs.Task(work=lambda: (threading.current_thread().name, 42))
    assert (task.state, task.result) == ("New", None)
    task.run()
    assert task.wait(30)
    assert task.state == "Done"
    assert task.get_result() == task.result == ("juncture-saga", 42)
    assert task.exception is None
    task.re_raise()


def test_a_failure_is_kept_and_raised():
    task = rs.Task(work=lambda: {}["x"])
    task.run()
    assert task.wait(30)
    assert task.state == "Failed"
    assert isinstance(task.exception, rs.NoSuccess)
    assert isinstance(task.exception.__cause__, KeyError)
    for raising in (task.get_result, task.re_raise):
        with pytest.raises(rs.NoSuccess, match="KeyError"):
            raising()


def test_new_tasks_cannot_be_waited_for():
    with pytest.raises(rs.IncorrectState):
        rs.Task().wait()
    with pytest.raises(rs.IncorrectState):
        rs.Task().get_result()


def test_a_task_is_run_once():
    task = rs.Task(work=int)
    task.run()
    with pytest.raises(rs.IncorrectState):
        task.run()


def test_many_threads_run_one_task_once():
    runs, refused = [], []
    task = rs.Task(work=lambda: runs.append(1))
    barrier = threading.Barrier(8)

    def race():
        barrier.wait()
        try:
            task.run()
        except rs.IncorrectState:
            refused.append(1)

    threads = [threading.Thread(target=race) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert task.wait(30)
    assert (len(runs), len(refused)) == (1, 7)


@pytest.mark.parametrize("timeout", [0, 0.01])
def test_wait_gives_up_in_time(gate, timeout):
    task = rs.Task(work=gate.wait)
    task.run()
    assert task.wait(timeout) is False
    assert task.state == "Running"


@pytest.mark.parametrize("timeout", [None, -1])
def test_wait_for_ever(gate, timeout):
    task = rs.Task(work=gate.wait)
    task.run()
    threading.Timer(0.01, gate.set).start()
    assert task.wait(timeout) is True


def test_cancel_before_it_runs_and_while_it_waits_in_line():
    task = rs.Task(work=int)
    task.cancel()
    assert task.state == "Canceled"
    with pytest.raises(rs.IncorrectState):
        task.run()
    with pytest.raises(rs.IncorrectState, match="canceled"):
        task.get_result()


def test_a_canceled_task_drops_what_still_comes(gate):
    task = rs.Task(work=lambda: gate.wait() and 42)
    task.run()
    task.cancel()
    gate.set()
    after = rs.Task(work=int)
    after.run()
    assert after.wait(30)
    assert (task.state, task.result) == ("Canceled", None)


def test_an_adaptor_is_told_of_the_cancel():
    told = []
    task = rs.Task(lambda task: None, cancel=told.append)
    task.run()
    task.cancel()
    assert told == [task]
    task.cancel()
    assert told == [task]


def test_an_adaptors_own_task():
    task = rs.task.Task()
    task._set_result(42)
    assert task.result is None
    task._set_state(rs.task.DONE)
    assert task.result == 42
    task._set_state(rs.task.FAILED)
    task._set_result(43)
    assert (task.state, task.result) == ("Done", 42)


@pytest.mark.parametrize("end", ["_finish", "_set_result"])
def test_what_a_result_is_made_into_does_not_depend_on_who_ends_the_task(end):
    task = rs.task.Task()
    task._convert = str
    getattr(task, end)(42)
    task._set_state(rs.task.DONE)
    assert task.result == "42"


def test_an_adaptor_that_fails_a_task_without_saying_why():
    task = rs.Task()
    task._set_state("Failed")
    assert isinstance(task.exception, rs.NoSuccess)


def test_impossible_moves_are_refused():
    task = rs.Task()
    task._set_state("Running")
    with pytest.raises(rs.IncorrectState, match="from Running to New"):
        task._set_state("New")


def test_callbacks_see_every_change_once_in_order():
    seen = []

    def note(task, key, state):
        seen.append(state)
        if state == "Running":
            task._finish(1)  # a change that is made by a callback is told after it
            seen.append("end of the first call")
        return True

    task = rs.Task(lambda task: None)
    task.add_callback("State", note)
    task.run()
    assert seen == ["Running", "end of the first call", "Done"]


def test_callbacks_are_called_before_who_waits_is_woken(gate):
    seen = []
    task = rs.Task(work=gate.wait)
    task.run()
    task.add_callback("state", lambda *_: seen.append("called"))
    waiting = threading.Thread(target=lambda: task.wait() and seen.append("woken"))
    waiting.start()
    until(lambda: task._listeners, "it is waited for")
    gate.set()
    waiting.join(PATIENCE_S)
    assert seen == ["called", "woken"]


def test_callbacks_can_be_removed_and_zero_is_none_of_them():
    seen = []
    task = rs.Task()
    first = task.add_callback("State", lambda *_: seen.append(1) or True)
    task.add_callback("State", lambda *_: seen.append(2) or True)
    with pytest.raises(rs.BadParameter):
        task.remove_callback("State", 0)
    task.remove_callback("State", first)
    task._set_state("Running")
    assert seen == [2]
    task.remove_callback("State")
    task._set_state("Done")
    assert seen == [2]
    with pytest.raises(rs.DoesNotExist):
        task.add_callback("Colour", print)


def test_await_starts_and_returns_or_raises():
    async def both():
        assert await rs.Task(work=lambda: 42) == 42
        with pytest.raises(rs.NoSuccess):
            await rs.Task(work=lambda: 1 / 0)

    asyncio.run(both())


def test_giving_up_awaiting_leaves_the_call_alone(gate):
    task = rs.Task(work=gate.wait)

    async def give_up():
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(_awaiting(task), 0.01)

    asyncio.run(give_up())
    assert task.state == "Running"
    gate.set()
    assert task.get_result() is True


async def _awaiting(task):
    return await task


def test_pool_is_bounded_and_its_threads_go():
    small = Pool(size=3, idle_seconds=0.01)
    most, done = [], threading.Semaphore(0)

    def work():
        most.append(small.thread_count)
        done.release()

    for _ in range(50):
        small.submit(work)
    for _ in range(50):
        assert done.acquire(timeout=30)
    assert max(most) <= 3
    again = threading.Event()
    small.submit(again.set)
    assert again.wait(30)


def no_thread(_thread):
    raise RuntimeError("can't start new thread")


def test_pool_serves_again_when_there_are_threads_again(monkeypatch):
    small, done = Pool(size=1), []
    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", no_thread)
        for _ in range(2):
            with pytest.raises(RuntimeError, match="new thread"):
                small.submit(lambda: done.append("refused"))
    assert small.thread_count == 0
    served = threading.Event()
    small.submit(served.set)
    assert served.wait(PATIENCE_S)
    assert done == []


def test_a_pool_that_gets_no_more_threads_makes_do(monkeypatch, gate):
    small, begun, served = Pool(size=2), threading.Event(), threading.Event()
    small.submit(lambda: (begun.set(), gate.wait(PATIENCE_S)))
    assert begun.wait(PATIENCE_S)
    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", no_thread)
        small.submit(served.set)
    gate.set()
    assert served.wait(PATIENCE_S)


def test_a_task_that_no_thread_can_do_has_failed(monkeypatch):
    monkeypatch.setattr("juncture.saga.task.task.pool", Pool())
    task = rs.task.Task(work=lambda: 42)
    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", no_thread)
        task.run()
    assert task.state == rs.task.FAILED
    assert "new thread" in str(task.exception)


def test_pool_survives_work_that_raises(caplog):
    small = Pool(size=1)
    done = threading.Event()
    small.submit(lambda: 1 / 0)
    small.submit(done.set)
    assert done.wait(30)
    assert "raised" in caplog.text


def test_a_full_pool_does_not_wait_for_itself():
    def outer():
        inner = rs.Task(work=lambda: 7)
        inner.run()
        return inner.get_result()

    tasks = [rs.Task(work=outer) for _ in range(100)]
    for task in tasks:
        task.run()
    assert [task.get_result() for task in tasks] == [7] * 100
    assert pool.thread_count <= 16


def test_an_interrupt_in_a_callback_keeps_the_end_from_nobody():
    task = rs.Task(lambda _task: None)
    told, ended = [], []

    def interrupt(_task, _key, state):
        if state == rs.RUNNING:
            raise KeyboardInterrupt
        told.append(state)
        return True

    task.add_callback("State", interrupt)
    task._add_listener(ended.append)
    with pytest.raises(KeyboardInterrupt):
        task.run()
    task._finish()
    assert told == [rs.DONE]
    assert ended == [task]


def test_an_interrupt_in_the_callback_on_the_end_keeps_it_from_nobody():
    task = rs.Task(lambda _task: None)
    task.run()
    ended = []

    def interrupt(*_):
        raise KeyboardInterrupt

    task.add_callback("State", interrupt)
    task._add_listener(ended.append)
    with pytest.raises(KeyboardInterrupt):
        task._finish()
    assert ended == [task]
