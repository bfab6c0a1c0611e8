import asyncio
import threading

import pytest

import juncture.saga as rs


@pytest.fixture
def bulk(engine):
    return engine.register_adaptor("adaptors.saga.memory_file")


@pytest.fixture
def plain(engine, bulk):
    from adaptors.saga.memory_file import PlainAdaptor

    return engine.register_adaptor(PlainAdaptor)


def filled(*tasks):
    container = rs.task.Container()
    for task in tasks:
        container.add(task)
    return container


def test_what_is_in_it():
    one, two = rs.Task(), rs.Task()
    container = filled(one, two, one)
    assert (len(container), container.size, container.tasks) == (2, 2, [one, two])
    assert container.states == container.get_states() == ["New", "New"]
    assert container.get_task(one.id) is one
    assert one in container
    container.remove(one)
    assert container.get_tasks() == list(container) == [two]
    for missing in (lambda: container.remove(one), lambda: container.get_task("x")):
        with pytest.raises(rs.DoesNotExist):
            missing()
    with pytest.raises(rs.BadParameter):
        container.add("a task")


def test_an_empty_container_waits_for_nothing():
    assert filled().wait() is None
    assert filled().wait(rs.ANY) is None


def test_wait_all_and_partial_failure():
    container = filled(*(rs.Task(work=lambda n=n: 10 / n) for n in range(3)))
    container.run()
    assert container.wait(rs.ALL, 30) in container
    assert container.states == ["Failed", "Done", "Done"]
    assert [task.result for task in container] == [None, 10, 5]
    assert isinstance(container.tasks[0].exception.__cause__, ZeroDivisionError)


def test_wait_any_returns_each_once():
    first, second = rs.Task(lambda _: None), rs.Task(lambda _: None)
    container = filled(first, second)
    container.run()
    assert container.wait(rs.ANY, 0) is None
    assert container.wait(rs.ANY, 0.01) is None
    threading.Timer(0.01, second._finish).start()
    assert container.wait(rs.ANY, 30) is second
    assert container.wait(rs.ANY, 0) is None
    first._finish()
    assert container.wait(rs.ANY) is first
    assert container.wait(rs.ANY) is None


def test_wait_all_gives_up_in_time():
    container = filled(rs.Task(lambda _: None), rs.Task(work=int))
    container.run()
    assert container.wait(rs.ALL, 0.01) is None
    assert container.wait(timeout=0) is None
    container.cancel()
    assert container.wait(timeout=30) is not None


def test_waiting_for_new_tasks_is_refused():
    with pytest.raises(rs.IncorrectState):
        filled(rs.Task()).wait()
    with pytest.raises(rs.BadParameter):
        filled().wait("Some")


def test_run_passes_over_what_runs_already():
    running = rs.Task(lambda _: None)
    running.run()
    fresh = rs.Task(work=int)
    filled(running, fresh).run()
    assert fresh.wait(30)
    assert running.state == "Running"


def test_cancel_goes_on_after_a_failure():
    def refuse(_task):
        raise rs.PermissionDenied("not yours")

    stubborn = rs.Task(lambda _: None, cancel=refuse)
    willing = rs.Task(lambda _: None)
    container = filled(stubborn, willing, rs.Task())
    stubborn.run()
    willing.run()
    with pytest.raises(rs.NoSuccess) as caught:
        container.cancel()
    assert any(isinstance(each, rs.PermissionDenied) for each in caught.value.exceptions)
    assert caught.value.message == "1 of 3 tasks could not be canceled: not yours"
    assert container.states == ["Running", "Canceled", "Canceled"]


def test_completions_in_order_of_the_end():
    tasks = [rs.Task(lambda _: None) for _ in range(3)]
    container = filled(*tasks)
    container.run()
    seen = []
    tasks[2]._finish()
    for task in container.completions():
        seen.append(tasks.index(task))
        if len(seen) < 3:
            tasks[len(seen) - 1]._finish()
    assert seen == [2, 0, 1]
    assert list(container.completions(timeout=0)) == []


def test_async_for_over_completions():
    container = filled(*(rs.Task(work=lambda n=n: n) for n in range(100)))
    container.run()

    async def gather():
        return [task.result async for task in container.completions()]

    assert sorted(asyncio.run(gather())) == list(range(100))


def test_async_for_gives_up_in_time():
    container = filled(rs.Task(lambda _: None))
    container.run()

    async def gather():
        return [task async for task in container.completions(timeout=0.01)]

    assert asyncio.run(gather()) == []


def test_ten_thousand_tasks():
    container = filled(*(rs.Task(work=lambda n=n: n) for n in range(10_000)))
    container.run()
    assert container.wait(timeout=60)
    assert sum(task.result for task in container) == sum(range(10_000))


def test_one_bulk_call_for_each_adaptor_and_method(bulk, plain):
    many = rs.filesystem.Directory("gridftp://a/")
    again = rs.filesystem.Directory("gridftp://b/")
    single = rs.filesystem.Directory("plain://c/")
    container = rs.task.Container()
    for number in range(10):
        container.add(many.copy(f"src{number}", "tgt", rs.TASK))
        container.add(again.copy(f"other{number}", "tgt", flags=1, ttype=rs.TASK))
        container.add(single.copy(f"src{number}", "tgt", ttype=rs.TASK))
        container.add(many.exists("tgt", ttype=rs.TASK))
    container.run()
    assert container.wait(timeout=30)
    assert bulk.bulks == [20]
    assert min(bulk.copies) == ("other0", "tgt", 1)
    assert len(plain.copies) == 10
    assert set(container.states) == {"Done"}


def test_partial_failure_of_a_bulk_call(bulk):
    directory = rs.filesystem.Directory("gridftp://a/")
    tasks = [directory.copy(name, "tgt", rs.TASK) for name in ("one", "missing", "two")]
    container = filled(*tasks)
    container.run()
    assert container.wait(timeout=30)
    assert container.states == ["Done", "Failed", "Done"]
    assert isinstance(tasks[1].exception, rs.DoesNotExist)
    assert tasks[1].exception.adaptor == "test.bulk.one"


def test_a_bulk_call_that_raises_fails_what_it_had_not_ended(bulk, monkeypatch):
    from adaptors.saga import memory_file

    def half(_self, tasks):
        tasks[0]._finish("early")
        raise rs.Timeout("the rest took too long")

    monkeypatch.setattr(memory_file.BulkFiles, "container_copy", half)
    directory = rs.filesystem.Directory("gridftp://a/")
    container = filled(*(directory.copy("a", "b", rs.TASK) for _ in range(3)))
    container.run()
    assert container.wait(timeout=30)
    assert container.states == ["Done", "Failed", "Failed"]
    assert all(isinstance(task.exception, rs.Timeout) for task in container.tasks[1:])


@pytest.mark.parametrize(
    ("values", "states"),
    [
        ([1, rs.DoesNotExist("x"), 3], ["Done", "Failed", "Done"]),
        ([1], ["Done", "Failed", "Failed"]),
    ],
)
def test_a_bulk_call_may_return_values(bulk, monkeypatch, values, states):
    from adaptors.saga import memory_file

    monkeypatch.setattr(memory_file.BulkFiles, "container_copy", lambda _self, _tasks: values)
    directory = rs.filesystem.Directory("gridftp://a/")
    container = filled(*(directory.copy("a", "b", rs.TASK) for _ in range(3)))
    container.run()
    assert container.wait(timeout=30)
    assert container.states == states


def test_a_bulk_call_may_end_its_tasks_later_and_they_are_not_done_twice(bulk, monkeypatch):
    from adaptors.saga import memory_file

    later, taken = [], threading.Event()

    def keep(_self, tasks):
        later.extend(tasks)
        taken.set()

    monkeypatch.setattr(memory_file.BulkFiles, "container_copy", keep)
    directory = rs.filesystem.Directory("gridftp://a/")
    container = filled(*(directory.copy("a", "b", rs.TASK) for _ in range(3)))
    container.run()
    assert taken.wait(30)
    assert container.states == ["Running"] * 3
    waiter = rs.Task(work=lambda: later[0].wait(30))
    waiter.run()
    for task in later:
        task._finish()
    assert waiter.get_result() is True
    assert container.wait(timeout=30)
    assert bulk.copies == []
