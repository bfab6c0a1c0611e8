"""A bench for daemons: commands of the `testbed` adaptor as real processes, and nothing left over.

Every process of a test carries the directory of the test in its environment, which is how they are
found, whoever started them, and ended when the test is over.
"""

import contextlib
import json
import os
import re
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest
from processes import PATIENCE_S, ends

from juncture.runtime import DaemonClient

ADAPTORS = Path(__file__).parent / "adaptors"


class Ended:
    """How a command ended."""

    def __init__(self, status, out, err):
        self.status = status
        self.out = out.decode("utf-8", "backslashreplace")
        self.err = err.decode("utf-8", "backslashreplace")
        self.bytes = out

    def __repr__(self):
        return f"<status {self.status}\n-- out\n{self.out[-4000:]}\n-- err\n{self.err[-4000:]}>"


class Command:
    """A command that runs; its output is read as it is waited for."""

    def __init__(self, argv, **options):
        self._process = subprocess.Popen(
            argv,
            stdin=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            **{"stdout": subprocess.PIPE, "preexec_fn": _ordinary_signals, **options},
        )
        self.pid = self._process.pid
        self._seen = bytearray()

    def until(self, text):
        """Read standard output until `text` has come."""
        self.until_match(re.escape(text))
        return self

    def until_match(self, pattern):
        """Read standard output until a pattern is found in it, and return the match."""
        deadline = time.monotonic() + PATIENCE_S
        fd = self._process.stdout.fileno()
        while not (match := re.search(pattern.encode(), self._seen)):
            ready, _, _ = select.select([fd], [], [], max(0, deadline - time.monotonic()))
            data = os.read(fd, 65536) if ready else b""
            if not data:
                pytest.fail(f"no {pattern!r} in {bytes(self._seen)!r}; {self.end()}")
            self._seen += data
        return match

    def signal(self, number):
        self._process.send_signal(number)
        return self

    def kill(self):
        return self.signal(signal.SIGKILL)

    def end(self):
        """Wait until it ends and say how."""
        try:
            out, err = self._process.communicate(timeout=PATIENCE_S)
        except subprocess.TimeoutExpired:
            self.kill()
            out, err = self._process.communicate()
            pytest.fail(f"the command did not end: {Ended(None, self._seen + out, err)}")
        return Ended(self._process.returncode, bytes(self._seen) + (out or b""), err)

    def running(self):
        return self._process.poll() is None

    def close(self):
        if self.running():
            self._process.kill()
        self._process.communicate()


class Bench:
    """Starts commands and daemons of the testbed adaptor."""

    def __init__(self, root):
        self.root = root
        self.temporary = root / "tmp"
        self.temporary.mkdir()
        self.home = root / "home"
        self.home.mkdir()
        self.connection = root / "c.json"
        self.launcher = [sys.executable, "-m", "testbed"]
        self.environment = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": os.pathsep.join([str(ADAPTORS), *sys.path]),
            "HOME": str(self.home),
            "TMPDIR": str(self.temporary),
            "LC_ALL": "C.UTF-8",
            "JUNCTURE_TEST_DIR": str(root),
        }
        self.commands = []
        self.gates = []

    def constants(self, **values):
        """Change waiting times in every process: `daemon__DRAIN_S=0.1`."""
        named = {
            f"juncture.runtime.{name.replace('__', '.')}": value for name, value in values.items()
        }
        self.environment["TESTBED_CONSTANTS"] = json.dumps(named)

    # -- commands ----------------------------------------------------------------------------

    def begin(self, *arguments, environment=(), **options):
        """Begin a command."""
        command = Command(
            [*self.launcher, *arguments],
            env={**self.environment, **dict(environment)},
            cwd=self.root,
            **options,
        )
        self.commands.append(command)
        return command

    def command(self, *arguments, **options):
        """Run a command to its end."""
        return self.begin(*arguments, **options).end()

    def daemon(self, name, *arguments, **options):
        return self.begin_daemon(name, *arguments, **options).end()

    def begin_daemon(self, name, *arguments, **options):
        where = ("--connection-file", str(self.connection))
        return self.begin("daemon", name, *where, *arguments, **options)

    def begin_start(self, *arguments, **init_data):
        options = {
            name: init_data.pop(name) for name in ("environment", "stdout") if name in init_data
        }
        return self.begin_daemon(
            "start", "--init-data", json.dumps(init_data), *arguments, **options
        )

    def start(self, *arguments, **init_data):
        """Start a daemon and return its process id."""
        ended = self.begin_start(*arguments, **init_data).end()
        assert ended.status == 0, ended
        return self.pid()

    def begin_run(self, *steps, options=(), **run_data):
        data = json.dumps({"do": steps, **run_data})
        return self.begin_daemon("run", "--run-data", data, *options)

    def run(self, *steps, options=(), **run_data):
        """Run a task in the daemon to its end."""
        return self.begin_run(*steps, options=options, **run_data).end()

    def stop(self, *arguments):
        return self.daemon("stop", *arguments)

    def once(self, *steps, options=(), init=(), **run_data):
        """`run`: the whole lifecycle in one process."""
        return self.begin_once(*steps, options=options, init=init, **run_data).end()

    def begin_once(self, *steps, options=(), init=(), environment=(), **run_data):
        return self.begin(
            "run",
            "--init-data",
            json.dumps(dict(init)),
            "--run-data",
            json.dumps({"do": steps, **run_data}),
            *options,
            environment=environment,
        )

    def run_for(self, seconds, *steps):
        """Run a task that is given so many seconds; to be taken on, it has all the time it needs.

        The command takes `--timeout` for both.
        """
        with self.client() as client:
            return client.run({"do": steps}, timeout=seconds)

    def with_time_for(self, begun, command, seconds=0.25):
        """Give a command more and more seconds, until `begun` tells that it came as far as that.

        Returns:
            How it ended, and the seconds it had.
        """
        while not begun(ended := command(f"{seconds:g}")):
            assert ended.status in (123, 124), ended  # by force, if canceling takes its time
            assert seconds < PATIENCE_S, ended
            seconds *= 2
        return ended, seconds

    def status(self):
        ended = self.daemon("status")
        assert ended.status == 0, ended
        return json.loads(ended.out)

    def client(self):
        return DaemonClient(str(self.connection))

    # -- what is there -----------------------------------------------------------------------

    def info(self):
        return json.loads(self.connection.read_text(encoding="utf-8"))

    def pid(self):
        return int(self.info()["pid"])

    def fifo(self, name="fifo"):
        """Make a FIFO that a step waits at."""
        path = self.root / name
        os.mkfifo(path)
        return str(path)

    def meet(self, path):
        """Wait until a step waits at a FIFO; closing what is returned lets it go on."""
        gate = open(path, "wb", buffering=0)  # noqa: SIM115
        self.gates.append(gate)
        return gate

    def release(self, path):
        """Let the step that waits at a FIFO go on; waits until it is there."""
        self.meet(path).close()

    def processes(self):
        """Return the processes of this test that run, commands included."""
        mark = f"JUNCTURE_TEST_DIR={self.root}\0".encode()
        return [
            pid for pid in map(int, filter(str.isdigit, os.listdir("/proc"))) if _has(pid, mark)
        ]

    def gone(self):
        """Whether no process, connection file or temporary file is left."""
        left = [self.processes(), sorted(os.listdir(self.temporary)), self.connection.exists()]
        assert left == [[], [], False], left
        return True

    def close(self):
        for gate in self.gates:
            gate.close()
        for command in self.commands:
            command.close()
        while left := self.processes():
            for pid in left:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            for pid in left:
                assert ends(pid)


def _ordinary_signals():
    """A suite in the background may ignore SIGINT, and children would inherit that."""
    for number in (signal.SIGINT, signal.SIGHUP, signal.SIGTERM):
        signal.signal(number, signal.SIG_DFL)


def _has(pid, mark):
    """Tell whether a process has a mark in its environment."""
    try:
        # While the kernel executes a program, that has neither words nor an environment.
        while not (environment := _read(pid, "environ")) and os.readlink(f"/proc/{pid}/exe"):
            if _read(pid, "cmdline"):
                environment = _read(pid, "environ")
                break
    except OSError:  # ended, or a zombie
        return False
    return mark in environment


def _read(pid, name):
    with open(f"/proc/{pid}/{name}", "rb") as file:
        return file.read()


@pytest.fixture
def bench():
    # Not tmp_path: a socket's path has little room.
    root = Path(tempfile.mkdtemp(prefix="jt-"))
    made = Bench(root)
    try:
        yield made
    finally:
        made.close()
        shutil.rmtree(root, ignore_errors=True)
