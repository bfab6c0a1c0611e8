"""Start and reap child processes, so that no child outlives this process and none stays a zombie.

One thread, the spawner, starts every child and reaps every child. It lives as long as the process,
and that matters: Linux sends the parent-death signal when the *thread* that made the child ends,
not when the process does. It waits in `poll` on one pidfd a child, so it costs nothing while
nothing happens, and an exit status is recorded even when nobody asks for it.

Every child leads its own process group inside the caller's session, starts with no signal blocked,
and on Linux is killed by the kernel when this process dies, however it dies. Elsewhere (no
parent-death signal) a killed parent leaves its children; a normal exit ends them everywhere. The
kernel's signal reaches the child only: what the child itself started must be ended through the
group, by `Child.signal_group` or `terminate_all`.

`preexec_fn` is the standard library's only way to run code in the child, and it makes `subprocess`
fork instead of vfork: about 1 ms a child, and 20 ms more for each gigabyte this process has in
memory. Between fork and exec only four system calls happen; all they need is made ready before.

POSIX only. This module knows nothing of logging, lines or adaptors.
Sources: prctl(2) PR_SET_PDEATHSIG, pidfd_open(2), setpgid(2).
"""

from __future__ import annotations

import atexit
import functools
import os
import queue
import select
import signal
import subprocess
import sys
import threading
import time
from typing import TYPE_CHECKING

from juncture.runtime import _child, _group
from juncture.runtime._child import Child

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_PR_SET_PDEATHSIG = 1


class _Reply:
    """What became of one request; it stays, for whoever was interrupted while waiting for it.

    Not an event, whose lock an interrupt can leave locked: the spawner would wait for it for ever.
    """

    def __init__(self) -> None:
        self.result: Child | BaseException | None = None
        self._given: queue.SimpleQueue[None] = queue.SimpleQueue()

    def give(self, result: Child | BaseException) -> None:
        self.result = result
        self._given.put(None)

    def wait(self) -> None:
        self._given.get()


class _Spawner(threading.Thread):
    """The thread that is the parent of every child."""

    def __init__(self) -> None:
        super().__init__(name="juncture-spawner", daemon=True)
        self.owner = os.getpid()
        self.children: set[Child] = set()
        self._requests: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        self._wake_read, self._wake_write = os.pipe()
        self._poll = select.poll()
        self._by_pidfd: dict[int, Child] = {}

    def run(self) -> None:
        self._poll.register(self._wake_read, select.POLLIN)
        while True:
            for fd, _ in self._poll.poll():
                if fd == self._wake_read:
                    os.read(fd, 4096)
                    self._serve()
                else:
                    self._end(fd)

    def call(self, request: Callable[[], None]) -> None:
        """Have `request` run in the spawner thread."""
        self._requests.put(request)
        os.write(self._wake_write, b"\0")

    def start_child(self, start: Callable[[], Child], reply: _Reply) -> None:
        """Start a child and answer with it, or with what went wrong."""
        for child in tuple(self.children):
            self._forget_if_gone(child)
        try:
            child = start()
            self._watch(child)
        except BaseException as error:  # noqa: BLE001 - raised again in the thread that asked
            reply.give(error)
            return
        self.children.add(child)
        reply.give(child)

    def abandon(self, reply: _Reply) -> None:
        """Kill the child whose requester was interrupted; requests are served in order."""
        if isinstance(child := reply.result, Child):
            child.signal_group(signal.SIGKILL)
            for stream in child.streams:
                stream.close()

    def _serve(self) -> None:
        """Serve all there is: who was interrupted in `call` may have asked without a wake-up."""
        while not self._requests.empty():
            self._requests.get()()

    def _watch(self, child: Child) -> None:
        pidfd = _group.open_pidfd(child.pid)
        if pidfd is None:
            wait = functools.partial(self._wait_and_end, child)
            thread = threading.Thread(target=wait, name=f"juncture-wait-{child.pid}", daemon=True)
            try:
                thread.start()
            except RuntimeError:  # no thread is left either: nobody would learn of its end
                child.signal_group(signal.SIGKILL)
                child.reap(blocking=True)
                for stream in child.streams:
                    stream.close()
                raise
            return
        self._by_pidfd[pidfd] = child
        self._poll.register(pidfd, select.POLLIN)

    def _end(self, pidfd: int) -> None:
        child = self._by_pidfd.pop(pidfd)
        self._poll.unregister(pidfd)
        os.close(pidfd)
        child.reap()
        self._forget_if_gone(child)

    def _wait_and_end(self, child: Child) -> None:
        child.reap(blocking=True)
        self.call(functools.partial(self._forget_if_gone, child))

    def _forget_if_gone(self, child: Child) -> None:
        if child.returncode is not None and not child.group_exists():
            self.children.discard(child)


_lock = threading.Lock()
_spawners: list[_Spawner] = []
"""The spawner of this process is the last; one inherited through fork is kept but never used."""


def spawn(argv: Sequence[str], *, cwd: str | None = None) -> Child:
    """Start a program with three pipes in its own process group.

    Args:
        argv: The program, looked up in PATH unless it holds a slash, and its arguments.
        cwd: Directory to start it in; None for the current one.

    Returns:
        The running child.

    Raises:
        OSError: The program cannot be started; as `subprocess.Popen` says it.
    """
    spawner = _spawner()
    reply = _Reply()
    start = functools.partial(_start, tuple(argv), cwd, spawner.owner)
    try:
        spawner.call(functools.partial(spawner.start_child, start, reply))
        reply.wait()
        if isinstance(reply.result, Child):
            return reply.result
    except BaseException:
        # A signal handler raised in the main thread: nobody will ever hold this child.
        spawner.call(functools.partial(spawner.abandon, reply))
        raise
    raise reply.result or AssertionError  # it is given with one or the other


def live_children() -> tuple[Child, ...]:
    """Children of this process whose group still has a process in it."""
    if not _spawners or _spawners[-1].owner != os.getpid():
        return ()
    return tuple(child for child in tuple(_spawners[-1].children) if child.group_exists())


def terminate_all(grace_time_s: float = 0) -> None:
    """End every live child and its whole group.

    Args:
        grace_time_s: Seconds between SIGTERM and SIGKILL for all of them together; 0 kills at once.
    """
    children = live_children()
    if grace_time_s > 0:
        for child in children:
            child.signal_group(signal.SIGTERM)
        deadline = time.monotonic() + grace_time_s
        for child in children:
            child.wait_group(max(0.0, deadline - time.monotonic()))
    for child in children:
        child.signal_group(signal.SIGKILL)
    for child in children:
        child.wait(_child.KILL_WAIT_S)


def _spawner() -> _Spawner:
    """Return the spawner of this process, which is not the one of the process we forked from."""
    with _lock:
        if not _spawners:
            atexit.register(terminate_all)
        if not _spawners or _spawners[-1].owner != os.getpid():
            spawner = _Spawner()
            spawner.start()
            _spawners.append(spawner)
        return _spawners[-1]


def _start(argv: tuple[str, ...], cwd: str | None, owner: int) -> Child:
    return Child(
        subprocess.Popen(  # noqa: S603, TID251 - this is where children are made
            argv,
            cwd=cwd,
            bufsize=0,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            preexec_fn=_child_setup(owner),  # noqa: PLW1509 - see the module's docstring
        )
    )


def _child_setup(owner: int) -> Callable[[], None]:
    """Return what the child does between fork and exec."""
    prctl = _prctl()
    setpgid, sigmask, getppid, leave = os.setpgid, signal.pthread_sigmask, os.getppid, os._exit
    set_mask, kill = signal.SIG_SETMASK, int(signal.SIGKILL)

    def set_up() -> None:
        setpgid(0, 0)
        sigmask(set_mask, ())
        if prctl is not None:
            prctl(_PR_SET_PDEATHSIG, kill, 0, 0, 0)
            if getppid() != owner:  # it died before the kernel was told to tell us
                leave(127)

    return set_up


@functools.cache
def _prctl() -> Callable[[int, int, int, int, int], int] | None:
    """Return the C function, or None where it does not exist."""
    if sys.platform != "linux":
        return None
    import ctypes

    # PyDLL keeps the interpreter lock during the call: there is nobody to hand it to after a fork.
    prctl = ctypes.PyDLL(None).prctl
    prctl.argtypes = (ctypes.c_int, *[ctypes.c_ulong] * 4)
    prctl.restype = ctypes.c_int

    def call(option: int, *args: int) -> int:
        return int(prctl(option, *args))

    return call
