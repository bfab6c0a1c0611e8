"""Pseudo terminals, and processes that have one as their controlling terminal.

The child opens the terminal itself, as the leader of a new session, which makes it its controlling
terminal (open(2), O_NOCTTY); so no code of ours runs between fork and exec. Our end is inherited by
nobody: when this process dies, however it dies, the kernel hangs the child up. The one exception is
for a process that ignores SIGHUP, as under `nohup`: a child that inherited that would not mind.
"""

from __future__ import annotations

import fcntl
import os
import sys
import termios

TYPE_CHECKING = False
if TYPE_CHECKING:
    import subprocess
    from collections.abc import Mapping, Sequence

_ATTACH = ("/bin/sh", "-c", ': <>"$0" && exec "$@"')
_OPOST = 1
_LOCAL = 3
_KILL_WAIT_S = 10.0


class Terminal:
    """A pseudo terminal: our end, the child's end, and the name of that."""

    __slots__ = ("master", "name", "slave")

    def __init__(self, master: int, slave: int, name: str) -> None:
        self.master = master
        self.slave = slave
        self.name = name


def open_terminal(rows: int = 24, columns: int = 80, *, packets: bool = False) -> Terminal:
    """Open a terminal that neither echoes nor translates newlines in what a program writes.

    Args:
        rows: Its height in characters.
        columns: Its width.
        packets: Whether our end tells when its modes change (ioctl_tty(2), TIOCPKT): the first byte
            of each read is then about the terminal.
    """
    master, slave = os.openpty()
    try:
        modes = termios.tcgetattr(slave)
        modes[_OPOST] &= ~termios.OPOST
        modes[_LOCAL] &= ~(termios.ECHO | termios.ECHONL)
        termios.tcsetattr(slave, termios.TCSANOW, modes)
        fcntl.ioctl(slave, termios.TIOCSWINSZ, _size(rows, columns))
        if packets:
            fcntl.ioctl(master, termios.TIOCPKT, (1).to_bytes(4, sys.byteorder))
        return Terminal(master, slave, os.ttyname(slave))
    except BaseException:
        os.close(master)
        os.close(slave)
        raise


def _size(rows: int, columns: int) -> bytes:
    """Return a `struct winsize` (ioctl_tty(2)), whose sizes in pixels nobody knows."""
    return b"".join(number.to_bytes(2, sys.byteorder) for number in (rows, columns, 0, 0))


def start_on(
    terminal: Terminal,
    argv: Sequence[str],
    *,
    environment: Mapping[str, str] | None = None,
    cwd: str | None = None,
) -> subprocess.Popen[bytes]:  # noqa: TID251 - a type
    """Start a program whose streams and controlling terminal are `terminal`.

    Args:
        terminal: A new terminal.
        argv: Program and arguments.
        environment: Variables; None for those of this process.
        cwd: Directory to start it in; None for the current one.

    Raises:
        OSError: it cannot be started. A missing program is told by exit status 127.
    """
    import functools
    import signal
    import subprocess

    mind = functools.partial(signal.signal, signal.SIGHUP, signal.SIG_DFL)
    ignored = signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    try:
        return subprocess.Popen(  # noqa: S603, TID251 - this is where they are started
            (*_ATTACH, terminal.name, *argv),
            bufsize=0,
            env=environment,
            cwd=cwd,
            stdin=terminal.slave,
            stdout=terminal.slave,
            stderr=terminal.slave,
            start_new_session=True,
            preexec_fn=mind if ignored else None,  # noqa: PLW1509 - it calls one C function
        )
    finally:
        os.close(terminal.slave)


def kill(process: subprocess.Popen[bytes], terminal: int = -1) -> int | None:  # noqa: TID251
    """End a process and its group, reap it, and return its status, negative for a signal.

    Args:
        process: What was started on a terminal.
        terminal: Our end of it, to end what is in the foreground there, too.
    """
    import contextlib
    import signal
    import subprocess

    if terminal >= 0:
        with contextlib.suppress(OSError):  # nobody is
            group = os.tcgetpgrp(terminal)
            if group not in (0, process.pid):
                os.killpg(group, signal.SIGKILL)
    if process.poll() is None:
        for send in (os.killpg, os.kill):
            try:
                send(process.pid, signal.SIGKILL)
            except (ProcessLookupError, PermissionError):
                continue
    try:
        return process.wait(_KILL_WAIT_S)
    except subprocess.TimeoutExpired:  # it is stuck in the kernel
        return None
