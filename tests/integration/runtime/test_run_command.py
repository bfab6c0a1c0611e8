"""`run`: the whole lifecycle in one process."""

import json
import os
import signal
import subprocess
import sys

import pytest

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")

SIGNALS = [signal.SIGTERM, signal.SIGINT]


def test_lifecycle_in_its_order(bench):
    ended = bench.once(["log", 1], init={"start": [["say", "init"]]})
    assert ended.status == 0, ended
    assert ended.err == ""
    assert ended.out.endswith(
        "INFO: on_start\ninit\nINFO: on_run\nINFO: line 0\nINFO: on_stop\nINFO: on_cleanup\n"
    )
    assert bench.gone()


@pytest.mark.parametrize(
    ("callback", "seen"),
    [
        ("start", ["on_start", "on_cleanup"]),
        ("stop", ["on_start", "on_run", "on_stop", "on_cleanup"]),
        ("cleanup", ["on_start", "on_run", "on_stop", "on_cleanup"]),
    ],
)
def test_callback_that_raises_fails_the_command_and_cleanup_runs(bench, callback, seen):
    ended = bench.once(init={callback: [["raise", "ValueError", "bad"]]})
    assert ended.status == 1
    assert ended.err == f"error: on_{callback} of Testbed failed: ValueError: bad\n"
    called = [line.removeprefix("INFO: ") for line in ended.out.splitlines() if "INFO: on_" in line]
    assert called == seen


def test_task_that_raises_is_stopped_and_cleaned_up(bench):
    ended = bench.once(["raise", "ValueError", "bad"])
    assert ended.status == 1
    assert "on_stop" in ended.out
    assert "on_cleanup" in ended.out


@pytest.mark.parametrize("number", SIGNALS)
@pytest.mark.parametrize("state", ["start", "run"])
def test_signal_in_start_or_run_cancels(bench, number, state):
    wait = [["say", "begun"], ["wait_cancel"]]
    run = bench.begin_once(
        *(wait if state == "run" else []), init={"start": wait[: state == "start" and 2]}
    )
    ended = run.until("begun").signal(number).end()
    assert ended.status == 119, ended
    assert ended.err == f"error: the task was canceled by {number.name}\n"
    assert "on_cancel" in ended.out
    assert ("on_stop" in ended.out) is (state == "run")
    assert "on_cleanup" in ended.out


@pytest.mark.parametrize("number", SIGNALS)
@pytest.mark.parametrize("state", ["stop", "cleanup"])
def test_signal_after_the_task_changes_nothing(bench, number, state):
    fifo = bench.fifo()
    run = bench.begin_once(
        init={state: [["say", "ending"], ["wait", fifo]]}, result=1, options=["--result", "-"]
    ).until("ending")
    run.signal(number)
    bench.release(fifo)
    ended = run.end()
    assert ended.status == 0, ended
    assert "on_cleanup" in ended.out
    assert ended.out.endswith("1\n")


@pytest.mark.parametrize("number", SIGNALS)
@pytest.mark.parametrize("step", ["wait", "wait_holding_gil"])
def test_signal_while_importing_ends_the_command(bench, number, step):
    fifo = bench.fifo()
    run = bench.begin_once(
        ["wait_cancel"], environment={"TESTBED_IMPORT": json.dumps([[step, fifo]])}
    )
    gate = bench.meet(fifo)
    run.signal(number)
    if step == "wait_holding_gil":
        gate.close()
    ended = run.end()
    assert ended.status == 119, ended
    assert bench.gone()


@pytest.mark.parametrize("state", ["start", "run", "stop", "cleanup"])
def test_second_signal_ends_a_callback_that_hangs(bench, state):
    bench.constants(run_command__SAME_SIGNAL_S=0)
    hang = [["child", "sleep", "600"], ["say", "begun"], ["hang"]]
    init = {} if state == "run" else {state: hang}
    run = bench.begin_once(*(hang if state == "run" else []), init=init).until("begun")
    run.signal(signal.SIGTERM)
    if state in ("start", "run"):
        run.until("on_cancel")
    while run.running():
        run.signal(signal.SIGTERM)
    ended = run.end()
    assert ended.status == 123, ended
    assert "ended at once by a second signal, SIGTERM" in ended.err
    assert bench.gone()


def test_hangup_is_ignored_under_nohup(bench):
    fifo = bench.fifo()
    run = bench.begin_once(["say", "begun"], ["wait_cancel"]).until("begun")
    assert run.signal(signal.SIGHUP).end().status == 119
    again = bench.begin(
        "run",
        "--run-data",
        json.dumps({"do": [["say", "begun"], ["wait", fifo]]}),
        preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN),
    )
    again.until("begun").signal(signal.SIGHUP)
    bench.release(fifo)
    assert again.end().status == 0


def test_task_whose_time_runs_out_is_canceled(bench):
    ended, _ = bench.with_time_for(
        lambda ended: "INFO: on_run" in ended.out,
        lambda seconds: bench.once(["wait_cancel"], options=["--timeout", seconds]),
    )
    assert ended.status == 124, ended
    assert "on_cleanup" in ended.out


@pytest.mark.parametrize("state", ["run", "stop"])
def test_callback_that_hangs_after_its_time_is_ended_by_force(bench, state):
    bench.constants(run_command__GIVE_UP_S=0.2)
    hang = [["child", "sleep", "600"], ["say", "begun"], ["hang"]]
    ended, _ = bench.with_time_for(
        lambda ended: "begun" in ended.out,
        lambda seconds: bench.once(
            *(hang if state == "run" else []),
            init={} if state == "run" else {state: hang},
            options=["--timeout", seconds],
        ),
    )
    assert ended.status == 123, ended
    assert f"on_{state} had not ended" in ended.err
    assert bench.gone()


def test_import_that_hangs_is_ended_by_its_time(bench):
    ended = bench.begin_once(
        options=["--timeout", "0.3"], environment={"TESTBED_IMPORT": '[["hang"]]'}
    ).end()
    assert ended.status == 124, ended


def test_closed_stdout_does_not_fail_the_task(bench):
    script = (
        f"{' '.join(bench.launcher)} run --run-data " """'{"do": [["log", 100000]]}' | head -1"""
    )
    done = subprocess.run(
        ["/bin/sh", "-c", script], env=bench.environment, capture_output=True, check=True
    )
    assert done.stdout.count(b"\n") == 1
    assert b"Traceback" not in done.stderr


def test_stdout_that_does_not_block_gets_everything(bench):
    read, write = os.pipe()
    os.set_blocking(write, False)
    with subprocess.Popen(
        [*bench.launcher, "run", "--run-data", '{"do": [["fill", 80000000]]}'],
        env=bench.environment,
        stdout=write,
    ) as process:
        os.close(write)
        got = 0
        with open(read, "rb") as file:
            while piece := file.read1(1 << 20):
                got += piece.count(b"x")
    assert process.returncode == 0
    assert got == 80_000_000


def test_debug_shows_the_traceback_of_an_error(bench):
    assert "Traceback" not in bench.command("run", "--run-data", "[").err
    assert "Traceback" in bench.command("run", "--run-data", "[", "--debug").err


@pytest.mark.parametrize("command", ["run", "daemon"])
def test_result_that_a_full_disk_does_not_take_is_missed(bench, command):
    options = ["--run-data", '{"result": 5}', "--result", "-"]
    if command == "daemon":
        bench.start()
    with open("/dev/full", "wb") as full:
        begin = bench.begin if command == "run" else bench.begin_daemon
        ended = begin("run", *options, stdout=full).end()
    assert ended.status == 2, ended
    assert "the task is done, but its result cannot be written to `-`: No space left" in ended.err
    assert ("daemon attach --result" in ended.err) == (command == "daemon")


def test_result_that_nobody_reads_is_missed(bench):
    read, write = os.pipe()
    os.close(read)
    with os.fdopen(write, "wb") as nobody:
        options = ["--run-data", '{"result": 5}', "--result", "-"]
        ended = bench.begin("run", *options, stdout=nobody).end()
    assert ended.status == 2, ended
    assert "its result cannot be written to `-`: Broken pipe" in ended.err


@pytest.mark.parametrize("command", [["version-info"], ["show-config"]])
def test_stdout_that_is_full_is_told_in_a_sentence(bench, command):
    with open("/dev/full", "wb") as full:
        ended = bench.begin(*command, stdout=full).end()
    assert ended.status == 1
    assert ended.err.startswith("error: standard output cannot be written: No space left on device")
    assert "Traceback" not in ended.err
    assert "Exception ignored" not in ended.err
