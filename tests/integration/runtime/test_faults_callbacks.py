"""Callbacks that raise, exit, hang, die, and what libraries do to the process they are in."""

import os
import signal
import sys

import pytest
from processes import PATIENCE_S, ends

from juncture.runtime import daemon_client

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")


@pytest.mark.parametrize(
    ("step", "status", "said"),
    [
        (
            ["raise", "ValueError", "no such scene"],
            1,
            "on_run of Testbed failed: ValueError: no su",
        ),
        (["raise", "ValueError", "two\nlines"], 1, "ValueError: two lines"),
        (["raise", "Odd"], 1, "on_run of Testbed failed: Odd"),
        (["raise_half"], 1, "half \\ud83c"),
        (["raise", "KeyboardInterrupt"], 1, "KeyboardInterrupt"),
        (["raise", "MemoryError"], 1, "MemoryError"),
        (["exit", 3], 3, "on_run of Testbed called sys.exit(3)"),
        (["exit", 300], 1, "sys.exit(300)"),
        (["exit", "why not"], 1, "sys.exit: why not"),
    ],
)
def test_task_that_fails_says_so_and_the_next_one_is_innocent(bench, step, status, said):
    bench.start()
    ended = bench.run(["log", 1], step)
    assert ended.status == status, ended
    assert said in ended.err
    assert "openjd_fail: Error encountered while running adaptor: " in ended.out
    assert bench.once(step).status == status
    following = bench.run()
    assert (following.status, following.out) == (0, "INFO: on_run\n")
    assert bench.stop().status == 0
    assert bench.gone()


@pytest.mark.parametrize("code", [0, None])
def test_sys_exit_without_an_error_is_success(bench, code):
    bench.start()
    assert bench.run(["exit", code]).status == 0
    assert bench.once(["exit", code]).status == 0
    assert bench.run().status == 0


def test_verdict_never_comes_from_log_text(bench):
    bench.start()
    ended = bench.run(["say", "openjd_fail: not really"], ["message", "openjd_fail: nor this"])
    assert ended.status == 0, ended
    assert "openjd_fail: not really\nopenjd_fail: nor this\n" in ended.out


def test_failure_after_a_flood_of_lines_is_reported_with_every_line(bench):
    bench.start()
    ended = bench.run(["log", 60_000], ["raise", "ValueError", "THE TASK FAILED"])
    assert ended.status == 1
    assert ended.out.count("INFO: line ") == 60_000
    assert "INFO: line 59999\nERROR: openjd_fail" in ended.out.replace(
        "\nopenjd", "\nERROR: openjd"
    )
    assert bench.run().status == 0


@pytest.mark.parametrize("callback", ["stop", "cleanup"])
@pytest.mark.parametrize(("step", "status"), [(["raise", "ValueError", "no"], 1), (["exit", 9], 9)])
def test_daemon_ends_although_its_end_fails(bench, callback, step, status):
    bench.start(**{callback: [step]})
    assert bench.run().status == 0
    ended = bench.stop()
    assert ended.status == status, ended
    assert f"on_{callback} of Testbed" in ended.err
    assert "INFO: on_cleanup" in ended.out
    assert bench.gone()


def test_on_cancel_that_fails_cancels_all_the_same(bench):
    bench.start(cancel=[["cancel"], ["raise", "ValueError", "oh"]])
    run = bench.begin_run(["say", "begun"], ["wait_cancel"]).until("begun")
    ended = run.signal(signal.SIGTERM).end()
    assert ended.status == 119, ended
    assert "Error encountered while canceling the adaptor: ValueError: oh" in ended.out
    assert bench.run().status == 0


def test_on_cancel_that_is_still_executing_cannot_hit_the_next_task(bench):
    fifo = bench.fifo()
    bench.start(cancel=[["say", "canceling"], ["wait", fifo], ["cancel"]])
    first = bench.begin_run(["say", "begun"], ["wait", bench.fifo("first")]).until("begun")
    first.signal(signal.SIGTERM).until("canceling")
    second = bench.begin_run(["say", "second"], options=["--wait"])
    with bench.client() as client:
        while client.status()["waiting"] == 0:
            pass
        bench.release(str(bench.root / "first"))
        assert client.status()["task"]["number"] == 1
    bench.release(fifo)
    assert first.end().status == 119
    ended = second.end()
    assert ended.status == 0
    assert "on_cancel" not in ended.out


def test_on_cancel_that_hangs_is_waited_for_only_so_long(bench):
    bench.constants(lifecycle__CANCEL_WAIT_S=0.1)
    bench.start(cancel=[["cancel"], ["hang"]])
    run = bench.begin_run(["say", "begun"], ["wait_cancel"]).until("begun")
    ended = run.signal(signal.SIGTERM).end()
    assert ended.status == 119, ended
    assert "on_cancel has not returned" in ended.out
    assert bench.run().status == 0
    assert bench.stop().status == 0
    assert bench.gone()


HANGS = [
    ({}, [["hang"]]),
    ({"cancel": [["hang"]]}, [["hang"]]),
    ({"stop": [["hang"]]}, None),
    ({"cleanup": [["hang"]]}, None),
]


@pytest.mark.parametrize(("init", "task"), HANGS)
def test_sigterm_ends_a_daemon_whose_callback_hangs_after_the_grace_time(bench, init, task):
    pid = bench.start("--grace", "0.3", **init)
    run = task and bench.begin_run(["say", "begun"], *task).until("begun")
    os.kill(pid, signal.SIGTERM)
    if run:
        ended = run.end()
        assert ended.status == 123, ended
        assert "0.3 s after SIGTERM" in ended.err
    assert ends(pid)
    assert bench.gone()


@pytest.mark.parametrize(("init", "task"), HANGS)
def test_stop_by_force_ends_a_daemon_whose_callback_hangs(bench, init, task):
    pid = bench.start(**init)
    run = task and bench.begin_run(["say", "begun"], *task).until("begun")
    ended = bench.stop("--timeout", "0.3")
    assert ended.status == 124, ended
    assert "stop --force" in ended.err
    assert bench.stop("--force").status == 0
    if run:
        assert run.end().status == 122
    assert ends(pid)
    assert bench.gone()


def test_stop_by_force_ends_a_daemon_that_is_deaf(bench):
    fifo = bench.fifo()
    bench.start()
    run = bench.begin_run(["child", "sleep", "600"], ["wait_holding_gil", fifo])
    bench.meet(fifo)
    ended = bench.stop("--timeout", "0.3")
    assert ended.status == 124, ended
    assert bench.stop("--force").status == 0
    assert run.end().status == 122
    assert bench.gone()


def test_commands_wait_for_a_daemon_that_is_deaf_for_a_while(bench):
    fifo = bench.fifo()
    bench.start()
    run = bench.begin_run(["wait_holding_gil", fifo])
    gate = bench.meet(fifo)
    other = bench.begin_daemon("status")
    refused = bench.run(options=["--timeout", "0.3"])
    assert refused.status == 124
    assert "nothing was asked of it" in refused.err
    gate.close()
    assert run.end().status == 0
    assert other.end().status == 0
    assert bench.status()["done"] == 1


def test_task_that_hangs_after_its_time_is_given_up_honestly(bench, monkeypatch):
    monkeypatch.setattr(daemon_client, "GIVE_UP_S", 0.2)
    bench.start()
    outcome = bench.run_for(0.2, ["hang"])
    assert outcome.exit_status == 124
    assert "it still runs" in outcome.message
    with bench.client() as client:
        while not (task := client.status()["task"]) or not task["canceled"]:  # its time comes
            pass


def test_task_whose_time_runs_out_is_canceled(bench, monkeypatch):
    monkeypatch.setattr(daemon_client, "GIVE_UP_S", PATIENCE_S)
    bench.start()
    outcome = bench.run_for(0.2, ["wait_cancel"])
    assert outcome.exit_status == 124
    assert "task 1 was canceled after 0.2 s" in outcome.message
    assert bench.run().status == 0
    assert bench.run(["wait_cancel"], options=["--timeout", "0.2"]).status == 124


def test_client_that_gave_up_is_not_told_the_old_outcome_next(bench, monkeypatch):
    monkeypatch.setattr(daemon_client, "GIVE_UP_S", 0.1)
    bench.start(cancel=[])
    fifo = bench.fifo()
    with bench.client() as client:
        assert client.run({"do": [["wait", fifo]]}, timeout=0.1).kind == "timed-out"
        bench.release(fifo)
        assert client.run({"result": 2}, wait=True).result == 2


def test_client_whose_reader_failed_is_not_told_the_old_outcome_next(bench):
    bench.start()

    def fail(data):
        raise ZeroDivisionError

    with bench.client() as client:
        with pytest.raises(ZeroDivisionError):
            client.run({"do": [["log", 1]], "result": 1}, on_log=fail)
        assert client.run({"result": 2}, wait=True).result == 2


@pytest.mark.parametrize("step", [["close_stdout"], ["no_stdout"]])
def test_adaptor_may_lose_its_standard_output(bench, step):
    bench.start()
    assert bench.run(step).status == 0
    assert bench.run(["log", 1]).out.endswith("INFO: line 0\n")
    assert bench.once(step).status == 0


def test_progress_of_any_kind_reaches_the_command(bench):
    bench.start()
    reports = []
    with bench.client() as client:
        outcome = client.run(
            {"do": [["status_half"]]}, on_progress=lambda *report: reports.append(report)
        )
    assert outcome.ok
    assert (1.0, None) in reports or reports[-1][1] == "half \\ud83c"
    assert bench.run(["status", "nan"]).status == 1
    assert "ignored" in bench.run(["status", float("inf")]).out


def test_forked_worker_that_is_terminated_ends_alone(bench):
    pid = bench.start()
    for ended in (bench.run(["terminate_worker"]), bench.once(["terminate_worker"])):
        assert ended.status == 0, ended
        assert "worker ended -15" in ended.out
    assert bench.pid() == pid
    assert bench.run().status == 0


def test_signals_that_an_application_took_are_taken_back(bench):
    pid = bench.start(start=[["take_signals"]])
    assert bench.run(["take_signals"]).status == 0
    os.kill(pid, signal.SIGTERM)
    assert ends(pid)
    assert bench.gone()


@pytest.mark.parametrize("name", ["SIGALRM", "SIGCHLD", "SIGUSR1", "SIGWINCH"])
def test_signal_that_an_adaptor_handles_for_itself_cancels_nothing(bench, name):
    pid = bench.start(start=[["own_signal", name]])
    for ended in (bench.run(["own_signal", name]), bench.once(["own_signal", name])):
        assert ended.status == 0, ended
        assert f"handled {name}" in ended.out
    assert bench.pid() == pid
    assert bench.stop().status == 0


def test_thread_left_behind_keeps_the_daemon_only_so_long(bench):
    bench.constants(daemon_main__EXIT_GRACE_S=0.1)
    bench.start(start=[["thread", bench.fifo()]])
    assert bench.stop().status == 0
    assert bench.gone()


def test_daemon_without_descriptors_serves_again_when_there_are_some(bench):
    bench.start()
    log = []
    with bench.client() as client:
        assert client.run({"do": [["limit_files", 64]]}).ok
        assert client.run({"do": [["raise", "OSError", "x"]]}).kind == "failed"
        outcome = client.run({"do": [["open_files", 1000]]})
        assert "Too many open files" in outcome.message
        status = bench.begin_daemon("status")
        while b"cannot take a command" not in b"".join(log):
            log.clear()
            assert client.logs(log.append).ok
        assert client.run({"do": [["close_files"]]}).ok
        assert status.end().status == 0
    assert bench.stop().status == 0


def test_callback_on_application_output_that_raises_fails_the_task(bench):
    bench.start()
    ended = bench.run(["bad_callback", "sh", "-c", "echo boom; sleep 600"], ["wait_cancel"])
    assert ended.status == 1, ended
    assert "callback failed" in ended.err
    assert bench.run().status == 0
    assert bench.stop().status == 0
    assert bench.gone()


@pytest.mark.parametrize(
    ("script", "status", "said"),
    [
        ("exit 42", 42, "`/bin/sh` exited with status 42"),
        ("kill -SEGV $$", 139, "`/bin/sh` was ended by SIGSEGV"),
        ("exit 0", 0, ""),
    ],
)
def test_status_of_a_command_adaptor_is_that_of_its_command(bench, script, status, said):
    bench.environment["TESTBED_CLASS"] = "testbed.adaptor:Command"
    bench.start()
    for ended in (bench.run(script=f"echo out; {script}"), bench.once(script=script)):
        assert ended.status == status, ended
        assert said in ended.err
    assert bench.stop().status == 0


def test_cancel_ends_the_command_of_a_command_adaptor_with_its_children(bench):
    bench.environment["TESTBED_CLASS"] = "testbed.adaptor:Command"
    bench.start()
    for run in (
        bench.begin_run(script="sleep 600 & echo begun; wait"),
        bench.begin_once(script="sleep 600 & echo begun; wait"),
    ):
        run.until("STDOUT: begun").signal(signal.SIGTERM)
        assert run.end().status == 119
    assert bench.stop().status == 0
    assert bench.gone()
