"""One side of the comparison: an interpreter, the adaptor for it, and the daemon it keeps.

All sides get the same environment: a home, a temporary, a runtime and a working directory of this
run, so that none finds or leaves anything outside (radical.saga writes a log where it works). A
command that fails is an error that shows what the command said, never a time.
"""

from __future__ import annotations

import itertools
import json
import os
import signal
import subprocess
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from threading import Timer
from typing import IO, TYPE_CHECKING, Any

from suite import procfs
from suite.measure import Sample

if TYPE_CHECKING:
    from collections.abc import Iterator

BENCHMARKS = Path(__file__).resolve().parent.parent
DRIVERS = BENCHMARKS / "drivers"
LONGEST_COMMAND_S = 120.0
LONGEST_DRIVER_S = 600.0
LONGEST_STOP_S = 20.0

_serial = itertools.count()


class CommandError(Exception):
    """A measured command failed; what it wrote to stderr is in the message."""


@dataclass(frozen=True, slots=True)
class Side:
    """An interpreter with one of the runtimes in it.

    Attributes:
        name: `existing` or `ours`.
        python: The interpreter of its virtual environment.
        probe: The module that must be importable there.
        scratch: A directory of this run.
        source: Where the runtime is found if it is not installed there.
        adaptor: The package run with `python -m`.
        limit_s: After this a command is killed, and has failed.
        variables: What else its processes get, as `NAME=value`.
    """

    name: str
    python: Path
    probe: str
    scratch: Path
    source: Path | None = None
    adaptor: str = "bench_noop"
    limit_s: float = LONGEST_COMMAND_S
    variables: tuple[str, ...] = ()

    def environment(self) -> dict[str, str]:
        """Return the variables every process of this side gets."""
        paths = [BENCHMARKS / "adaptors" / self.name, *([self.source] if self.source else [])]
        kept = {key: os.environ[key] for key in ("PATH", "LANG", "LC_ALL") if key in os.environ}
        own = {
            "HOME": str(self.scratch / "home"),
            "TMPDIR": str(self.scratch),
            "XDG_RUNTIME_DIR": str(self.scratch / "run"),
            "PYTHONPATH": os.pathsep.join(map(str, paths)),
        }
        return kept | own | dict(item.split("=", 1) for item in self.variables)

    def missing(self) -> str:
        """Return why this side cannot be measured, or an empty text."""
        if not self.python.exists():
            return "its interpreter does not exist: run `make bench`, which installs it"
        probe = subprocess.run(
            [self.python, "-c", f"import {self.probe}"],
            env=self.environment(),
            cwd=self.scratch,
            capture_output=True,
            text=True,
            check=False,
        )
        return probe.stderr.strip().rpartition("\n")[2] if probe.returncode else ""

    def file(self, suffix: str) -> Path:
        """Return a path in the scratch directory that nothing has used."""
        return self.scratch / f"{next(_serial)}{suffix}"

    def time_command(self, *arguments: str | Path, stdout: Path | None = None) -> float:
        """Return the seconds from before a Python command starts until it has ended.

        Args:
            arguments: What follows the interpreter's name.
            stdout: Where its output goes; None is a file of its own.

        Raises:
            CommandError: it returned non-zero or ran into `limit_s`.
        """
        said = self.file(".err")
        with (stdout or self.file(".out")).open("wb") as out, said.open("wb") as err:
            begin = time.perf_counter()
            child = subprocess.Popen(
                [self.python, *arguments],
                env=self.environment(),
                cwd=self.scratch,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
            )
            watchdog = Timer(self.limit_s, child.kill)
            watchdog.start()
            status = child.wait()
            seconds = time.perf_counter() - begin
            watchdog.cancel()
        if status:
            words = " ".join(map(str, arguments))
            raise CommandError(f"`{words}` returned {status}: {said.read_text()[-500:]}")
        return seconds

    def time_adaptor(self, *arguments: str | Path, stdout: Path | None = None) -> float:
        """Return the seconds of one command of the adaptor, as `time_command` does."""
        return self.time_command("-m", self.adaptor, *arguments, stdout=stdout)


@dataclass(slots=True)
class Daemon:
    """A daemon of one side: `start`, then `run` any number of times, then `stop`."""

    side: Side
    connection_file: Path = field(init=False)
    pid: int = field(init=False, default=0)

    def __post_init__(self) -> None:
        self.connection_file = self.side.file(".json")

    def start(self) -> float:
        """Start the daemon; return the seconds of the command."""
        pid_file = self.side.file(".pid")
        init_data = json.dumps({"pid_file": str(pid_file)})
        seconds = self._command("start", "--init-data", init_data)
        self.pid = int(pid_file.read_text(encoding="ascii"))
        return seconds

    def run(self, run_data: dict[str, Any], stdout: Path | None = None) -> float:
        """Perform one task; return the seconds of the command."""
        return self._command("run", "--run-data", json.dumps(run_data), stdout=stdout)

    def stop(self) -> tuple[float, float]:
        """End the daemon; return the seconds until the command returned and until it was gone."""
        with procfs.end_of(self.pid) as wait:
            begin = time.perf_counter()
            returned = self._command("stop")
            wait(LONGEST_STOP_S)
            self.pid = 0
            return returned, max(returned, time.perf_counter() - begin)

    def kill(self) -> None:
        """End a daemon that would not stop, so that it does not outlive the benchmark."""
        if self.pid:
            with suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGKILL)
            self.pid = 0

    def _command(self, name: str, *arguments: str, stdout: Path | None = None) -> float:
        return self.side.time_adaptor(
            "daemon", name, "--connection-file", self.connection_file, *arguments, stdout=stdout
        )


@contextmanager
def running_daemon(side: Side) -> Iterator[Daemon]:
    """Keep a daemon for the length of a `with` block."""
    daemon = Daemon(side)
    daemon.start()
    try:
        yield daemon
    finally:
        try:
            daemon.stop()
        finally:
            daemon.kill()


class Driver:
    """A living process of one side that performs and times batches, see `drivers/living.py`."""

    def __init__(self, child: subprocess.Popen[str], said: Path) -> None:
        self._child = child
        self._said = said

    @property
    def pid(self) -> int:
        """The id of the process."""
        return self._child.pid

    def batch(self, count: int) -> list[float]:
        """Return the seconds of each of `count` operations.

        Raises:
            CommandError: the driver ended instead of answering.
        """
        times: list[float] = self._ask(count)
        return times

    def sample(self, count: int) -> Sample:
        """Return what a driver of back-end access answers: values, and further figures.

        Raises:
            CommandError: the driver ended instead of answering.
        """
        answer: dict[str, Any] = self._ask(count)
        return Sample(answer["values"], answer["extras"])

    def _ask(self, count: int) -> Any:
        questions, answers = _pipes(self._child)
        with suppress(BrokenPipeError):  # it has ended: the empty answer tells why
            questions.write(f"{count}\n")
            questions.flush()
        answer = answers.readline()
        if not answer:
            status = self._child.wait()
            said = self._said.read_text(errors="replace").strip()[-2000:].splitlines()
            raise CommandError(f"driver ended with {status}: {' / '.join(said[-1:])}")
        return json.loads(answer)


def _pipes(child: subprocess.Popen[str]) -> tuple[IO[str], IO[str]]:
    if child.stdin is None or child.stdout is None:
        raise CommandError("a driver was started without pipes")
    return child.stdin, child.stdout


@contextmanager
def driver(
    side: Side, script: str, *arguments: str | Path, limit_s: float = LONGEST_DRIVER_S
) -> Iterator[Driver]:
    """Keep a driver alive for the length of a `with` block, or until `limit_s` seconds are over."""
    said = side.file(".err")
    with said.open("wb") as err:
        child = subprocess.Popen(
            [side.python, DRIVERS / script, *arguments],
            env=side.environment(),
            cwd=side.scratch,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=err,
            text=True,
        )
    questions, answers = _pipes(child)
    watchdog = Timer(limit_s, child.kill)
    watchdog.start()
    try:
        yield Driver(child, said)
    finally:
        with suppress(BrokenPipeError):
            questions.close()
        child.wait()
        watchdog.cancel()
        answers.close()
