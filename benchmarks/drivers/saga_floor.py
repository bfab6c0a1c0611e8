"""Floors of back-end access: `saga_floor.py KIND SHELL…`, where SHELL is the command of a `sh`."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
import timeit
from pathlib import Path

from living import serve

SIZE = 4_000_000
LOOP = 100_000
PAUSE_S = 0.03


class Plain:
    """An object with a slot."""

    __slots__ = ("value",)


class Shell:
    """A `sh` on pipes."""

    def __init__(self) -> None:
        given, self._input = os.pipe()
        self._output, taken = os.pipe()
        subprocess.Popen(sys.argv[2:], stdin=given, stdout=taken)
        os.close(given)
        os.close(taken)

    def run(self, command: bytes) -> None:
        """Run a command and read its status."""
        os.write(self._input, command + b"; echo $?\n")
        if (status := os.read(self._output, 2)) != b"0\n":
            raise SystemExit(f"{command!r} returned {status!r}")


def _attribute(count: int) -> list[float]:
    thing = Plain()
    thing.value = "value"
    timer = timeit.Timer("thing.value", globals={"thing": thing})
    return [timer.timeit(LOOP) / LOOP for _ in range(count)]


def _processes(count: int) -> list[float]:
    begin = time.perf_counter()
    for _ in range(count):
        subprocess.run(["/bin/true"], check=True)
    return [count / (time.perf_counter() - begin)]


def _agent(count: int) -> list[float]:
    shell = Shell()
    shell.run(b"true")
    begin = time.perf_counter()
    for _ in range(count):
        shell.run(b"/bin/true")
    return [count / (time.perf_counter() - begin)]


def _xargs(count: int) -> list[float]:
    shell = Shell()
    shell.run(b"true")
    begin = time.perf_counter()
    shell.run(b"seq %d | xargs -P2 -n1 /bin/true" % count)
    return [count / (time.perf_counter() - begin)]


def _round_trip(count: int) -> list[float]:
    shell = Shell()
    shell.run(b"true")
    times = []
    for _ in range(count):
        begin = time.perf_counter()
        shell.run(b"true")
        times.append(time.perf_counter() - begin)
    return times


def _end(count: int) -> list[float]:
    """Tell a child to end and wait for it."""
    times = []
    with tempfile.TemporaryDirectory() as directory:
        fifo = os.path.join(directory, "fifo")
        os.mkfifo(fifo)
        for _ in range(count):
            child = subprocess.Popen(["/bin/sh", "-c", f"read line <{fifo}"])
            pipe = os.open(fifo, os.O_WRONLY)
            time.sleep(PAUSE_S)
            begin = time.perf_counter()
            os.write(pipe, b"go\n")
            os.close(pipe)
            child.wait()
            times.append(time.perf_counter() - begin)
    return times


def _read(count: int) -> list[float]:
    times = []
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory, "text")
        path.write_bytes(bytes(SIZE))
        for _ in range(count):
            begin = time.perf_counter()
            path.read_bytes()
            times.append(time.perf_counter() - begin)
    return times


KINDS = {
    "attribute": _attribute,
    "processes": _processes,
    "agent": _agent,
    "xargs": _xargs,
    "round-trip": _round_trip,
    "end": _end,
    "read": _read,
}

if __name__ == "__main__":
    kind = KINDS[sys.argv[1]]
    serve(lambda count: {"values": kind(count), "extras": {}})
