"""What Linux tells about another process: memory, CPU ticks, wake-ups, and its end.

Follows proc(5) and pidfd_open(2).
"""

from __future__ import annotations

import os
import select
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

KIB = 1024
MB = 1_000_000


@contextmanager
def end_of(pid: int) -> Iterator[Callable[[float], None]]:
    """Yield a function that returns when a process has ended, or raises after so many seconds.

    Entered while the process lives, it cannot mistake a reused id for it.

    Raises:
        TimeoutError: it still lives.
    """
    fd = os.pidfd_open(pid)

    def wait(seconds: float) -> None:
        poll = select.poll()
        poll.register(fd, select.POLLIN)
        if not poll.poll(seconds * 1000):
            raise TimeoutError(f"process {pid} still lives after {seconds} s")

    try:
        yield wait
    finally:
        os.close(fd)


def _status(path: Path) -> dict[str, int]:
    numbers = {}
    for line in path.read_text(encoding="ascii", errors="replace").splitlines():
        name, _, value = line.partition(":")
        words = value.split()
        if words and words[0].isdecimal():
            numbers[name] = int(words[0])
    return numbers


def memory_mb(pid: int) -> tuple[float, float]:
    """Return the resident memory of a process and its peak, in units of 10^6 bytes."""
    status = _status(Path(f"/proc/{pid}/status"))
    return status["VmRSS"] * KIB / MB, status["VmHWM"] * KIB / MB


def cpu_ticks(pid: int) -> int:
    """Return the clock ticks a process has spent in user and kernel mode."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace")
    after_name = fields.rpartition(")")[2].split()
    return int(after_name[11]) + int(after_name[12])


def context_switches(pid: int) -> dict[int, int]:
    """Return `{thread id: switches, voluntary or not}`; a thread that sleeps on makes none."""
    return {
        int(task.name): sum(
            value for name, value in _status(task / "status").items() if "ctxt_switches" in name
        )
        for task in Path(f"/proc/{pid}/task").iterdir()
    }


def wake_ups(before: dict[int, int], after: dict[int, int]) -> int:
    """Return how often threads were switched between two readings of `context_switches`."""
    return sum(count - before.get(thread, 0) for thread, count in after.items())
