"""Runs the adaptor as its users do: by its command line, each command in its own process."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

SECONDS = 60
"""What a command may take before its test fails."""


class CommandLine:
    """`python -m new_name …` in a directory of its own, where its connection file is too."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.connection_file = directory / "connection.json"
        self.environment = {
            **os.environ,
            "JUNCTURE_CONNECTION_FILE": str(self.connection_file),
            "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
        }

    @contextmanager
    def begin(self, *arguments: str) -> Iterator["subprocess.Popen[str]"]:
        """Start a command; leaving the block waits for it, or kills it if the test has failed."""
        with subprocess.Popen(
            [sys.executable, "-m", "new_name", *arguments],
            cwd=self.directory,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as process:
            try:
                yield process
            except BaseException:
                process.kill()
                raise

    def run(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        """Run a command to its end."""
        with self.begin(*arguments) as process:
            out, errors = process.communicate(timeout=SECONDS)
        return subprocess.CompletedProcess(process.args, process.returncode, out, errors)


@pytest.fixture
def adaptor(tmp_path: Path) -> Iterator[CommandLine]:
    """The command line; a daemon that a test leaves behind is stopped."""
    command_line = CommandLine(tmp_path)
    yield command_line
    if command_line.connection_file.exists():
        stopped = command_line.run("daemon", "stop", "--timeout", str(SECONDS // 2))
        if stopped.returncode != 0:
            command_line.run("daemon", "stop", "--force")
        assert stopped.returncode == 0, stopped.stderr


@pytest.fixture
def daemon(adaptor: CommandLine) -> CommandLine:
    """The command line, with a daemon started."""
    started = adaptor.run("daemon", "start", "--connection-file", str(adaptor.connection_file))
    assert started.returncode == 0, started.stderr
    return adaptor
