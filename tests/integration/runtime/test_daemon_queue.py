"""Several commands at one daemon: busy, waiting, cancel from elsewhere, stop with a task on."""

import signal
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from processes import PATIENCE_S, ends

from juncture.runtime import daemon_client

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")


def wait_for_queue(client, length):
    """Ask until so many tasks wait; the daemon answers at once, so this is no poll of a clock."""
    while client.status()["waiting"] != length:
        pass


def test_second_task_at_once_is_refused_and_told_who_is_busy(bench):
    bench.start()
    fifo = bench.fifo()
    first = bench.begin_run(["say", "begun"], ["wait", fifo]).until("begun")
    ended = bench.run()
    assert ended.status == 120, ended
    assert "busy with task 1 of `daemon run` (process" in ended.err
    assert "--wait" in ended.err
    bench.release(fifo)
    assert first.end().status == 0
    assert bench.status()["done"] == 1


def test_tasks_that_wait_are_run_in_their_order(bench):
    bench.start()
    fifo = bench.fifo()
    first = bench.begin_run(["say", "begun"], ["wait", fifo]).until("begun")
    waiting = []
    with bench.client() as client:
        for number in (2, 3, 4):
            waiting.append(bench.begin_run(["say", f"task {number}"], options=["--wait"]))
            wait_for_queue(client, number - 1)
    bench.release(fifo)
    assert first.end().status == 0
    for number, command in enumerate(waiting, 2):
        ended = command.end()
        assert (ended.status, ended.out) == (0, f"INFO: on_run\ntask {number}\n")
    log = bench.daemon("logs").out
    assert log.index("task 2\n") < log.index("task 3\n") < log.index("task 4\n")


def test_cancel_from_another_command_waits_for_the_end(bench):
    bench.start()
    run = bench.begin_run(["say", "begun"], ["wait_cancel"]).until("begun")
    ended = bench.daemon("cancel")
    assert ended.status == 0, ended
    assert bench.status()["task"] is None
    ended = run.end()
    assert ended.status == 119
    assert "was canceled by `daemon cancel` (process" in ended.err


def test_cancel_of_nothing_is_no_error(bench):
    bench.start()
    ended = bench.daemon("cancel")
    assert (ended.status, ended.out) == (0, "nothing to cancel\n")


def test_signal_after_a_task_has_ended_leaves_the_task_of_another_alone(bench):
    bench.start()
    fifo = bench.fifo()
    with bench.client() as client:
        assert client.run({}).ok
        other = bench.begin_run(["say", "begun"], ["wait", fifo]).until("begun")
        client.interrupt()
        outcome = client.run({})
        assert outcome.kind == "canceled"
        client._send_cancel()  # what a signal that came a moment too late would send
        assert client.status()["task"]["canceled"] is False
    bench.release(fifo)
    assert other.end().status == 0


def test_stop_cancels_the_task_that_is_on(bench):
    bench.start()
    run = bench.begin_run(["say", "begun"], ["wait_cancel"]).until("begun")
    assert bench.stop().status == 0
    ended = run.end()
    assert ended.status == 119
    assert "`daemon stop`" in ended.err
    assert bench.gone()


def test_stop_that_waits_lets_tasks_end_and_takes_no_more(bench):
    bench.start()
    fifo = bench.fifo()
    first = bench.begin_run(["say", "begun"], ["wait", fifo]).until("begun")
    second = bench.begin_run(["say", "second"], options=["--wait"])
    with bench.client() as client:
        wait_for_queue(client, 1)
        stop = bench.begin_daemon("stop", "--wait")
        while (refused := bench.run()).status == 120:
            pass
    assert refused.status == 121, refused
    assert "is ending" in refused.err
    bench.release(fifo)
    assert (first.end().status, second.end().status, stop.end().status) == (0, 0, 0)
    assert bench.gone()


def test_stop_that_waited_too_long_withdraws_what_it_asked(bench):
    bench.start()
    fifo = bench.fifo()
    first = bench.begin_run(["say", "begun"], ["wait", fifo]).until("begun")
    with bench.client() as client:
        outcome = client.stop(wait=True, timeout=0.2)
    assert outcome.exit_status == 124
    assert "it goes on" in outcome.hint
    bench.status()  # the daemon has heard of the end of that client before it answers
    bench.release(fifo)
    assert first.end().status == 0
    assert bench.run().status == 0


def test_two_stops_at_once_both_return_when_the_daemon_is_gone(bench):
    fifo = bench.fifo()
    bench.start(stop=[["say", "stopping"], ["wait", fifo]])
    first = bench.begin_daemon("stop").until("stopping")
    with bench.client() as client, ThreadPoolExecutor() as pool:
        second = pool.submit(client.stop)
        while client._log_seen is None:  # until it was accepted
            pass
        bench.release(fifo)
        assert first.end().status == 0
        assert second.result().ok
    assert bench.gone()


def test_idle_daemon_ends_by_itself(bench):
    starting, fifo = bench.fifo("starting"), bench.fifo()
    start = bench.begin_start("--idle-timeout", "0.2", start=[["say", "begun"], ["wait", starting]])
    start.until("begun")
    pid = bench.pid()
    run = bench.begin_run(["say", "begun"], ["wait", fifo], options=["--wait"])
    with bench.client() as client:
        wait_for_queue(client, 1)  # so it is never idle before the task
        bench.release(starting)
        run.until("begun")
        while client.status()["task"]["seconds"] < 0.3:  # longer than it may be idle
            pass
    bench.release(fifo)
    assert (start.end().status, run.end().status) == (0, 0)
    assert ends(pid)
    assert bench.gone()


def test_daemon_ends_with_its_owner(bench):
    owner = bench.begin_once(["say", "owner"], ["wait", bench.fifo()]).until("owner")
    pid = bench.start("--owner-pid", str(owner.pid))
    run = bench.begin_run(["say", "begun"], ["wait_cancel"]).until("begun")
    owner.kill().end()
    ended = run.end()
    assert ended.status == 119
    assert f"its owner, process {owner.pid}, has ended" in ended.err
    assert ends(pid)
    assert bench.gone()


def test_daemon_of_an_owner_that_is_gone_does_not_start(bench):
    owner = bench.begin("version-info")
    owner.end()
    ended = bench.begin_start("--owner-pid", str(owner.pid)).end()
    assert ended.status != 0
    assert "has ended" in ended.err + ended.out
    assert bench.gone()


def test_idle_daemon_never_wakes_up(bench):
    pid = bench.start("--idle-timeout", "1000")
    assert bench.run().status == 0
    follower = bench.begin_daemon("logs", "--follow").until("on_run")

    def switches():
        total = 0
        for task in Path(f"/proc/{pid}/task").iterdir():
            text = (task / "status").read_text(encoding="ascii")
            total += sum(int(x.split()[1]) for x in text.splitlines() if "ctxt_switches" in x)
        return total

    def sleeps():
        before = switches()
        bench.once()  # any other process: time passes
        return switches() == before

    assert any(sleeps() for _ in range(10))  # not while it still ends what it has done
    follower.signal(signal.SIGINT).end()


def test_task_that_talks_without_a_pause_can_be_canceled(bench, monkeypatch):
    monkeypatch.setattr(daemon_client, "GIVE_UP_S", PATIENCE_S)
    bench.start()
    outcome = bench.run_for(0.3, ["chatter"])
    assert outcome.exit_status == 124
    assert "was canceled after 0.3 s" in outcome.message
    assert bench.run(["log", 1]).status == 0
