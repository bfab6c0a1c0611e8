"""What the adaptor does, seen from its command line."""

import json
import signal

import pytest
from conftest import SECONDS, CommandLine

TASK = '{"samples": 20000}'
ENDLESS = '{"samples": 1000000000000}'


def test_run_does_one_task(adaptor: CommandLine) -> None:
    done = adaptor.run("run", "--run-data", TASK, "--result", "result.json")
    assert done.returncode == 0, done.stderr
    assert "openjd_progress: 50.0\n" in done.stdout
    assert "openjd_progress: 100.0\n" in done.stdout
    result = json.loads((adaptor.directory / "result.json").read_text())
    assert result["samples"] == 20000
    assert result["pi"] == pytest.approx(3.14, abs=0.1)


def test_a_daemon_keeps_its_samples_from_task_to_task(daemon: CommandLine) -> None:
    for expected in (20000, 40000):
        done = daemon.run("daemon", "run", "--run-data", TASK, "--result", "result.json")
        assert done.returncode == 0, done.stderr
        assert json.loads((daemon.directory / "result.json").read_text())["samples"] == expected
    stopped = daemon.run("daemon", "stop")
    assert stopped.returncode == 0, stopped.stderr
    assert not daemon.connection_file.exists()


def test_the_seed_decides_the_result(adaptor: CommandLine) -> None:
    results = set()
    for seed in (1, 1, 2):
        init_data = json.dumps({"seed": seed})
        done = adaptor.run(
            "run", "--init-data", init_data, "--run-data", TASK, "--result", "result.json"
        )
        assert done.returncode == 0, done.stderr
        results.add((adaptor.directory / "result.json").read_text())
    assert len(results) == 2


@pytest.mark.parametrize("run_data", ["{}", '{"samples": 0}', '{"sample": 1}'])
def test_run_data_that_violates_the_schema_is_refused(adaptor: CommandLine, run_data: str) -> None:
    refused = adaptor.run("run", "--run-data", run_data)
    assert refused.returncode == 2
    assert "error: the run data violates its schema" in refused.stderr


def test_a_daemon_outlives_a_task_that_fails(daemon: CommandLine) -> None:
    assert daemon.run("daemon", "run", "--run-data", "{}").returncode == 2
    assert daemon.run("daemon", "run", "--run-data", TASK).returncode == 0


def test_cancel_ends_the_task_and_not_the_daemon(daemon: CommandLine) -> None:
    with daemon.begin("daemon", "run", "--run-data", ENDLESS) as task:
        assert task.stdout
        assert any("openjd_progress" in line for line in task.stdout)
        assert daemon.run("daemon", "cancel").returncode == 0
        task.communicate(timeout=SECONDS)
    assert task.returncode == 119
    assert daemon.run("daemon", "run", "--run-data", TASK).returncode == 0


def test_sigterm_cancels_a_run(adaptor: CommandLine) -> None:
    with adaptor.begin("run", "--run-data", ENDLESS) as task:
        assert task.stdout
        assert any("openjd_progress" in line for line in task.stdout)
        task.send_signal(signal.SIGTERM)
        task.communicate(timeout=SECONDS)
    assert task.returncode == 119
