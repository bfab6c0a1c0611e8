"""Local processes with three pipes: a `sh`, or the OpenSSH client that leads to one.

Each leads a session of its own, so that neither Ctrl-C nor a terminal of the user's reaches it, and
ends when its input ends. POSIX only.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from juncture.saga.exceptions import SagaException

_KILL_WAIT_S = 10.0


class PipedProcess:
    """A child process and our ends of its streams.

    Args:
        argv: Program and arguments.
        environment: Variables; None for those of this process.

    Raises:
        OSError: the program cannot be started.
    """

    def __init__(self, argv: Sequence[str], environment: Mapping[str, str] | None = None) -> None:
        self._process = subprocess.Popen(  # noqa: S603, TID251 - shells are started here
            argv,
            bufsize=0,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
        self.stdin, self.stdout, self.stderr = (
            _detached(stream)
            for stream in (self._process.stdin, self._process.stdout, self._process.stderr)
        )
        os.set_blocking(self.stdin, False)
        self.explain: Callable[[str, int | None], SagaException] | None = None
        """Makes an exception of its last words and its status, if more is known than those say."""

    @property
    def pid(self) -> int:
        """Its process id, which is that of its session too."""
        return self._process.pid

    def wait(self, timeout: float | None = None) -> int | None:
        """Wait for the end and return the status, negative for a signal; None if it goes on."""
        try:
            return self._process.wait(timeout)
        except subprocess.TimeoutExpired:
            return None

    def discard(self) -> None:
        """Kill the process and close our ends of its streams."""
        self.kill()
        for fd in (self.stdin, self.stdout, self.stderr):
            if fd >= 0:
                os.close(fd)

    def kill(self) -> None:
        """End the process and all of its session's first process group; it is reaped then."""
        if self._process.poll() is None:
            for send in (os.killpg, os.kill):
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    send(self._process.pid, signal.SIGKILL)
        self.wait(_KILL_WAIT_S)


def _detached(stream: IO[bytes] | None) -> int:
    """Return a descriptor that only we close."""
    if stream is None:  # pragma: no cover - all three are pipes
        raise AssertionError("a shell is always started with three pipes")
    fd = os.dup(stream.fileno())
    stream.close()
    return fd
