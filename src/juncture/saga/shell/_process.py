"""Local processes with three pipes: a `sh`, or the OpenSSH client that leads to one.

Each leads a session of its own, so that neither Ctrl-C nor a terminal of the user's reaches it, and
ends when its input ends. They are started without `subprocess`, whose import takes longer than the
start. Sources: posix_spawn(3), waitpid(2).
"""

from __future__ import annotations

import os
import select
import threading
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any

    from juncture.saga.exceptions import SagaException
    from juncture.saga.shell._terminal import Terminal

_KILL_WAIT_S = 10.0
_STREAMS = 3
_READ_BYTES = 1 << 16
# The module `signal` would have to be imported for these.
_SIGHUP, _SIGINT, _SIGQUIT, _SIGKILL, _SIGPIPE, _SIGTERM, _SIGXFSZ = 1, 2, 3, 9, 13, 15, 25


class PipedProcess:
    """A child process and our ends of its streams.

    Args:
        argv: Program, looked up in PATH, and arguments.
        environment: Variables; None for those of this process.
        terminal: One that is to be its controlling terminal; None for none.

    Raises:
        OSError: the program cannot be started.
    """

    def __init__(
        self,
        argv: Sequence[str],
        environment: Mapping[str, str] | None = None,
        terminal: Terminal | None = None,
    ) -> None:
        self.explain: Callable[[str, int | None], SagaException] | None = None
        """Makes an exception of its last words and its status, if more is known than those say."""
        self._status: int | None = None
        self._is_reaped = False
        self._lock = threading.Lock()
        (theirs, self.stdin), (self.stdout, output), (self.stderr, errors) = _pipes()
        try:
            self.pid = _spawn(argv, environment, (theirs, output, errors), terminal)
        except BaseException:
            for fd in (self.stdin, self.stdout, self.stderr):
                os.close(fd)
            raise
        finally:
            for fd in (theirs, output, errors):
                os.close(fd)
        os.set_blocking(self.stdin, False)

    def wait(self, timeout: float | None = None) -> int | None:
        """Wait for the end and return the status, negative for a signal.

        Args:
            timeout: Seconds; None waits for ever.

        Returns:
            The status; None while it goes on, and if somebody else has collected it.
        """
        if self._reap():
            return self._status
        try:
            pidfd = os.pidfd_open(self.pid)
        except (AttributeError, OSError):  # not Linux, or gone
            return self._status if self._reap(blocking=timeout is None) else None
        try:
            poll = select.poll()
            poll.register(pidfd, select.POLLIN)
            poll.poll(None if timeout is None else max(timeout, 0) * 1000)
        finally:
            os.close(pidfd)
        self._reap()
        return self._status

    @property
    def has_ended(self) -> bool:
        """Whether the process is no more."""
        return self._reap()

    def outcome(self, timeout: float) -> tuple[int | None, bytes, bytes] | None:
        """Let the process read nothing, wait for its end, and let go of it.

        Args:
            timeout: Seconds; a process that has not ended then is killed.

        Returns:
            Status, as `wait` says it, output, and standard error; None if it was too slow.
        """
        said = {self.stdout: b"", self.stderr: b""}
        deadline = time.monotonic() + timeout
        poll = select.poll()
        for fd in said:
            poll.register(fd, select.POLLIN)
        try:
            self.close_input()
            left = len(said)
            while left:
                ready = poll.poll(max(deadline - time.monotonic(), 0) * 1000)
                if not ready:
                    return None
                for fd, _ in ready:
                    data = os.read(fd, _READ_BYTES)
                    said[fd] += data
                    if not data:
                        poll.unregister(fd)
                        left -= 1
            status = self.wait(max(deadline - time.monotonic(), 0))
            return status, said[self.stdout], said[self.stderr]
        finally:
            self.discard()

    def close_input(self) -> None:
        """Let the process read no more."""
        fd, self.stdin = self.stdin, -1
        os.close(fd)

    def discard(self) -> None:
        """Kill the process and close our ends of its streams."""
        try:
            self.kill()
        finally:  # Ctrl-C may end the wait for its end
            for fd in (self.stdin, self.stdout, self.stderr):
                if fd >= 0:
                    os.close(fd)

    def terminate(self) -> None:
        """Ask the process to end, so that it can tidy up; nobody waits for that."""
        with self._lock:  # until it is reaped its number is nobody else's
            if not self._is_reaped:
                try:
                    os.kill(self.pid, _SIGTERM)
                except ProcessLookupError:  # somebody else has waited for all children
                    self._is_reaped = True

    def kill(self) -> None:
        """End the process and its session's first process group; it is reaped then."""
        with self._lock:  # until it is reaped its number is nobody else's
            if not self._is_reaped:
                for send in (os.killpg, os.kill):
                    try:
                        send(self.pid, _SIGKILL)
                    except (ProcessLookupError, PermissionError):
                        continue
        self.wait(_KILL_WAIT_S)

    def _reap(self, *, blocking: bool = False) -> bool:
        """Collect the status if the process has ended, and say whether it has."""
        with self._lock:
            if not self._is_reaped:
                try:
                    pid, status = os.waitpid(self.pid, 0 if blocking else os.WNOHANG)
                except ChildProcessError:  # somebody else has waited for all children
                    self._is_reaped = True
                else:
                    if pid:
                        self._is_reaped = True
                        self._status = os.waitstatus_to_exitcode(status)
            return self._is_reaped


def _pipes() -> list[tuple[int, int]]:
    """Return a pipe for each stream, or none of them when descriptors are short."""
    pipes: list[tuple[int, int]] = []
    try:
        pipes.extend(os.pipe() for _ in range(_STREAMS))
    except BaseException:
        for fd in (fd for pipe in pipes for fd in pipe):
            os.close(fd)
        raise
    return pipes


def _spawn(
    argv: Sequence[str],
    environment: Mapping[str, str] | None,
    streams: tuple[int, int, int],
    terminal: Terminal | None,
) -> int:
    actions: list[tuple[Any, ...]] = []
    if terminal is not None:  # the first that the leader of a session opens is the session's
        actions += [
            (os.POSIX_SPAWN_OPEN, terminal.slave, terminal.name, os.O_RDWR, 0),
            (os.POSIX_SPAWN_CLOSE, terminal.slave),
        ]
    actions += [(os.POSIX_SPAWN_DUP2, fd, number) for number, fd in enumerate(streams)]
    actions += [(os.POSIX_SPAWN_CLOSE, fd) for fd in _inherited()]
    given = os.environ if environment is None else environment
    # What we ignore our children would ignore, too: the first three because `nohup` or a shell in
    # whose background we run says so, the last two because Python does.
    defaults = (_SIGHUP, _SIGINT, _SIGQUIT, _SIGPIPE, _SIGXFSZ)
    try:
        return os.posix_spawnp(
            argv[0],
            list(argv),
            given,
            file_actions=actions,
            setsid=True,
            setsigmask=(),
            setsigdef=defaults,
        )
    except NotImplementedError as error:  # a system without that flag: a process group must do
        if terminal is not None:
            raise OSError("no process can have a terminal of its own here") from error
        return os.posix_spawnp(
            argv[0],
            list(argv),
            given,
            file_actions=actions,
            setpgroup=0,
            setsigmask=(),
            setsigdef=defaults,
        )


def _inherited() -> list[int]:
    """Return what a child would have open beside its streams.

    Python's own descriptors are closed in children; these came with this process, such as the lock
    of `flock 9` around it, which a job must not hold on to.
    """
    try:
        names = os.listdir("/proc/self/fd")
    except OSError:  # not Linux
        return []
    found: list[int] = []
    for fd in map(int, names):
        try:
            if fd >= _STREAMS and os.get_inheritable(fd):
                found.append(fd)
        except OSError:  # it was that of the listing, or another thread has closed it
            continue
    return found
