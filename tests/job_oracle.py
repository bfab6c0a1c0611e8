"""What tests ask the system about the processes of jobs, by another path than the adaptors' own."""

import contextlib
import os
import signal
import subprocess
import time
from pathlib import Path

from processes import PATIENCE_S


def mark():
    """Return a number that no other process on this machine has in its command line."""
    return str(100_000_000 + int.from_bytes(os.urandom(7), "big") % 900_000_000)


def state_of(process):
    """Return the state letter of a process."""
    return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]


def processes(text):
    """Return the ids of the processes whose command line holds a text."""
    found = []
    for name in filter(str.isdecimal, os.listdir("/proc")):
        try:
            line = Path(f"/proc/{name}/cmdline").read_bytes().replace(b"\0", b" ")
            state = state_of(name)
        except OSError:
            continue
        if text.encode() in line and state != "Z" and int(name) != os.getpid():
            found.append(int(name))
    return found


def sleeps(number):
    """Return the ids of the processes that are `sleep NUMBER`, without the shells that say so."""
    return [pid for pid in processes(f"sleep {number}") if _name(pid) == "sleep"]


def end_sleeps(number):
    """End those that `sleeps` returns."""
    for pid in sleeps(number):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def _name(pid):
    try:
        return Path(f"/proc/{pid}/comm").read_text().strip()
    except OSError:
        return ""


def until(condition, what="the condition"):
    """Return what a function returns when it is true; the only wait for what pushes nothing."""
    deadline = time.monotonic() + PATIENCE_S
    while not (value := condition()):
        assert time.monotonic() < deadline, what
        subprocess.run(["/bin/sleep", "0.02"], check=True)
    return value
