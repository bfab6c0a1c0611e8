"""What the adaptor does, seen from its command line."""

import json
import os
import signal
from typing import Any

import pytest
from conftest import SECONDS, CommandLine

TASK = '{"samples": 20000}'
ENDLESS = '{"samples": 1000000000000}'


def run_a_task(daemon: CommandLine) -> Any:
    done = daemon.run("daemon", "run", "--run-data", TASK, "--result", "result.json")
    assert done.returncode == 0, done.stderr
    return json.loads((daemon.directory / "result.json").read_text())


def test_run_does_one_task(adaptor: CommandLine) -> None:
    done = adaptor.run("run", "--run-data", TASK, "--result", "result.json")
    assert done.returncode == 0, done.stderr
    assert "openjd_progress: 50.0\n" in done.stdout
    assert "openjd_progress: 100.0\n" in done.stdout
    result = json.loads((adaptor.directory / "result.json").read_text())
    assert result["samples"] == 20000
    assert result["pi"] == pytest.approx(3.14, abs=0.1)


def test_a_daemon_keeps_the_application_from_task_to_task(daemon: CommandLine) -> None:
    first, second = run_a_task(daemon), run_a_task(daemon)
    assert first["process"] == second["process"]
    assert second["samples"] == 40000
    stopped = daemon.run("daemon", "stop")
    assert stopped.returncode == 0, stopped.stderr
    assert not daemon.connection_file.exists()
    with pytest.raises(ProcessLookupError):
        os.kill(first["process"], 0)


@pytest.mark.parametrize("run_data", ["{}", '{"samples": 0}', '{"sample": 1}'])
def test_run_data_that_violates_the_schema_is_refused(adaptor: CommandLine, run_data: str) -> None:
    refused = adaptor.run("run", "--run-data", run_data)
    assert refused.returncode == 2
    assert "error: the run data violates its schema" in refused.stderr


def test_a_daemon_outlives_a_task_that_fails(daemon: CommandLine) -> None:
    assert daemon.run("daemon", "run", "--run-data", "{}").returncode == 2
    run_a_task(daemon)


def test_cancel_ends_the_task_and_not_the_daemon(daemon: CommandLine) -> None:
    with daemon.begin("daemon", "run", "--run-data", ENDLESS) as task:
        assert task.stdout
        assert any("openjd_progress" in line for line in task.stdout)
        assert daemon.run("daemon", "cancel").returncode == 0
        task.communicate(timeout=SECONDS)
    assert task.returncode == 119
    assert run_a_task(daemon)["samples"] == 20000


def test_an_application_that_dies_fails_its_task_and_is_started_again(daemon: CommandLine) -> None:
    process = run_a_task(daemon)["process"]
    with daemon.begin("daemon", "run", "--run-data", ENDLESS) as task:
        assert task.stdout
        assert any("openjd_progress" in line for line in task.stdout)
        os.kill(process, signal.SIGKILL)
        _, errors = task.communicate(timeout=SECONDS)
    assert task.returncode == 1
    assert "the application ended with status -9" in errors
    assert run_a_task(daemon)["process"] != process
