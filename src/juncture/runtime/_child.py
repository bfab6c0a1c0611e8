"""One child process with its process group: its streams, its end, and signals to the whole group.

A signal never reaches a stranger: the group is signalled under a lock that keeps the child from
being reaped meanwhile, and after that only if the kernel cannot have given its number away.
Children are made, and told of their end, by `_spawn` alone. Source: kill(2).
"""

from __future__ import annotations

import os
import threading
import time
from typing import IO, TYPE_CHECKING

from juncture.runtime import _group

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable

KILL_WAIT_S = 10.0
"""How long to wait for a killed process; one stuck in the kernel is given up after that."""


class Child:
    """One child process and its group; made by `spawn`."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:  # noqa: TID251 - a type
        self._process = process
        self._ended = threading.Event()
        self._on_end: list[Callable[[], None]] = []
        # Held while the child is reaped and while its group is signalled: between the two the
        # number could come to mean somebody else.
        self._lock = threading.Lock()

    @property
    def pid(self) -> int:
        """Process id, which is also the id of the child's process group."""
        return self._process.pid

    @property
    def returncode(self) -> int | None:
        """Exit status, negative for a signal, None while the child runs."""
        return self._process.returncode if self._ended.is_set() else None

    @property
    def streams(self) -> tuple[IO[bytes], IO[bytes], IO[bytes]]:
        """Our unbuffered ends of the child's stdin, stdout and stderr."""
        stdin, stdout, stderr = self._process.stdin, self._process.stdout, self._process.stderr
        if stdin is None or stdout is None or stderr is None:  # pragma: no cover
            message = "a child is always started with three pipes"
            raise AssertionError(message)
        return stdin, stdout, stderr

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until the child has ended.

        Args:
            timeout: Seconds; None waits for ever.

        Returns:
            Whether it has ended.
        """
        return self._ended.wait(timeout)

    def wait_group(self, timeout: float) -> bool | None:
        """Wait until the child has ended and no process of its group runs.

        Args:
            timeout: Seconds for all of it.

        Returns:
            Whether it is so; None when the child has ended and this system does not tell more.
        """
        deadline = time.monotonic() + timeout
        if not self.wait(timeout):
            return False
        return not self.group_exists() or _group.wait(self.pid, deadline)

    def call_on_end(self, callback: Callable[[], None]) -> None:
        """Call `callback` once when the child has ended, at once if it already has.

        It runs in the spawner thread, so it must neither block nor raise.
        """
        with self._lock:
            if not self._ended.is_set():
                self._on_end.append(callback)
                return
        callback()

    def signal_group(self, signum: int) -> None:
        """Send a signal to every process of the child's group; nothing happens if none is left."""
        with self._lock:
            if self._group_exists():
                _group.send(self.pid, signum)

    def group_exists(self) -> bool:
        """Whether a process of the child's group is left, the child itself included."""
        with self._lock:
            return self._group_exists()

    def _group_exists(self) -> bool:
        if self._process.returncode is None:
            return True
        # The kernel reuses the number of a group only when the group is empty. So if a process has
        # the number now, it is a stranger's; if none has, a group of that number is still ours.
        try:
            os.kill(self.pid, 0)
        except ProcessLookupError:
            return _group.send(self.pid, 0)
        except PermissionError:
            pass
        return False

    def reap(self, *, blocking: bool = False) -> None:
        """Collect the exit status; only for the thread that was told of the end.

        Args:
            blocking: The child may still run, so do not keep others from signalling it.
        """
        if blocking:
            self._process.wait()
        with self._lock:
            self._process.wait()
            self._ended.set()
            callbacks, self._on_end = self._on_end, []
        for callback in callbacks:
            callback()
