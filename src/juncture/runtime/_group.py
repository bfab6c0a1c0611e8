"""A process group by its number: signal it, and wait until none of its processes runs.

The kernel has no event for "this group is empty", but Linux has one for the end of any process, so
a group is waited for by its members. That a number still means the group one thinks of is the
caller's business. Sources: kill(2), pidfd_open(2), proc_pid_stat(5).
"""

from __future__ import annotations

import contextlib
import os
import select
import sys
import time
from pathlib import Path


def send(group: int, signum: int) -> bool:
    """Signal a process group; say whether it exists."""
    try:
        os.killpg(group, signum)
    except ProcessLookupError:
        return False
    except PermissionError:  # it exists, and nobody in it is ours to signal
        return True
    return True


def wait(group: int, deadline: float) -> bool | None:
    """Wait until no process of a group runs; zombies do not count.

    Args:
        group: Its number.
        deadline: In `time.monotonic`.

    Returns:
        Whether it is so; None at once if this system does not tell.
    """
    while members := _members(group):
        with contextlib.ExitStack() as stack:
            for pidfd in [_open(pid, stack) for pid in members]:
                if pidfd is None:
                    return None
                if not _ends(pidfd, deadline):
                    return False
    return None if members is None else True


def open_pidfd(pid: int) -> int | None:
    """Return a descriptor that is readable when a process has ended, None if we get none.

    Raises:
        ProcessLookupError: There is no such process.
    """
    if sys.platform != "linux":
        return None
    try:
        return os.pidfd_open(pid)
    except ProcessLookupError:
        raise
    except OSError:  # an old kernel, a sandbox, or too many open files
        return None


def _members(group: int) -> list[int] | None:
    """Return the processes of a group that run, or None if this system does not tell."""
    if sys.platform != "linux":
        return None
    return [
        int(entry.name)
        for entry in Path("/proc").iterdir()
        if entry.name.isdigit() and _runs_in(entry, group)
    ]


def _runs_in(entry: Path, group: int) -> bool:
    try:
        stat = (entry / "stat").read_bytes()
    except OSError:  # it has ended since
        return False
    # The name in parentheses may hold anything, so count from its end: state, parent, group.
    state, _, number, *_ = stat[stat.rindex(b")") + 2 :].split()
    return int(number) == group and state not in {b"Z", b"X"}


_ENDED = -1


def _open(pid: int, stack: contextlib.ExitStack) -> int | None:
    try:
        pidfd = open_pidfd(pid)
    except ProcessLookupError:
        return _ENDED
    if pidfd is not None:
        stack.callback(os.close, pidfd)
    return pidfd


def _ends(pidfd: int, deadline: float) -> bool:
    if pidfd == _ENDED:
        return True
    poll = select.poll()
    poll.register(pidfd, select.POLLIN)
    return bool(poll.poll(max(0.0, deadline - time.monotonic()) * 1000))
