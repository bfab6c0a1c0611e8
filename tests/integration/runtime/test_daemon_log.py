"""The log of a daemon: complete, in order, split only at newlines, bounded, for every reader."""

import os
import signal
import subprocess
import sys

import pytest
from processes import PATIENCE_S, ends

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")


def test_everything_that_is_said_reaches_the_command_in_order(bench):
    bench.start()
    ended = bench.run(
        ["say", "printed"],
        ["write", "from C\n"],
        ["say_part", "half "],
        ["log", 1],
        ["system", "echo from a child"],
        ["warn", "be careful"],
        ["write_error", "error stream\n"],
        ["message", {"a": 1}],
        ["child", "sh", "-c", "echo out; echo err >&2"],
        ["wait_child"],
    )
    assert ended.status == 0, ended
    assert ended.out.startswith("INFO: on_run\nprinted\nfrom C\nhalf INFO: line 0\nfrom a child\n")
    assert "UserWarning: be careful\n" in ended.out
    assert "error stream\nINFO: {'a': 1}\n" in ended.out
    assert "STDOUT: out\n" in ended.out
    assert "STDERR: err\n" in ended.out


def test_message_that_cannot_be_formatted_fails_nobody(bench):
    bench.start()
    for ended in (bench.run(["odd_message"], ["log", 1]), bench.once(["odd_message"], ["log", 1])):
        assert ended.status == 0, ended
        assert "INFO: line 0\n" in ended.out


def test_text_is_split_at_newlines_only_and_bytes_are_kept(bench):
    bench.start()
    odd = "a\x0bb\x0cc\x1cd\x85e\u2028f\rg"
    ended = bench.run(["message", odd], ["write", "\xff\xfe\x00\n"])
    assert f"INFO: {odd}\n".encode() in ended.bytes
    assert b"\xff\xfe\x00\n" in ended.bytes


def test_traceback_of_the_adaptor_is_in_the_log(bench):
    bench.start()
    ended = bench.run(["raise", "ValueError", "bad scene"])
    assert "Traceback (most recent call last):\n" in ended.out
    assert "adaptor.py" in ended.out
    assert "Traceback" not in ended.err


@pytest.mark.parametrize("mode", ["daemon", "run"])
def test_line_of_200_mb_is_lost_nowhere_and_held_nowhere(bench, mode):
    size = 200_000_000
    if mode == "daemon":
        pid = bench.start()
        command = [*bench.launcher, "daemon", "run", "--connection-file", str(bench.connection)]
    else:
        command = [*bench.launcher, "run"]
    data = f'{{"do": [["fill", {size}], ["log", 1]]}}'
    process = subprocess.Popen(
        [*command, "--run-data", data], env=bench.environment, stdout=subprocess.PIPE
    )
    with process:
        got = 0
        while piece := process.stdout.read(1 << 20):
            got += piece.count(b"x")
            last = piece
    assert process.returncode == 0
    assert got == size
    assert b"\nINFO: line 0\n" in last
    if mode == "daemon":
        assert _memory_kib(pid, "VmHWM") < 100_000


def test_reader_that_stops_slows_nobody_and_loses_nothing(bench):
    pid = bench.start()
    fifo = bench.fifo()
    run = bench.begin_run(["say", "begun"], ["wait", fifo], ["log", 200_000]).until("begun")
    run.signal(signal.SIGSTOP)
    bench.release(fifo)
    with bench.client() as client:
        while client.status()["task"]:
            pass
        assert client.run({"do": [["log", 1, "another"]]}).ok
    assert _memory_kib(pid, "VmHWM") < 100_000
    ended = run.signal(signal.SIGCONT).end()
    assert ended.status == 0
    assert ended.out.count("\n") == 200_002
    assert ended.out.endswith("INFO: line 199999\n")
    assert "another" not in ended.out


def test_outcome_that_a_slow_reader_is_owed_survives_the_stop(bench):
    bench.constants(daemon__DRAIN_S=PATIENCE_S)
    bench.start()
    fifo = bench.fifo()
    run = bench.begin_run(
        ["say", "begun"], ["wait", fifo], ["log", 100_000], ["raise", "ValueError", "bad"]
    ).until("begun")
    run.signal(signal.SIGSTOP)
    bench.release(fifo)
    with bench.client() as client:
        while client.status()["task"]:
            pass
    stop = bench.begin_daemon("stop").until("on_cleanup")
    ended = run.signal(signal.SIGCONT).end()
    assert ended.status == 1, ended
    assert "ValueError: bad" in ended.err
    assert ended.out.count("INFO: line ") == 100_000
    assert stop.end().status == 0
    assert bench.gone()


def test_reader_that_stops_for_ever_keeps_a_daemon_only_so_long(bench):
    bench.constants(daemon__DRAIN_S=0.2)
    pid = bench.start()
    fifo = bench.fifo()
    run = bench.begin_run(["say", "begun"], ["wait", fifo], ["log", 100_000]).until("begun")
    run.signal(signal.SIGSTOP)
    bench.release(fifo)
    with bench.client() as client:
        while client.status()["task"]:
            pass
    os.kill(pid, signal.SIGTERM)  # a command that stops it would have to read as fast itself
    assert ends(pid)
    assert run.signal(signal.SIGCONT).end().status == 122


def test_memory_does_not_grow_with_the_log(bench):
    pid = bench.start()
    with bench.client() as client:
        assert client.run({"do": [["log", 1000]]}).ok
        before = _memory_kib(pid, "VmRSS")
        assert client.run({"do": [["log", 300_000]]}).ok
    assert _memory_kib(pid, "VmRSS") - before < 4096


def test_logs_shows_what_is_there_and_follows_until_the_end(bench):
    bench.start()
    assert bench.run(["log", 1, "first"]).status == 0
    shown = bench.daemon("logs")
    assert shown.status == 0
    assert shown.out.endswith("INFO: on_run\nINFO: first 0\n")
    follower = bench.begin_daemon("logs", "--follow").until("first 0")
    assert bench.run(["log", 1, "second"]).status == 0
    follower.until("second 0")
    assert bench.stop().status == 0
    ended = follower.end()
    assert ended.status == 0
    assert ended.out.endswith("INFO: on_cleanup\n")


def test_reader_that_goes_away_does_not_matter(bench):
    bench.start()
    script = (
        f"{' '.join(bench.launcher)} daemon run --connection-file {bench.connection} --run-data "
        """'{"do": [["log", 100000]]}' | head -n 1"""
    )
    done = subprocess.run(
        ["/bin/sh", "-c", script], env=bench.environment, capture_output=True, check=True
    )
    assert done.stdout == b"INFO: on_run\n"
    assert done.stderr == b""
    assert bench.run().status == 0


def test_following_the_log_ends_when_nobody_reads_on(bench):
    bench.start()
    script = (
        f"{' '.join(bench.launcher)} daemon logs --follow --connection-file {bench.connection}"
        " | head -n 1"
    )
    with subprocess.Popen(["/bin/sh", "-c", script], env=bench.environment) as reader:  # noqa: SIM117
        with bench.client() as client:
            while reader.poll() is None:
                client.run({"do": [["log", 1]]})
    assert reader.returncode == 0


def test_stdout_on_a_full_disk_is_reported(bench):
    bench.start()
    with open("/dev/full", "wb") as full:
        command = bench.begin_run(["log", 5])
        command.end()
        process = subprocess.run(
            [*bench.launcher, "daemon", "run", "--connection-file", str(bench.connection)],
            env=bench.environment,
            stdout=full,
            stderr=subprocess.PIPE,
            check=False,
        )
    assert process.returncode == 0
    assert b"bytes of the log could not be written to stdout" in process.stderr


@pytest.mark.skipif(os.geteuid() != 0, reason="mounts a file system")
def test_full_disk_costs_log_and_not_the_task(bench):
    disk = bench.root / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=1m,mode=0700", "none", str(disk)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("cannot mount")
    try:
        bench.environment["JUNCTURE_SPOOL_DIR"] = str(disk)
        bench.start()
        ended = bench.run(
            ["log", 100_000, "a line that is not so short"],
            ["fill", 1000],
            result=5,
            options=["--result", "-"],
        )
        assert ended.status == 0, ended
        assert "bytes of the log could not be stored and are lost" in ended.err
        assert ended.out.endswith("5\n")
        assert bench.status()["log_lost_bytes"] > 500_000
        with bench.client() as client:
            outcome = client.run({"do": [["log", 10]]})
            assert outcome.ok
            assert outcome.lost_bytes > 0
        assert bench.run(["raise", "ValueError", "bad"]).status == 1
        assert bench.stop().status == 0
        assert bench.gone()
    finally:
        bench.close()
        subprocess.run(["umount", str(disk)], check=True)  # noqa: S607


def _memory_kib(pid, name):
    with open(f"/proc/{pid}/status", encoding="ascii") as file:
        return next(int(line.split()[1]) for line in file if line.startswith(name))
