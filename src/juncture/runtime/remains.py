"""What a daemon that was killed, or must be, leaves behind: its session, its files.

A daemon is a session leader, and its children stay in its session, so that whatever is left can be
found by session id after the daemon itself is gone.
"""

from __future__ import annotations

import contextlib
import os
import select
import shutil
import signal
import stat
import time

from juncture.runtime import connection_file
from juncture.runtime import outcome as outcomes
from juncture.runtime._birth import birth, is_of_this_world
from juncture.runtime.outcome import Outcome

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

KILL_WAIT_S = 10.0
"""How long to wait for what was killed; what is stuck in the kernel is given up after that."""

_PRIVATE_PREFIX = "juncture-"


def end_by_force(path: str | None) -> Outcome:
    """End the daemon of a connection file and all its children now, and remove its files.

    The adaptor's `on_stop` and `on_cleanup` do not run.

    Raises:
        NoDaemonError: there is no connection file.
        ConnectionFileError: the connection file cannot be used.
    """
    path = connection_file.resolve(path)
    info = connection_file.read(path)
    pid = _living_leader(info)
    if pid:
        end_session(pid)
    sweep(info)
    connection_file.remove(path, info.get("token", ""))
    return Outcome(outcomes.DONE)


def sweep(info: dict[str, str]) -> int:
    """Kill what is left of the session of a dead daemon and remove its files.

    Args:
        info: What the connection file of that daemon said.

    Returns:
        How many processes were killed.
    """
    killed = 0
    leader = _leader(info)
    # After a boot, on another host or in another container the number means somebody else; and the
    # kernel gives it to nobody while it is the id of a session.
    if leader and is_of_this_world(info.get("birth", "")) and not _is_alive(leader):
        left = _members(leader)
        _end(left, signal.SIGKILL, KILL_WAIT_S)
        killed = len(left)
    for path in (info.get("log", ""), info.get("socket", "")):
        remove_private(os.path.dirname(path))
    return killed


def _leader(info: dict[str, str]) -> int:
    return int(info["pid"]) if info.get("pid", "").isdecimal() else 0


def _living_leader(info: dict[str, str]) -> int:
    """Return the id of the daemon of a connection file if it is alive, else 0.

    It is not asked: it may be deaf.
    """
    pid = _leader(info)
    recorded = info.get("birth", "")
    if recorded:
        return pid if birth(pid) == recorded else 0
    return 0 if not pid or not _is_alive(pid) or os.getsid(pid) != pid else pid


def end_children(grace_s: float) -> int:
    """End every other process in the session of this daemon; return how many there were.

    They are asked by SIGTERM first and killed when `grace_s` is over. Processes that made a session
    of their own wanted to outlive the daemon, and do.
    """
    own = os.getpid()
    if os.getsid(0) != own:
        return 0
    pids = [pid for pid in _members(own) if pid != own]
    if grace_s:
        _end(pids, signal.SIGTERM, grace_s)
    _end([pid for pid in _members(own) if pid != own], signal.SIGKILL, KILL_WAIT_S)
    return len(pids)


def remove_private(directory: str) -> None:
    """Remove a directory that a daemon of this user made, with all that is in it."""
    if not os.path.basename(directory).startswith(_PRIVATE_PREFIX):
        return
    try:
        info = os.lstat(directory)
    except OSError:
        return
    if stat.S_ISDIR(info.st_mode) and info.st_uid == os.geteuid() and not info.st_mode & 0o077:
        shutil.rmtree(directory, ignore_errors=True)


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return not _is_zombie(pid)


def _is_zombie(pid: int) -> bool:
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            return file.read().rpartition(b")")[2].split()[0] == b"Z"
    except OSError:
        return False


def _members(session: int) -> list[int]:
    """Return the processes of this user in a session; empty where there is no /proc."""
    found: list[int] = []
    try:
        names = os.listdir("/proc")
    except OSError:
        return found
    for name in names:
        if not name.isdigit():
            continue
        pid = int(name)
        try:
            mine = os.stat(f"/proc/{name}").st_uid == os.geteuid()
            if mine and os.getsid(pid) == session and not _is_zombie(pid):
                found.append(pid)
        except OSError:
            continue
    return found


def end_session(pid: int) -> None:
    """Kill a process and the session that it leads; return when they have ended."""
    _end({pid, *_members(pid)}, signal.SIGKILL, KILL_WAIT_S)
    _end(_members(pid), signal.SIGKILL, KILL_WAIT_S)  # what they have started meanwhile


def _end(pids: Iterable[int], number: int, seconds: float) -> None:
    """Send a signal to processes, and wait at most so long until they have ended."""
    end = time.monotonic() + seconds
    with contextlib.ExitStack() as opened:
        poll = select.poll()
        waiting: set[int] = set()
        for pid in pids:
            with contextlib.suppress(AttributeError, OSError):
                fd = os.pidfd_open(pid)
                opened.callback(os.close, fd)
                poll.register(fd, select.POLLIN)
                waiting.add(fd)
            with contextlib.suppress(OSError):
                os.kill(pid, number)
        while waiting and (left := end - time.monotonic()) > 0:
            for fd, _ in poll.poll(left * 1000):
                poll.unregister(fd)
                waiting.discard(fd)
