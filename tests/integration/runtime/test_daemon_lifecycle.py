"""Start, run, stop of a daemon: what each says, returns and leaves."""

import json
import os
import sys

import pytest
from processes import ends

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")

ODD = {
    "e": 1e3,
    "small": 0.00001,
    "big": 12345678901234567890,
    "yes": "yes",
    "emoji": "🌚 ñ \u2028 \t",
    "none": None,
    "nested": [[], {}, [True, False]],
    "": " ",
}


def test_daemon_is_started_used_and_gone(bench):
    pid = bench.start()
    first, second = bench.run(["log", 2]), bench.run(["say", "second"])
    assert (first.status, first.err) == (0, "")
    assert first.out == "INFO: on_run\nINFO: line 0\nINFO: line 1\n"
    assert second.out == "INFO: on_run\nsecond\n"
    ended = bench.stop()
    assert ended.status == 0, ended
    assert ended.out.endswith("INFO: on_stop\nINFO: on_cleanup\n")
    assert bench.gone()
    assert ends(pid, 0)


def test_start_shows_the_log_and_names_the_file_for_the_session(bench):
    ended = bench.begin_start().end()
    assert "INFO: Testbed version: 1.2.3\n" in ended.out
    assert "INFO: on_start\n" in ended.out
    assert f"\nopenjd_env: OPENJD_ADAPTOR_SOCKET={bench.connection}\n" in ended.out


def test_connection_file_may_come_from_the_environment_or_be_private(bench):
    ended = bench.command("daemon", "start")
    assert ended.status == 0, ended
    line = next(line for line in ended.out.splitlines() if line.startswith("openjd_env: OPENJD"))
    path = line.partition("=")[2]
    for name in ("OPENJD_ADAPTOR_SOCKET", "JUNCTURE_CONNECTION_FILE"):
        assert bench.command("daemon", "run", environment={name: path}).status == 0
    assert bench.command("daemon", "stop", environment={name: path}).status == 0
    assert bench.gone()


def test_same_connection_file_serves_again_at_once(bench):
    for _ in range(3):
        bench.start()
        assert bench.stop().status == 0
    assert bench.gone()


def test_second_daemon_with_the_same_file_is_refused_and_the_first_goes_on(bench):
    pid = bench.start()
    ended = bench.begin_start().end()
    assert ended.status == 2
    assert f"belongs to a daemon that is running (process {pid})" in ended.err
    assert "\nhint: " in ended.err
    assert bench.run().status == 0


def test_of_two_starts_at_once_one_wins_and_leaves_one_daemon(bench):
    both = [bench.begin_start(), bench.begin_start()]
    ended = [command.end() for command in both]
    assert sorted(one.status for one in ended) == [0, 2], ended
    loser = max(ended, key=lambda one: one.status)
    assert loser.err.startswith("error: ")
    assert bench.run().status == 0
    assert bench.stop().status == 0
    assert bench.gone()


def test_several_starts_replace_one_stale_file(bench):
    stale = bench.start()
    os.kill(stale, 9)
    assert ends(stale)
    ended = [command.end() for command in [bench.begin_start() for _ in range(3)]]
    assert sorted(one.status for one in ended) == [0, 2, 2], ended
    assert bench.pid() != stale
    assert bench.stop().status == 0
    assert bench.gone()


@pytest.mark.parametrize("mode", ["module", "script", "reentry"])
def test_daemon_is_launched_as_its_command_was(bench, mode):
    script = bench.root / "adaptor-command"
    script.write_text(f"#!{sys.executable}\nimport testbed.__main__\n", encoding="ascii")
    script.chmod(0o700)
    if mode == "script":
        bench.launcher = [str(script)]
    elif mode == "reentry":
        bench.environment["TESTBED_REENTRY"] = str(script)
    pid = bench.start()
    with open(f"/proc/{pid}/cmdline", "rb") as file:
        line = file.read().decode()
    assert ("adaptor-command" in line) is (mode != "module")
    assert bench.run().status == 0


def test_data_arrives_as_json_says_it(bench):
    bench.start()
    for given in (ODD, {"text": "x" * 5_000_000}):
        ended = bench.begin_daemon(
            "run", "--run-data", f"file://{_file(bench, {'echo': given})}", "--result", "-"
        ).end()
        assert ended.status == 0, ended
        assert json.loads(ended.out.splitlines()[-1]) == repr(given)


def test_init_data_of_any_size_reaches_the_daemon(bench):
    path = _file(bench, {"start": [["say", "started"]], "pad": "x" * 5_000_000})
    ended = bench.begin_daemon("start", "--init-data", f"file://{path}").end()
    assert ended.status == 0, ended
    assert "started" in ended.out


def test_yaml_data_is_accepted(bench):
    bench.start()
    data = bench.root / "data.yaml"
    data.write_text("echo:\n  yes: 12:30\n  n: 1e3\n", encoding="utf-8")
    ended = bench.daemon("run", "--run-data", f"file://{data}", "--result", "-")
    assert json.loads(ended.out.splitlines()[-1]) == repr({"yes": "12:30", "n": 1e3})


@pytest.mark.parametrize("data", ["[1, 2]", "5", "not json", '{"a": ', "file:///no/such/file"])
def test_data_that_is_no_object_is_one_error_and_a_hint(bench, data):
    bench.start()
    for ended in (
        bench.daemon("run", "--run-data", data),
        bench.command("run", "--run-data", data),
        bench.command("daemon", "start", "--init-data", data),
    ):
        assert ended.status == 2, ended
        assert ended.err.startswith("error: ")
        assert "\n\nhint: " in ended.err
        assert "Traceback" not in ended.err + ended.out
    assert bench.run().status == 0


def test_secret_is_in_no_log_and_on_no_command_line(bench):
    secret = "s3cr3t-" + os.urandom(8).hex()
    data = _file(bench, {"do": [["raise", "ValueError", "bad"]], "password": secret})
    init = _file(bench, {"password": secret}, "init")
    started = bench.begin_daemon("start", "--init-data", f"file://{init}").end()
    ended = bench.daemon("run", "--run-data", f"file://{data}")
    refused = bench.daemon("run", "--run-data", f'{{"a": "{secret}", ')
    assert (started.status, ended.status, refused.status) == (0, 1, 2)
    for one in (started, ended, refused, bench.daemon("logs"), bench.daemon("status")):
        assert secret not in one.out + one.err
    for pid in bench.processes():
        with open(f"/proc/{pid}/cmdline", "rb") as file:
            assert secret.encode() not in file.read()


@pytest.mark.parametrize("where", ["-", "file"])
@pytest.mark.parametrize("command", ["run", "daemon"])
def test_result_is_delivered(bench, where, command):
    path = bench.root / "result.json"
    options = ["--result", "-" if where == "-" else str(path)]
    if command == "daemon":
        bench.start()
        ended = bench.run(options=options, result={"frames": [1, 2], "name": "ñ"})
    else:
        ended = bench.once(options=options, result={"frames": [1, 2], "name": "ñ"})
    text = ended.out.splitlines()[-1] if where == "-" else path.read_text(encoding="utf-8")
    assert json.loads(text) == {"frames": [1, 2], "name": "ñ"}


def test_result_that_json_cannot_hold_fails_the_task_and_says_so(bench):
    bench.start()
    ended = bench.run(unserialisable=1, options=["--result", "-"])
    assert ended.status == 1
    assert "not JSON-serialisable" in ended.err
    assert bench.run().status == 0


def test_result_over_the_limit_fails_the_task_and_not_the_daemon(bench):
    bench.start()
    ended = bench.run(["constant", "juncture.runtime.lifecycle.LARGEST_RESULT", 10], result="x" * 9)
    assert ended.status == 1
    assert "over the limit of 10" in ended.err
    assert bench.run().status == 0


def test_result_file_that_cannot_be_written_is_refused_before_the_task(bench):
    bench.start()
    ended = bench.run(options=["--result", "/no/such/directory/file"])
    assert ended.status == 2
    assert "/no/such/directory/file" in ended.err
    assert bench.status()["done"] == 0


def test_status_says_what_the_daemon_is_and_does(bench):
    pid = bench.start()
    fifo = bench.fifo()
    status = bench.status()
    assert status["pid"] == pid
    assert status["name"] == "Testbed"
    assert (status["ready"], status["state"], status["task"]) == (True, "start", None)
    run = bench.begin_run(["wait", fifo]).until("on_run")
    status = bench.status()
    assert status["task"]["number"] == 1
    assert status["task"]["canceled"] is False
    assert status["idle_seconds"] == 0
    bench.release(fifo)
    assert run.end().status == 0
    assert bench.run(["raise", "ValueError"]).status == 1
    status = bench.status()
    assert (status["done"], status["failed"]) == (1, 1)
    assert status["last_task"]["exit_status"] == 1
    assert os.path.getsize(status["log"]) == status["log_bytes"]


def test_a_living_process_can_run_many_tasks_on_one_connection(bench):
    bench.start()
    lines, reports = [], []
    with bench.client() as client:
        for number in range(3):
            outcome = client.run(
                {"do": [["status", 50, "half"], ["log", 1]], "result": number},
                on_log=lines.append,
                on_progress=lambda *report: reports.append(report),
            )
            assert (outcome.kind, outcome.result) == ("done", number)
        assert client.status()["done"] == 3
        assert client.cancel().ok
        assert client.stop().ok
    log = b"".join(lines).decode()
    assert log.count("INFO: line 0\n") == 3
    assert "openjd_progress: 50.0\n" in log
    assert "openjd_status: half\n" in log
    assert (50.0, "half") in reports
    assert bench.gone()


def test_thousand_tasks_leave_no_descriptor_thread_or_task_behind(bench):
    pid = bench.start()

    def held():
        return len(os.listdir(f"/proc/{pid}/fd")), len(os.listdir(f"/proc/{pid}/task"))

    with bench.client() as client:
        assert client.run({}).ok
        before = held()
    for _ in range(100):
        with bench.client() as client:
            for number in range(10):
                assert client.run({"result": number}).result == number
    with bench.client() as client:
        assert client.run({}).ok
        assert held() == before
    assert bench.status()["done"] == 1002


def test_full_cycles_leave_nothing(bench):
    for _ in range(25):
        bench.start()
        with bench.client() as client:
            assert client.run({}).ok
            assert client.stop().ok
        assert not bench.connection.exists()
    assert bench.gone()


def _file(bench, document, name="data"):
    path = bench.root / f"{name}.json"
    path.write_text(json.dumps(document), encoding="utf-8")
    return path
