import asyncio
import copy
import gc
import logging
import pickle
import threading
import weakref
from contextlib import suppress

import pytest
from processes import PATIENCE_S

import juncture.saga as rs


def test_job_runs_and_ends_by_push(job, service):
    assert (job.state, job.id) == ("New", None)
    job.run()
    assert (job.state, job.id, job.started) == ("Running", "[mem://host/]-[1]", 2.0)
    assert job.wait(0) is False
    job._update("Done", exit_code=0, finished=3.0)
    assert job.wait() is True
    assert (job.exit_code, job.finished, job.result) == (0, 3.0, 0)
    assert service.list() == service.jobs == [job.id]
    assert service.get_job(job.id) is job


def test_wait_is_woken_by_the_push(job):
    job.run()
    threading.Timer(0.01, job._update, ("Failed",), {"exit_code": 3}).start()
    assert job.wait(30)
    assert (job.state, job.exit_code, job.exception) == ("Failed", 3, None)


def test_attribute_interface(job):
    job.run()
    assert job["State"] == job.get_attribute("State") == "Running"
    assert job.get_attribute("ID") == job.get_id() == job.id
    assert {"ID", "State", "Created", "Started"} <= set(job.list_attributes())
    assert "ExitCode" not in job.list_attributes()
    with pytest.raises(rs.DoesNotExist) as caught:
        job.exit_cod  # noqa: B018
    assert "exit_code" in caught.value.hint
    assert not hasattr(job, "exit_cod")
    with pytest.raises(rs.BadParameter):
        job.exit_code = 3
    with pytest.raises(rs.SagaException):
        job.exitcode = 3


def test_run_twice(job, memory):
    job.run()
    with pytest.raises(rs.IncorrectState):
        job.run()
    assert memory.calls == [("run", 1)]


def test_new_job_cannot_be_waited_for_and_can_be_canceled(job, memory):
    with pytest.raises(rs.IncorrectState):
        job.wait()
    with pytest.raises(rs.IncorrectState):
        job.suspend()
    job.cancel()
    assert job.state == "Canceled"
    with pytest.raises(rs.IncorrectState):
        job.run()
    assert memory.calls == []


def test_a_failed_submission_is_raised_and_kept(service):
    job = service.create_job({"executable": "/missing"})
    with pytest.raises(rs.BadParameter, match="no such program") as caught:
        job.run()
    assert caught.value.adaptor == "test.memory.job"
    assert job.state == "Failed"
    assert job.exception is caught.value
    with pytest.raises(rs.BadParameter):
        job.re_raise()


def test_callbacks_come_once_and_in_order(job):
    seen = []

    def note(obj, key, value):
        assert obj is job
        seen.append((key, value))
        return True

    cookie = job.add_callback("State", note)
    job.run()
    job.suspend()
    job.suspend()
    job.resume()
    job._update("Done")
    job._update("Failed")
    assert seen == [("State", each) for each in ("Running", "Suspended", "Running", "Done")]
    job.remove_callback("State", cookie)


def test_a_callback_that_raises_is_logged_and_never_escapes(job, caplog):
    job.add_callback("state", lambda *_: 1 / 0)
    with caplog.at_level(logging.ERROR):
        job.run()
    assert job.state == "Running"
    assert "raised" in caplog.text


def test_a_callback_that_returns_nothing_is_called_once(job):
    seen = []
    job.add_callback("State", lambda _job, _key, value: seen.append(value))
    job.run()
    job._update("Done")
    assert seen == ["Running"]


def test_callbacks_on_other_attributes(job):
    seen = []
    job.add_callback("ExitCode", lambda _job, key, value: seen.append((key, value)))
    job.run()
    job._update("Done", exit_code=4)
    assert seen == [("ExitCode", 4)]


def test_an_unknown_state_says_why_and_is_left_again(job):
    job.run()
    job._set_lost("the host does not answer", last_seen=12.0)
    assert (job.state, job.state_detail, job.last_seen) == (
        "Unknown",
        "the host does not answer",
        12.0,
    )
    assert job.wait(0) is False
    job._update("Done", exit_code=0, state_detail=None)
    assert (job.state, job.state_detail, job.last_seen) == ("Done", None, None)


def test_final_states_stay(job):
    job.run()
    job.cancel()
    job._update("Done")
    job._set_lost("too late")
    assert job.state == "Canceled"


def test_signal_and_its_loss_of_the_job(job):
    job.run()
    job.signal(9)
    assert (job.state, job.termsig) == ("Failed", 9)
    with pytest.raises(rs.IncorrectState):
        job.signal(9)


def test_output_is_text_that_keeps_every_byte(job):
    job.run()
    assert job.stdout.encode("utf-8", "surrogateescape") == b"plain \xff byte"
    assert job.get_stdout_bytes() == b"plain \xff byte"
    assert job.get_stdout(ttype=rs.SYNC).result == job.stdout


def test_a_fault_of_the_adaptor_becomes_no_success(job):
    job.run()
    with pytest.raises(rs.NoSuccess) as caught:
        job.get_stderr()
    assert isinstance(caught.value.__cause__, ZeroDivisionError)
    assert caught.value.adaptor == "test.memory.job"
    assert caught.value.object is job


def test_a_method_that_the_adaptor_lacks(job):
    job.run()
    with pytest.raises(rs.NotImplemented, match=r"test.memory.job.*checkpoint"):
        job.checkpoint()


def test_job_constructor_is_private():
    with pytest.raises(rs.IncorrectState):
        rs.job.Job()


def test_a_job_is_one_however_it_is_copied(job):
    assert copy.copy(job) is copy.deepcopy(job) is job
    with pytest.raises(rs.IncorrectState):
        pickle.dumps(job)


def test_description_is_the_jobs_own(service):
    jd = rs.job.Description(executable="/bin/true", name="first")
    job = service.create_job(jd)
    jd.name = "second"
    assert (job.name, job.description.name) == ("first", "first")


@pytest.mark.parametrize("jd", [{}, {"executable": ""}, {"arguments": ["a"]}])
def test_a_description_needs_an_executable(service, jd):
    with pytest.raises(rs.BadParameter, match="executable"):
        service.create_job(jd)


@pytest.mark.parametrize("jd", [None, 5, ["true"], "true"])
def test_what_is_no_description_is_refused(service, jd):
    with pytest.raises(rs.BadParameter, match="a Description or a dictionary, found"):
        service.create_job(jd)


@pytest.mark.parametrize("job_id", [None, 5, b"[mem://host/]-[1]"])
def test_what_is_no_id_is_refused(service, job_id):
    with pytest.raises(rs.BadParameter, match="a job id is text, found"):
        service.get_job(job_id)


def test_what_cannot_be_called_is_no_callback(job):
    with pytest.raises(rs.BadParameter, match="a callback is a function, found None"):
        job.add_callback("State", None)


def test_attributes_that_the_adaptor_cannot_serve_are_named(service):
    with pytest.raises(rs.BadParameter, match=r"`Queue`.*`WallTimeLimit`"):
        service.create_job({"executable": "x", "queue": "q", "wall_time_limit": 3})


def test_description_refuses_what_it_does_not_know():
    with pytest.raises(rs.DoesNotExist) as caught:
        rs.job.Description(executabel="/bin/true")
    assert "executable" in caught.value.hint


def test_run_job_makes_a_shell_job_when_the_adaptor_leaves_it_out(service):
    job = service.run_job("echo 'a  b' | cat", "node7")
    assert job.state == "Running"
    assert job.description.arguments == ["-c", "echo 'a  b' | cat"]
    assert job.description.candidate_hosts == ["node7"]


def test_service_closes_once_and_jobs_go_on(memory):
    service = rs.job.Service("mem://host/")
    job = service.run_job("true")
    service.close()
    service.close()
    assert job.state == "Running"
    with pytest.raises(rs.IncorrectState, match="closed"):
        service.list()


def test_unknown_job(service):
    with pytest.raises(rs.DoesNotExist):
        service.get_job("[mem://host/]-[77]")


@pytest.mark.parametrize("ttype", [rs.SYNC, rs.ASYNC, rs.TASK])
def test_every_method_as_a_task(service, ttype):
    task = service.create_job({"executable": "/bin/true"}, ttype=ttype)
    if ttype == rs.TASK:
        assert task.state == "New"
        task.run()
    if ttype == rs.SYNC:
        assert task.state == "Done"
    job = task.get_result()
    running = job.run(ttype=ttype)
    if ttype == rs.TASK:
        running.run()
    assert running.wait(30)
    assert job.state == "Running"


def test_jobs_run_in_bulk_by_service(memory):
    one, two = rs.job.Service("mem://one/"), rs.job.Service("mem://two/")
    container = rs.job.Container()
    for service, count in ((one, 30), (two, 20)):
        for number in range(count):
            program = "/missing" if number == 5 else "/bin/true"
            container.add(service.create_job({"executable": program}))
    container.run()
    assert sorted(memory.calls) == [("container_run", 20), ("container_run", 30)]
    assert container.states.count("Running") == 48
    assert container.states[5] == container.states[35] == "Failed"
    assert isinstance(container.jobs[5].exception, rs.BadParameter)
    assert container.get_task(container.jobs[0].id) is container.jobs[0]
    container.cancel()
    assert sorted(memory.calls)[:2] == [("container_cancel", 19), ("container_cancel", 29)]
    assert container.wait(timeout=30) is not None
    assert set(container.states) == {"Canceled", "Failed"}


def test_a_service_that_does_not_answer_keeps_no_other_from_canceling(memory, monkeypatch):
    both, container = threading.Barrier(2), rs.job.Container()
    for name in ("one", "two"):
        service = rs.job.Service(f"mem://{name}/")
        for _ in range(2):
            container.add(service.create_job({"executable": "/bin/true"}))
    container.run()
    bulk = type(service._adaptor)
    cancel = bulk.container_cancel

    def when_both_have_begun(self, jobs, timeout=None):
        both.wait(PATIENCE_S)
        cancel(self, jobs, timeout)

    monkeypatch.setattr(bulk, "container_cancel", when_both_have_begun)
    container.cancel()
    assert set(container.states) == {"Canceled"}


def test_job_container_takes_jobs_only():
    with pytest.raises(rs.BadParameter):
        rs.job.Container().add(rs.Task())


def test_jobs_are_awaitable_and_come_as_they_end(service):
    jobs = [service.run_job("true") for _ in range(3)]

    async def watch():
        container = rs.job.Container()
        for job in jobs:
            container.add(job)
        ended = []
        jobs[1]._update("Failed", exit_code=1)
        async for job in container:
            ended.append(job)
            for other in jobs:
                if other.state == "Running":
                    other._update("Done", exit_code=0)
                    break
        return ended, await jobs[1], await jobs[0]

    ended, first, second = asyncio.run(asyncio.wait_for(watch(), 30))
    assert ended == [jobs[1], jobs[0], jobs[2]]
    assert (first, second) == ("Failed", "Done")


@pytest.fixture
def asking(engine):
    return engine.register_adaptor("adaptors.saga.asking_job")


def test_an_adaptor_that_must_ask_is_asked_until_the_end(asking):
    job = rs.job.Service("ask://h/").create_job({"executable": "/bin/true"})
    seen = []
    job.add_callback("State", lambda _job, _key, state: seen.append(state) or True)
    job.run()
    assert (job.state, job.id, job.exit_code) == ("Running", "[ask://h/]-[1]", None)
    assert "ExitCode" in job.list_attributes()
    assert job.wait(30)
    assert (job.state, job.exit_code) == ("Done", 7)
    asked = len(asking.calls)
    assert job.state == job.get_attribute("state") == "Done"
    assert len(asking.calls) == asked
    assert seen == ["Pending", "Running", "Done"]


def test_a_container_asks_once_for_each_service(asking):
    container = rs.job.Container()
    for name in ("one", "two"):
        service = rs.job.Service(f"ask://{name}/")
        for _ in range(5):
            container.add(service.create_job({"executable": "/bin/true"}))
    container.run()
    asking.calls.clear()
    assert container.states == ["Running"] * 10
    assert asking.calls == [("get_states", 5), ("get_states", 5)]
    asking.calls.clear()
    assert container.wait(timeout=30) is not None
    assert asking.calls == [("wait", 5, "All")] * 2
    assert set(container.states) == {"Done"}


def test_many_threads_submit_one_job_once(job, memory):
    container = rs.job.Container()
    container.add(job)
    barrier = threading.Barrier(8)

    def race(number):
        barrier.wait()
        if number % 2:
            container.run()
        else:
            with suppress(rs.IncorrectState):
                job.run()

    threads = [threading.Thread(target=race, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(memory.calls) == 1


def test_a_job_that_nobody_holds_still_tells(service):
    seen = []
    job = service.create_job({"executable": "/bin/true"})
    job.add_callback("State", lambda _job, _key, state: seen.append(state) or True)
    job.run()
    reference, push = weakref.ref(job), job._update
    del push, job
    service._adaptor._jobs.clear()
    gc.collect()
    reference()._update("Done")
    gc.collect()
    assert seen == ["Running", "Done"]
    assert reference() is None


def test_jobs_of_an_adaptor_that_must_ask_come_as_they_end(asking, monkeypatch):
    from adaptors.saga import asking_job

    def one_by_one(self, jobs, mode, timeout):
        jobs[-1]._update("Done")

    monkeypatch.setattr(asking_job.AskingService, "container_wait", one_by_one)
    service = rs.job.Service("ask://h/")
    container = rs.job.Container()
    for _ in range(3):
        container.add(service.create_job({"executable": "/bin/true"}))
    container.run()
    jobs = container.jobs

    async def watch():
        return [job async for job in container.completions(timeout=30)]

    assert asyncio.run(watch()) == jobs[::-1]


@pytest.mark.parametrize("how", ["for", "async for"])
def test_a_bulk_wait_that_returns_after_it_told_of_an_end_is_made_again(asking, monkeypatch, how):
    from adaptors.saga import asking_job

    asked_again = threading.Semaphore(0)

    def one_by_one(self, jobs, mode, timeout):
        jobs[-1]._update("Done")
        asked_again.acquire(timeout=30)

    monkeypatch.setattr(asking_job.AskingService, "container_wait", one_by_one)
    service = rs.job.Service("ask://h/")
    container = rs.job.Container()
    for _ in range(3):
        container.add(service.create_job({"executable": "/bin/true"}))
    container.run()
    seen = []
    watch = container._watch

    def watch_and_say_so(mode, timeout):
        watch(mode, timeout)
        if seen:
            asked_again.release()

    monkeypatch.setattr(container, "_watch", watch_and_say_so)

    async def go_through():
        async for job in container.completions(timeout=30):
            seen.append(job)  # noqa: PERF401 - one by one

    if how == "for":
        for job in container.completions(timeout=30):
            seen.append(job)  # noqa: PERF402 - one by one
    else:
        asyncio.run(go_through())
    assert seen == container.jobs[::-1]


def test_an_adaptor_that_cannot_learn_of_the_end_fails_the_wait_and_no_job(asking, monkeypatch):
    from adaptors.saga import asking_job

    def refuse(self, jobs, mode, timeout):
        raise rs.Timeout("the host does not answer")

    monkeypatch.setattr(asking_job.AskingService, "container_wait", refuse)
    container = rs.job.Container()
    container.add(rs.job.Service("ask://h/").create_job({"executable": "/bin/true"}))
    container.run()
    with pytest.raises(rs.Timeout):
        container.wait(timeout=30)
    assert container.jobs[0].exception is None


def test_a_container_of_any_tasks_takes_jobs_too(service, memory):
    container = rs.task.Container()
    container.add(service.create_job({"executable": "/bin/true"}))
    container.add(service.create_job({"executable": "/bin/true"}))
    container.add(rs.Task(work=int))
    container.run()
    assert memory.calls == [("container_run", 2)]


def test_an_adaptor_that_stops_waiting_too_early_is_found_out(asking, monkeypatch):
    from adaptors.saga import asking_job

    monkeypatch.setattr(asking_job.AskingService, "container_wait", lambda *_: None)
    container = rs.job.Container()
    container.add(rs.job.Service("ask://h/").create_job({"executable": "/bin/true"}))
    container.run()
    with pytest.raises(rs.NoSuccess, match="stopped waiting"):
        container.wait()
