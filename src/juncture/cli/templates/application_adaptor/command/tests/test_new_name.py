"""What the adaptor does, seen from its command line."""

import json
import os
import signal
import tarfile

import pytest
from conftest import SECONDS, CommandLine

FILES = ["one.txt", "-two 'of' $2.txt"]
TASK = json.dumps({"archive": "packed.tar", "files": FILES})
MISSING = json.dumps({"archive": "packed.tar", "files": ["missing.txt"]})
ENDLESS = json.dumps({"archive": "fifo", "files": FILES})
"""`tar` waits until somebody reads the archive, and nobody does."""


@pytest.fixture(autouse=True)
def files(adaptor: CommandLine) -> None:
    for name in FILES:
        (adaptor.directory / name).write_text(name)
    os.mkfifo(adaptor.directory / "fifo")


def packed(adaptor: CommandLine) -> list[str]:
    with tarfile.open(adaptor.directory / "packed.tar") as archive:
        return archive.getnames()


def test_run_does_one_task(adaptor: CommandLine) -> None:
    done = adaptor.run("run", "--run-data", TASK)
    assert done.returncode == 0, done.stderr
    assert "STDOUT: one.txt\nopenjd_progress: 50.0\n" in done.stdout
    assert "openjd_progress: 100.0\n" in done.stdout
    assert packed(adaptor) == FILES


def test_a_daemon_runs_task_after_task(daemon: CommandLine) -> None:
    for _ in range(2):
        done = daemon.run("daemon", "run", "--run-data", TASK)
        assert done.returncode == 0, done.stderr
        assert packed(daemon) == FILES
        (daemon.directory / "packed.tar").unlink()
    stopped = daemon.run("daemon", "stop")
    assert stopped.returncode == 0, stopped.stderr
    assert not daemon.connection_file.exists()


def test_paths_are_mapped(adaptor: CommandLine) -> None:
    rule = {
        "source_path_format": "POSIX",
        "source_path": "/submitted",
        "destination_path": str(adaptor.directory),
    }
    rules = json.dumps({"path_mapping_rules": [rule]})
    task = json.dumps({"archive": "/submitted/packed.tar", "files": ["one.txt"]})
    done = adaptor.run("run", "--run-data", task, "--path-mapping-rules", rules)
    assert done.returncode == 0, done.stderr
    assert packed(adaptor) == ["one.txt"]


@pytest.mark.parametrize("run_data", ["{}", '{"archive": "packed.tar", "files": []}'])
def test_run_data_that_violates_the_schema_is_refused(adaptor: CommandLine, run_data: str) -> None:
    refused = adaptor.run("run", "--run-data", run_data)
    assert refused.returncode == 2
    assert "error: the run data violates its schema" in refused.stderr


def test_the_status_of_the_program_is_that_of_the_task(daemon: CommandLine) -> None:
    failed = daemon.run("daemon", "run", "--run-data", MISSING)
    assert failed.returncode != 0
    assert f"error: `tar` exited with status {failed.returncode}" in failed.stderr
    assert "STDERR: tar:" in failed.stdout
    assert daemon.run("daemon", "run", "--run-data", TASK).returncode == 0


def test_cancel_ends_the_program_and_not_the_daemon(daemon: CommandLine) -> None:
    with daemon.begin("daemon", "run", "--run-data", ENDLESS) as task:
        assert task.stdout
        assert any("Running command: tar" in line for line in task.stdout)
        assert daemon.run("daemon", "cancel").returncode == 0
        task.communicate(timeout=SECONDS)
    assert task.returncode == 119
    assert daemon.run("daemon", "run", "--run-data", TASK).returncode == 0


def test_sigterm_cancels_a_run(adaptor: CommandLine) -> None:
    with adaptor.begin("run", "--run-data", ENDLESS) as task:
        assert task.stdout
        assert any("Running command: tar" in line for line in task.stdout)
        task.send_signal(signal.SIGTERM)
        task.communicate(timeout=SECONDS)
    assert task.returncode == 119
