"""Jobs on this host: `fork://` and `local://`.

The program's processes outlive the client, as those of every shell job do. A job that names no
working directory runs in that of the client when the job is made.
"""

from __future__ import annotations

import os

from juncture.saga.adaptors.shell_job.hosts import check_here, is_here
from juncture.saga.adaptors.shell_job.job import ShellJob
from juncture.saga.adaptors.shell_job.service import ShellAdaptor, ShellJobService, info, options
from juncture.saga.shell._process import PipedProcess
from juncture.saga.shell.channel import Channel

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from juncture.saga.storage.store import Store
    from juncture.saga.url import Url

_SIGKILL = 9
"""As in `_process`: neither `signal` nor `contextlib` is worth the import at the first use."""
_ADAPTOR_NAME = "juncture.job.local"
_ADAPTOR_SCHEMAS = ["fork", "local"]
_ADAPTOR_OPTIONS = options(_ADAPTOR_NAME)
_ADAPTOR_INFO = info(_ADAPTOR_NAME, _ADAPTOR_SCHEMAS, "Local")


class Adaptor(ShellAdaptor):
    """The adaptor of `fork` and `local` job services."""

    def __init__(self) -> None:
        super().__init__(_ADAPTOR_INFO, _ADAPTOR_OPTIONS)


class AgentProcess(PipedProcess):
    """A shell that ends alone: the helpers of jobs are in its process group and must go on."""

    def kill(self) -> None:
        """End the shell, not its group."""
        with self._lock:  # until it is reaped its number is nobody else's
            if not self._is_reaped:
                _kill(self.pid)
        self.wait(None)


class LocalJobService(ShellJobService):
    """The job service of this host."""

    def connection(self, url: Url, session: Any) -> tuple[object, str, Callable[..., Channel]]:
        """Return a shell of this host."""
        del session
        check_here(url)
        return "local", "localhost", open_channel

    def files(self) -> Store:
        """Return the files of this host."""
        from juncture.saga.storage.local import LocalStore

        return LocalStore()

    def default_folder(self) -> str:
        """Return the client's working directory."""
        return os.getcwd()

    def is_host(self, name: str) -> bool:
        """Say whether a name is one of this host."""
        return is_here(name) or super().is_host(name)


class LocalJob(ShellJob):
    """A job on this host."""


def open_channel(*, on_event: Any = None, on_lost: Any = None) -> Channel:
    """Open a channel to a shell of this host."""
    channel = Channel(_start, "localhost", on_event=on_event, on_lost=on_lost, waits=False)
    channel.reconnect()
    return channel


def _kill(pid: int) -> None:
    try:
        os.kill(pid, _SIGKILL)
    except ProcessLookupError:
        return


def _start() -> PipedProcess:
    return AgentProcess(("/bin/sh",))
