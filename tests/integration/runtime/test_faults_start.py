"""Whatever goes wrong while a daemon starts: it is said, and nothing is left."""

import contextlib
import os
import signal
import sys

import pytest
from processes import ends

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")


def steps(*which):
    import json

    return {"TESTBED_IMPORT": json.dumps(which)}


@pytest.mark.parametrize(
    ("start", "status", "said"),
    [
        (
            ["raise", "ValueError", "no licence"],
            1,
            "on_start of Testbed failed: ValueError: no lic",
        ),
        (["exit", 3], 3, "on_start of Testbed called sys.exit(3)"),
        (["die", 7], 122, "the daemon exited with status 7 before the adaptor had started"),
        (["kill", "SIGSEGV"], 122, "the daemon was ended by SIGSEGV before"),
        (["raise", "Odd"], 1, "on_start of Testbed failed: Odd"),
        (["raise", "KeyboardInterrupt"], 1, "on_start of Testbed failed: KeyboardInterrupt"),
        (["raise_half"], 1, "half \\ud83c"),
        (["raise", "ValueError", "long" * 20_000], 1, "longlong"),
    ],
)
def test_start_that_fails_says_why_and_leaves_nothing(bench, start, status, said):
    ended = bench.begin_start(start=[start]).end()
    assert ended.status == status, ended
    assert said in ended.err
    if status != 122:
        assert "on_cleanup" in ended.out
        assert "on_stop" not in ended.out
    assert bench.gone()


@pytest.mark.parametrize(
    ("step", "status", "said"),
    [
        (["raise", "ImportError", "no such library"], 1, "ImportError: no such library"),
        (["exit", 4], 4, "loading Testbed called sys.exit(4)"),
        (["die", 0], 122, "the daemon ended before the adaptor had started"),
    ],
)
def test_import_that_fails_says_why_and_leaves_nothing(bench, step, status, said):
    ended = bench.begin_start(environment=steps(step)).end()
    assert ended.status == status, ended
    assert said in ended.err
    assert bench.gone()


def test_adaptor_that_lacks_a_method_is_one_error(bench):
    bench.environment["TESTBED_CLASS"] = "testbed.adaptor:Unfinished"
    ended = bench.begin_start().end()
    assert ended.status == 1
    assert "Unfinished does not define" in ended.err
    bench.environment["TESTBED_CLASS"] = "testbed.adaptor:Missing"
    assert "has no class `Missing`" in bench.begin_start().end().err
    assert bench.gone()


def test_slow_import_is_waited_for(bench):
    fifo = bench.fifo()
    start = bench.begin_start(environment=steps(["say", "importing"], ["wait", fifo]))
    start.until("importing")
    bench.release(fifo)
    assert start.end().status == 0
    assert bench.run().status == 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("step", ["wait", "wait_holding_gil"])
def test_start_that_is_canceled_while_importing_leaves_nothing(bench, number, step):
    fifo = bench.fifo()
    start = bench.begin_start(environment=steps([step, fifo]))
    gate = bench.meet(fifo)
    start.signal(number)
    if step == "wait_holding_gil":
        gate.close()
    ended = start.end()
    assert ended.status == 119, ended
    assert f"canceled by {number.name}" in ended.err
    assert bench.gone()


def test_start_that_is_canceled_while_importing_ends_what_the_import_has_started(bench):
    fifo = bench.fifo()
    start = bench.begin_start(environment=steps(["sleeper"], ["wait", fifo]))
    bench.meet(fifo)
    assert start.signal(signal.SIGTERM).end().status == 119
    assert bench.gone()


def test_start_that_takes_too_long_to_import_is_ended(bench):
    bench.constants(daemon_launch__GIVE_UP_S=0.2)
    mark = bench.root / "importing"
    importing = steps(["system", f"touch {mark}"], ["wait_holding_gil", bench.fifo()])
    ended, seconds = bench.with_time_for(
        lambda _: mark.exists(),
        lambda seconds: bench.begin_start("--timeout", seconds, environment=importing).end(),
        seconds=1,
    )
    assert ended.status == 124, ended
    assert f"had not started after {seconds:g} s" in ended.err
    assert bench.gone()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_start_that_is_canceled_in_on_start_cleans_up(bench, number):
    start = bench.begin_start(start=[["say", "begun"], ["wait_cancel"]]).until("begun")
    ended = start.signal(number).end()
    assert ended.status == 119, ended
    assert "on_cancel" in ended.out
    assert "on_cleanup" in ended.out
    assert bench.gone()


def test_start_that_takes_too_long_cleans_up(bench):
    ended, _ = bench.with_time_for(
        lambda ended: "INFO: on_start" in ended.out,
        lambda seconds: bench.begin_start("--timeout", seconds, start=[["wait_cancel"]]).end(),
    )
    assert ended.status == 124, ended
    assert "on_cleanup" in ended.out
    assert bench.gone()


def test_start_that_hangs_is_ended_by_force(bench):
    bench.constants(daemon_launch__GIVE_UP_S=0.2)
    hang = [["child", "sleep", "600"], ["say", "begun"], ["hang"]]
    ended, _ = bench.with_time_for(
        lambda ended: "begun" in ended.out,
        lambda seconds: bench.begin_start("--timeout", seconds, start=hang).end(),
    )
    assert ended.status == 124, ended
    assert bench.gone()


def test_second_signal_ends_a_start_that_hangs(bench):
    bench.constants(daemon__SAME_SIGNAL_S=0)
    start = bench.begin_start(start=[["say", "begun"], ["hang"]]).until("begun")
    ended = start.signal(signal.SIGTERM).until("on_cancel").signal(signal.SIGTERM).end()
    assert ended.status == 119, ended
    assert bench.gone()


def test_signal_during_the_cleanup_of_a_failed_start_does_not_make_it_a_success(bench):
    fifo = bench.fifo()
    start = bench.begin_start(
        start=[["raise", "ValueError", "no"]], cleanup=[["say", "cleaning"], ["wait", fifo]]
    ).until("cleaning")
    start.signal(signal.SIGTERM)
    bench.release(fifo)
    ended = start.end()
    assert ended.status in (1, 119), ended
    assert "openjd_env" not in ended.out
    assert bench.gone()


def test_daemon_whose_start_command_was_killed_ends_even_if_on_start_hangs(bench):
    start = bench.begin_start("--grace", "0.2", start=[["say", "begun"], ["hang"]]).until("begun")
    pid = bench.pid()
    start.kill()
    assert ends(pid)
    assert bench.gone()


def test_daemon_whose_start_command_was_killed_cancels_and_cleans_up(bench):
    fifo = bench.fifo()
    start = bench.begin_start(
        start=[["say", "begun"], ["wait_cancel"]], cleanup=[["wait", fifo]]
    ).until("begun")
    pid = bench.pid()
    start.kill()
    bench.release(fifo)
    assert ends(pid)
    assert bench.gone()


@pytest.mark.parametrize(("said", "status"), [(["exit", 0], 0), (["exit", None], 0)])
def test_sys_exit_without_an_error_in_on_start_is_a_start(bench, said, status):
    bench.start(start=[said])
    assert bench.run().status == status


def test_private_connection_file_of_a_failed_start_goes_too(bench):
    ended = bench.command("daemon", "start", "--init-data", '{"start": [["die", 1]]}')
    assert ended.status == 122
    assert bench.gone()


def test_commands_during_a_start_are_told_that_it_starts(bench):
    fifo = bench.fifo()
    start = bench.begin_start(start=[["say", "begun"], ["wait", fifo]]).until("begun")
    ended = bench.run()
    assert ended.status == 120
    assert "busy with the start of daemon start" in ended.err
    assert bench.daemon("cancel").out == "nothing to cancel\n"
    assert bench.daemon("attach").status == 2
    waiting = bench.begin_run(options=["--wait"])
    with bench.client() as client:
        assert client.status()["ready"] is False
        while client.status()["waiting"] == 0:
            pass
    bench.release(fifo)
    assert start.end().status == 0
    assert waiting.end().status == 0


def test_stop_during_a_start_cancels_it(bench):
    start = bench.begin_start(start=[["say", "begun"], ["wait_cancel"]]).until("begun")
    assert bench.stop().status == 0
    ended = start.end()
    assert ended.status == 119, ended
    assert "`daemon stop`" in ended.err
    assert bench.gone()


def test_stop_that_waits_during_a_start_lets_it_end(bench):
    fifo = bench.fifo()
    start = bench.begin_start(start=[["say", "begun"], ["wait", fifo]]).until("begun")
    stop = bench.begin_daemon("stop", "--wait")
    while bench.run().status != 121:
        pass
    bench.release(fifo)
    assert start.end().status == 0
    assert stop.end().status == 0
    assert bench.gone()


def test_daemon_whose_files_were_cleaned_up_serves_those_who_are_connected(bench):
    bench.start()
    info = bench.info()
    lines = []
    with bench.client() as client:
        os.unlink(info["log"])
        assert client.run({"do": [["log", 3]]}, on_log=lines.append).ok
    assert b"".join(lines).endswith(b"INFO: line 2\n")
    assert bench.run(["log", 1]).status == 0


def test_daemon_whose_start_was_killed_before_it_said_so_ends(bench):
    pid = bench.start()
    assert bench.stop().status == 0
    assert ends(pid)
    # Nobody reads what the command has to say, so that it is killed with the good news unsaid.
    full, unread = os.pipe()
    os.set_blocking(unread, False)
    with contextlib.suppress(BlockingIOError):
        while True:
            os.write(unread, b"x" * 65536)
    os.set_blocking(unread, True)
    start = bench.begin_start(start=[["say", "begun"]], stdout=unread)
    os.close(unread)
    while not bench.connection.exists():
        assert start.running()
    with bench.client() as client:
        while not client.status()["ready"]:
            pass
    pid = bench.pid()
    start.kill()
    assert ends(pid)
    os.close(full)
    assert bench.gone()
