"""Questions about processes that tests ask the system, whoever's children they are."""

import contextlib
import os
import select
import signal
import subprocess
import sys
from pathlib import Path

PATIENCE_S = 60
"""How long something may take that takes an instant; whoever waits for longer waits in vain."""

ENVIRONMENT = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
"""For an interpreter that is to import what this one can."""


def ends(pid, timeout_s=PATIENCE_S):
    """Wait until a process has ended and say whether it has."""
    try:
        pidfd = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        poll = select.poll()
        poll.register(pidfd, select.POLLIN)
        return bool(poll.poll(timeout_s * 1000))
    finally:
        os.close(pidfd)


def end_group(leader):
    """Kill a child and its process group, and return when nothing of it is left.

    Args:
        leader: The `Popen` of a child that leads the group.
    """
    with contextlib.suppress(ProcessLookupError):
        os.killpg(leader.pid, signal.SIGKILL)
    leader.wait()
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):  # it has ended
            group = stat.read_bytes().rpartition(b")")[2].split()[2]
            if int(group) == leader.pid:
                assert ends(int(stat.parent.name))


def is_pending(pid, signum):
    """Tell whether a process has still to take a signal that was sent to it."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    masks = [line.split()[1] for line in status.splitlines() if "Pnd:" in line]
    return any(int(mask, 16) & 1 << (signum - 1) for mask in masks)


def children_of_this_process():
    """Return the ids of our children, zombies included."""
    found = set()
    for task in Path("/proc/self/task").iterdir():
        # A thread that has ended meanwhile has none: the kernel gives them to another.
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            found.update(map(int, (task / "children").read_text(encoding="ascii").split()))
    return found


def open_files():
    """Return how many descriptors this process has open."""
    return len(list(Path("/proc/self/fd").iterdir()))


def run_alone(program, *arguments):
    """Run Python code in a process of its own, where no other test has left a thing to count."""
    done = subprocess.run(
        [sys.executable, "-c", program, *map(str, arguments)],
        env={**os.environ, "PYTHONPATH": ENVIRONMENT["PYTHONPATH"]},
        stdin=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
