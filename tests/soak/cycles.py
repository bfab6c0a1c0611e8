"""A thousand daemons one after another: nothing may be left of them, and nothing may grow.

Run by hand: `PYTHONPATH=src:tests python tests/soak/cycles.py [CYCLES]`. Every tenth daemon is killed,
and so is every tenth command. Exits with 1 when a process, a file, a socket or a descriptor is left.
"""  # noqa: E501

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from processes import ends, open_files

from juncture.runtime import DaemonClient

ADAPTORS = Path(__file__).parents[1] / "integration" / "runtime" / "adaptors"


class Soak:
    """Daemons of the `testbed` adaptor in a directory of their own."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.connection = str(root / "c.json")
        self.environment = {
            **os.environ,
            "PYTHONPATH": os.pathsep.join([str(ADAPTORS), *sys.path]),
            "TMPDIR": str(root / "tmp"),
            "JUNCTURE_TEST_DIR": str(root),
        }
        self.environment.pop("XDG_RUNTIME_DIR", None)
        (root / "tmp").mkdir()

    def command(self, *arguments: str, expected: int | None = 0) -> subprocess.Popen[bytes]:
        """Begin a command, and see it end with the expected status; None leaves it running."""
        command = subprocess.Popen(
            [sys.executable, "-m", "testbed", *arguments, "--connection-file", self.connection],
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        if expected is not None:
            out, _ = command.communicate(timeout=60)
            if command.returncode != expected:
                sys.exit(f"{arguments} ended with {command.returncode}: {out.decode()}")
        return command

    def start(self) -> int:
        """Start a daemon with a child, and return its process id."""
        data = json.dumps({"start": [["child", "sleep", "600"], ["system", "sleep 600 &"]]})
        self.command("daemon", "start", "--init-data", data)
        return int(json.loads(Path(self.connection).read_text(encoding="ascii"))["pid"])

    def cycle(self, number: int) -> None:
        """One daemon from start to end."""
        pid = self.start()
        if number % 10 == 5:
            data = json.dumps({"do": [["say", "begun"], ["wait_cancel"]]})
            run = self.command("daemon", "run", "--run-data", data, expected=None)
            assert run.stdout is not None
            while run.stdout.readline() not in (b"begun\n", b""):
                pass
            run.kill()
            run.communicate()
        elif number % 10 == 3:
            self.command("daemon", "run")
        else:
            with DaemonClient(self.connection) as client:
                assert client.run({"do": [["log", 10]]}).ok
        if number % 10 == 9:
            os.kill(pid, signal.SIGKILL)  # the next start sweeps up
        elif number % 10 == 7:
            os.kill(pid, signal.SIGTERM)
        else:
            self.command("daemon", "stop")
        if not ends(pid):
            sys.exit(f"daemon {pid} of cycle {number} does not end")

    def left(self) -> dict[str, list[str]]:
        """Return what is there, by kind."""
        mark = f"JUNCTURE_TEST_DIR={self.root}\0".encode()
        processes = []
        for pid in filter(str.isdigit, os.listdir("/proc")):
            try:
                if mark in Path(f"/proc/{pid}/environ").read_bytes():
                    processes.append(pid)
            except OSError:
                continue
        sockets = [
            line.split()[-1]
            for line in Path("/proc/net/unix").read_text(encoding="utf-8").splitlines()
            if str(self.root) in line
        ]
        files = [str(path) for path in (self.root / "tmp").rglob("*")]
        return {"processes": processes, "sockets": sockets, "files": files}


def main() -> None:
    """Go through the cycles and say what is left."""
    cycles = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    root = Path(tempfile.mkdtemp(prefix="jt-"))
    soak = Soak(root)
    began, before = time.monotonic(), open_files()
    try:
        for number in range(cycles):
            soak.cycle(number)
            if number % 100 == 99:
                print(f"{number + 1} cycles, {time.monotonic() - began:.0f} s", flush=True)
        soak.start()  # sweeps up after the last one
        soak.command("daemon", "stop")
        left = soak.left()
        print(json.dumps({"cycles": cycles, "left": left, "open_files": open_files() - before}))
        if any(left.values()) or open_files() != before or os.path.exists(soak.connection):
            sys.exit(1)
    finally:
        shutil.rmtree(root, ignore_errors=True)


if __name__ == "__main__":
    main()
