"""Which process a number means: the host since it was booted, the namespace, and the start time.

A process id outlives its process in files, and the kernel gives it away again; in a home directory
that several hosts share it may even be the id of another host. Sources: proc_pid_stat(5), field 22;
pid_namespaces(7); proc_sys_kernel(5), random/boot_id.
"""

from __future__ import annotations

import os

_START_TIME = 19  # field 22, counted from the one behind the name


def birth(pid: int) -> str:
    """Return what tells this process from every other that had or will have its id.

    Empty if there is no such process, or this system does not tell.
    """
    world = _world()
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            # The name in parentheses may hold anything, so count from its end.
            fields = file.read().rpartition(b")")[2].split()
    except OSError:
        return ""
    if not world or fields[0] in {b"Z", b"X"}:
        return ""
    return f"{world} {fields[_START_TIME].decode()}"


def is_of_this_world(recorded: str) -> bool:
    """Return whether the ids of a recorded birth mean here what they meant then."""
    world = _world()
    return bool(world) and recorded.rpartition(" ")[0] == world


def _world() -> str:
    try:
        with open("/proc/sys/kernel/random/boot_id", encoding="ascii") as file:
            return f"{file.read().strip()} {os.readlink('/proc/self/ns/pid')}"
    except OSError:
        return ""
