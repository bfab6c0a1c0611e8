"""kill -9 of each process that takes part, and signals to each."""

import os
import signal
import sys

import pytest
from processes import PATIENCE_S, ends

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")

SIGNALS = [signal.SIGTERM, signal.SIGINT]


def test_death_of_the_daemon_is_told_with_its_last_words(bench):
    pid = bench.start()
    run = bench.begin_run(["log", 3], ["child", "sleep", "600"], ["hang"]).until("Running command")
    os.kill(pid, signal.SIGKILL)
    ended = run.end()
    assert ended.status == 122, ended
    assert f"the daemon (process {pid}) died" in ended.err
    assert "INFO: line 2\n" in ended.out
    for name in ("run", "stop", "status", "cancel", "attach", "logs"):
        one = bench.daemon(name)
        assert one.status == 121, one
        assert "is gone" in one.err
        assert "daemon start" in one.err
    bench.start()
    assert bench.run().status == 0
    assert bench.stop().status == 0
    assert bench.gone()


def test_stop_by_force_sweeps_up_after_a_dead_daemon(bench):
    pid = bench.start(start=[["system", "sleep 600 &"], ["child", "sh", "-c", "sleep 600"]])
    os.kill(pid, signal.SIGKILL)
    assert ends(pid)
    assert bench.processes()
    assert bench.stop("--force").status == 0
    assert bench.gone()


def test_start_sweeps_up_after_a_dead_daemon(bench):
    pid = bench.start(start=[["system", "sleep 600 &"]])
    os.kill(pid, signal.SIGKILL)
    assert ends(pid)
    bench.start()
    assert bench.stop().status == 0
    assert bench.gone()


def test_forked_copy_of_the_daemon_does_not_hide_its_death(bench):
    pid = bench.start()
    run = bench.begin_run(["fork_and_wait", bench.fifo()], ["say", "begun"], ["hang"])
    run.until("begun")
    follower = bench.begin_daemon("logs", "--follow").until("begun")
    os.kill(pid, signal.SIGKILL)
    assert run.end().status == 122
    assert follower.end().status == 122


@pytest.mark.parametrize("step", [["die", 0], ["die", 5], ["kill", "SIGSEGV"], ["kill", "SIGKILL"]])
def test_task_that_ends_the_process_is_a_death(bench, step):
    bench.start()
    ended = bench.run(["log", 1], step)
    assert ended.status == 122
    assert "INFO: line 0\n" in ended.out
    bench.start()


def test_task_of_a_killed_command_goes_on_and_can_be_joined(bench):
    bench.start()
    fifo = bench.fifo()
    run = bench.begin_run(
        ["log", 2], ["say", "begun"], ["wait", fifo], ["log", 1, "more"], result=5
    )
    run.until("begun").kill().end()
    joined = bench.begin_daemon("attach", "--result", "-").until("begun")
    bench.release(fifo)
    ended = joined.end()
    assert ended.status == 0, ended
    assert ended.out == "INFO: on_run\nINFO: line 0\nINFO: line 1\nbegun\nINFO: more 0\n5\n"
    again = bench.daemon("attach", "--result", "-")
    assert (again.status, again.out) == (0, ended.out)
    following = bench.run(["log", 1, "mine"])
    assert following.out == "INFO: on_run\nINFO: mine 0\n"


def test_joining_tells_the_failure_of_a_task(bench):
    bench.start()
    assert bench.daemon("attach").status == 2
    assert bench.run(["raise", "ValueError", "bad"]).status == 1
    ended = bench.daemon("attach")
    assert ended.status == 1
    assert "ValueError: bad" in ended.err


def test_death_of_the_application_is_seen_by_the_adaptor(bench):
    bench.start()
    run = bench.begin_run(["child", "sh", "-c", "echo pid $$.; exec sleep 600"], ["wait_child"])
    (pid,) = run.until_match(r"STDOUT: pid (\d+)\.").groups()
    os.kill(int(pid), signal.SIGKILL)
    ended = run.end()
    assert ended.status == 0
    assert "child ended -9" in ended.out


def test_children_of_the_adaptor_end_with_the_daemon(bench):
    bench.start(
        start=[["system", "sleep 600 &"], ["child", "sh", "-c", "sleep 600 & trap '' TERM; wait"]]
    )
    assert bench.stop().status == 0
    assert bench.gone()


@pytest.mark.parametrize("number", SIGNALS)
def test_signal_to_a_daemon_that_is_idle_stops_it(bench, number):
    fifo = bench.fifo()
    pid = bench.start(cleanup=[["wait", fifo]])
    follower = bench.begin_daemon("logs", "--follow").until("on_start")
    os.kill(pid, number)
    follower.until("on_cleanup")
    bench.release(fifo)
    ended = follower.end()
    assert ended.status == 0
    assert f"the daemon ends: {number.name}" in ended.out
    assert ends(pid)
    assert bench.gone()


@pytest.mark.parametrize("number", [*SIGNALS, signal.SIGHUP])
def test_signal_to_a_daemon_that_is_busy_cancels_and_stops(bench, number):
    pid = bench.start()
    run = bench.begin_run(["say", "begun"], ["wait_cancel"]).until("begun")
    waiting = bench.begin_run(options=["--wait"])
    with bench.client() as client:
        while client.status()["waiting"] == 0:
            pass
    os.kill(pid, number)
    ended = run.end()
    assert ended.status == 119, ended
    assert f"task 1 was canceled: {number.name}" in ended.err
    assert waiting.end().status == 121
    assert ends(pid)
    assert bench.gone()


@pytest.mark.parametrize("state", ["stop", "cleanup"])
@pytest.mark.parametrize("number", SIGNALS)
def test_signal_to_a_daemon_that_stops_lets_it(bench, state, number):
    fifo = bench.fifo()
    pid = bench.start(**{state: [["say", f"in {state}"], ["wait", fifo]]})
    stop = bench.begin_daemon("stop").until(f"in {state}")
    os.kill(pid, number)
    bench.release(fifo)
    ended = stop.end()
    assert ended.status == 0, ended
    assert "on_cleanup" in ended.out
    assert bench.gone()


def test_second_signal_to_a_daemon_ends_it_at_once(bench):
    bench.constants(daemon__SAME_SIGNAL_S=0)
    pid = bench.start()
    run = bench.begin_run(["child", "sleep", "600"], ["say", "begun"], ["hang"]).until("begun")
    os.kill(pid, signal.SIGTERM)
    run.until("on_cancel")
    os.kill(pid, signal.SIGTERM)
    ended = run.end()
    assert ended.status == 123, ended
    assert "a second signal, SIGTERM, came" in ended.err
    assert ends(pid)
    assert bench.gone()


def test_signal_that_is_sent_twice_at_once_is_one(bench):
    bench.constants(daemon__SAME_SIGNAL_S=PATIENCE_S)  # between the two a busy host may do others
    pid = bench.start()
    run = bench.begin_run(["say", "begun"], ["wait_cancel"]).until("begun")
    os.kill(pid, signal.SIGTERM)
    os.kill(pid, signal.SIGINT)
    assert run.end().status == 119
    assert ends(pid)


@pytest.mark.parametrize("number", SIGNALS)
def test_signal_to_a_command_cancels_its_task(bench, number):
    bench.start()
    run = bench.begin_run(["say", "begun"], ["wait_cancel"]).until("begun")
    ended = run.signal(number).end()
    assert ended.status == 119, ended
    assert "task 1 was canceled" in ended.err
    assert bench.run().status == 0


def test_second_signal_to_a_command_ends_its_waiting_only(bench):
    bench.constants(daemon_commands__SAME_SIGNAL_S=0)
    bench.start(cancel=[["say", "canceling"]])
    run = bench.begin_run(["say", "begun"], ["hang"]).until("begun")
    run.signal(signal.SIGTERM).until("canceling")
    ended = run.signal(signal.SIGTERM).end()
    assert ended.status == 119
    assert "may still be running" in ended.err
    assert bench.status()["task"]["canceled"] is True


def test_signal_to_a_command_that_waits_its_turn_takes_it_out_of_the_queue(bench):
    bench.start()
    fifo = bench.fifo()
    first = bench.begin_run(["say", "begun"], ["wait", fifo]).until("begun")
    second = bench.begin_run(options=["--wait"])
    with bench.client() as client:
        while client.status()["waiting"] == 0:
            pass
    ended = second.signal(signal.SIGTERM).end()
    assert ended.status == 119, ended
    bench.release(fifo)
    ended = first.end()
    assert ended.status == 0
    assert "on_cancel" not in ended.out
    assert bench.status()["done"] == 1


def test_killed_command_that_waited_its_turn_is_not_run(bench):
    bench.start()
    fifo = bench.fifo()
    first = bench.begin_run(["say", "begun"], ["wait", fifo]).until("begun")
    second = bench.begin_run(options=["--wait"])
    with bench.client() as client:
        while client.status()["waiting"] == 0:
            pass
        second.kill().end()
        while client.status()["waiting"] == 1:
            pass
    bench.release(fifo)
    assert first.end().status == 0
    assert bench.status()["done"] == 1


@pytest.mark.parametrize("number", SIGNALS)
def test_signal_to_stop_ends_the_command_and_the_daemon_goes_on_ending(bench, number):
    fifo = bench.fifo()
    pid = bench.start(stop=[["say", "stopping"], ["wait", fifo]])
    stop = bench.begin_daemon("stop").until("stopping")
    assert stop.signal(number).end().status in (-number, 130)
    bench.release(fifo)
    assert ends(pid)
    assert bench.gone()
