"""Run an application as a child process and send its output to the log, line by line.

`LoggingSubprocess` is the child; `ManagedProcess` is the command line that a `CommandAdaptor` runs.
The child leads its own process group and does not outlive this process (`_spawn`); its output is
read, logged and matched in one thread (`_output`, `line_delivery`, `app_handlers`).

What holds: `is_running` turns False only when every line the child itself wrote has been logged and
matched; `wait` returns when both streams have ended too, so nothing is lost; `terminate` ends the
whole group and returns even if some process escaped the group with the pipes.
"""

from __future__ import annotations

import logging
import os
import shlex
import signal
import threading
import time
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

from juncture.runtime import _spawn
from juncture.runtime._child import KILL_WAIT_S
from juncture.runtime._output import OutputReader, OutputStream
from juncture.runtime.app_handlers import CallbackErrors
from juncture.runtime.line_delivery import LineDelivery
from juncture.runtime.log_levels import STDERR, STDOUT
from juncture.runtime.start_errors import start_error
from juncture.runtime.stream_logger import LineSplitter

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import TracebackType
    from typing import Any

    from typing_extensions import Self

    from juncture.runtime._child import Child
    from juncture.runtime.app_handlers import CallbackError

_logger = logging.getLogger(__name__)

_CALLBACK_WAIT_S = 10.0
"""How long `terminate` waits for a callback that does not return."""


class LoggingSubprocess:
    """A child process whose output goes to a log and to handlers, started by making the object.

    Its standard input is a pipe that stays open until `wait`. Environment and session are ours.

    Args:
        args: The program, looked up in PATH unless it holds a slash, and its arguments.
        startup_directory: Directory to start it in; None for the current one.
        logger: Gets the lines at the levels STDOUT and STDERR.
        stdout_handler: Also gets every line of standard output, whatever the logger's level.
        stderr_handler: Also gets every line of standard error; may be the same handler.
        encoding: Of the output; what does not decode becomes backslash escapes.

    Raises:
        ValueError: `args` is empty.
        LookupError: There is no such encoding.
        StartError: The program cannot be started; also a FileNotFoundError or PermissionError where
            that is the reason.
        OSError: No descriptor is left to read its output; it is killed.
        RuntimeError: No thread is left to do so; it is killed.
    """

    def __init__(
        self,
        *,
        args: Sequence[str],
        startup_directory: str | None = None,
        logger: logging.Logger = _logger,
        stdout_handler: logging.Handler | None = None,
        stderr_handler: logging.Handler | None = None,
        encoding: str = "utf-8",
    ) -> None:
        if not args:
            message = "a program to run was expected, found an empty list of arguments"
            raise ValueError(message)
        self._logger = logger
        self._errors = CallbackErrors()
        splitters = LineSplitter(encoding), LineSplitter(encoding)
        deliveries = (
            LineDelivery([logger], STDOUT, stdout_handler, self._errors),
            LineDelivery([logger], STDERR, stderr_handler, self._errors),
        )
        logger.info("Running command: %s", shlex.join(map(os.fspath, args)))
        self._child = _start(args, startup_directory)
        sources = self._child.streams[1:]
        parts = zip(sources, splitters, deliveries, strict=True)
        self._reader = OutputReader(self._child, [OutputStream(*part) for part in parts])
        try:
            self._reader.start()
        except BaseException:  # nobody would read what it writes, or hold it
            self._child.signal_group(signal.SIGKILL)
            self._reader.stop()
            raise

    @property
    def pid(self) -> int:
        """Process id of the child, and the id of its process group."""
        return self._child.pid

    @property
    def returncode(self) -> int | None:
        """Exit status, negative for a signal, None while the child runs; set without any call."""
        return self._child.returncode

    @property
    def is_running(self) -> bool:
        """Whether the child runs or lines it wrote are still to be logged and matched.

        Inside a callback, which is on the way of those lines, only whether the child runs. While a
        callback hangs this stays True; `returncode` then tells that the child has ended.
        """
        if self._reader.is_current():
            return self._child.returncode is None
        return not self._reader.caught_up.is_set()

    @property
    def callback_error(self) -> CallbackError | None:
        """The first failure of a callback or log handler, or None."""
        return self._errors.first

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if error is None:
            self.wait()
        else:
            self._finish(None)

    def wait(self, timeout: float | None = None) -> int:
        """Close the child's standard input, and wait until it and its output have ended.

        Processes that the child left behind with its output are waited for as well.

        Args:
            timeout: Seconds; None waits for ever.

        Returns:
            The exit status, negative for a signal.

        Raises:
            CallbackError: A callback failed; raised once the output has ended.
            TimeoutError: The time is over; the child goes on.
            RuntimeError: Called inside a callback of this process, which it would wait for.
        """
        if self._reader.is_current():
            message = "`wait` was called inside a callback of the process it waits for"
            raise RuntimeError(message)
        if not self._finish(timeout):
            message = f"process {self.pid} still runs or is being read after {timeout} s"
            raise TimeoutError(message)
        if self._errors.first is not None:
            raise self._errors.first
        return self._child.returncode if self._child.returncode is not None else -signal.SIGKILL

    def terminate(self, grace_time_s: float = 60) -> None:
        """End the child and every process of its group, and finish reading.

        SIGTERM first, and SIGKILL for whatever of the group is left when the grace time is over.
        What they wrote until then is logged. Inside a callback of this process it returns when the
        child has ended, and reading finishes after the callback. Not for use in a signal handler,
        which may have interrupted a `wait` for the same event: call it in a thread.

        Args:
            grace_time_s: Seconds between SIGTERM and SIGKILL; 0 kills at once.
        """
        child, reader = self._child, self._reader
        if grace_time_s > 0 and child.group_exists():
            self._logger.info(
                "Sending SIGTERM to process group %d, then SIGKILL after at most %g s",
                child.pid,
                grace_time_s,
            )
            child.signal_group(signal.SIGTERM)
            self._wait_for_group(time.monotonic() + grace_time_s)
        child.signal_group(signal.SIGKILL)
        if not child.wait(KILL_WAIT_S):
            self._logger.warning("Process %d does not end after SIGKILL", child.pid)
        reader.stop()
        if not reader.is_current() and not reader.finished.wait(_CALLBACK_WAIT_S):
            self._logger.warning("A callback for the output of process %d hangs", child.pid)

    def _wait_for_group(self, deadline: float) -> None:
        """Wait for the group; where it cannot be seen, until nobody holds the child's output."""
        reader = self._reader
        known = self._child.wait_group(max(0.0, deadline - time.monotonic()))
        if known is None and not reader.is_current():
            reader.finished.wait(max(0.0, deadline - time.monotonic()))

    def _finish(self, timeout: float | None) -> bool:
        self._child.streams[0].close()
        if not self._reader.finished.wait(timeout):
            return False
        self._reader.join()
        return True


class ManagedProcess(ABC):
    """The command line of one task; subclass it and return it from `get_managed_process`.

    Args:
        run_data: Data of the task.
        stdout_handler: Gets every line of standard output.
        stderr_handler: Gets every line of standard error.
    """

    def __init__(
        self,
        run_data: dict[str, Any],
        *,
        stdout_handler: logging.Handler | None = None,
        stderr_handler: logging.Handler | None = None,
    ) -> None:
        self.run_data = run_data
        self.stdout_handler = stdout_handler
        self.stderr_handler = stderr_handler
        self.process: LoggingSubprocess | None = None
        self._terminated = False
        self._starting = threading.Lock()

    @abstractmethod
    def get_executable(self) -> str:
        """Return the program: a path, or a name to look up in PATH."""

    def get_arguments(self) -> list[str]:
        """Return the program's arguments."""
        return []

    def get_startup_directory(self) -> str | None:
        """Return the directory to start in, or None for the current one."""
        return None

    def run(self) -> int:
        """Run the program to its end.

        Returns:
            Its exit status, negative for a signal; that of SIGTERM without starting it when
            `terminate` was called before.

        Raises:
            StartError: It cannot be started.
            CallbackError: A handler failed; raised after the program has ended.
        """
        args = [self.get_executable(), *self.get_arguments()]
        directory = self.get_startup_directory()
        with self._starting:
            if self._terminated:
                return -signal.SIGTERM
            self.process = LoggingSubprocess(
                args=args,
                startup_directory=directory,
                stdout_handler=self.stdout_handler,
                stderr_handler=self.stderr_handler,
            )
        return self.process.wait()

    def terminate(self, grace_time_s: float = 60) -> None:
        """End the program and its process group, or keep it from being started.

        Args:
            grace_time_s: Seconds between SIGTERM and SIGKILL; 0 kills at once.
        """
        with self._starting:
            self._terminated = True
            process = self.process
        if process is not None:
            process.terminate(grace_time_s)


def _start(args: Sequence[str], directory: str | None) -> Child:
    try:
        return _spawn.spawn(args, cwd=directory)
    except OSError as error:
        raise start_error(os.fspath(args[0]), directory, error) from error
