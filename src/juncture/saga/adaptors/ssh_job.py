"""Jobs on other hosts: `ssh://[user@]host[:port]/`.

Nothing is installed over there: a POSIX `sh` is enough. All services of a process that reach a host
with the same credentials share one connection and one agent. A password in the URL is one more
credential for this service.
"""

from __future__ import annotations

import os

from juncture.saga.adaptors.shell_job.hosts import master_of
from juncture.saga.adaptors.shell_job.job import ShellJob
from juncture.saga.adaptors.shell_job.service import (
    ShellAdaptor,
    ShellJobService,
    agent_modules,
    info,
    options,
)
from juncture.saga.exceptions import BadParameter, NoSuccess, SagaException

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from juncture.saga.shell.budget import Budget
    from juncture.saga.shell.channel import Channel
    from juncture.saga.storage.store import Store
    from juncture.saga.url import Url

_ADAPTOR_NAME = "juncture.job.ssh"
_ADAPTOR_SCHEMAS = ["ssh"]
_ADAPTOR_OPTIONS: list[dict[str, Any]] = [
    *options(_ADAPTOR_NAME),
    {
        "category": _ADAPTOR_NAME,
        "name": "max_connections",
        "type": int,
        "default": 8,
        "documentation": "most connections to a host at a time, over all processes of the user",
        "env_variable": "JUNCTURE_MAX_CONNECTIONS",
    },
    {
        "category": _ADAPTOR_NAME,
        "name": "commands_per_minute",
        "type": float,
        "default": 0.0,
        "documentation": "most shell commands a minute on a host, over all processes of the user,"
        " after ten at once; starting a job is none; 0 is no limit",
        "env_variable": "JUNCTURE_COMMANDS_PER_MINUTE",
    },
    {
        "category": _ADAPTOR_NAME,
        "name": "host_commands_per_minute",
        "type": dict,
        "default": {},
        "documentation": "the same for single hosts, `{host: number}`, in place of the general one",
        "env_variable": "JUNCTURE_HOST_COMMANDS_PER_MINUTE",
    },
]
_ADAPTOR_INFO = info(_ADAPTOR_NAME, _ADAPTOR_SCHEMAS, "SSH")
_ADAPTOR_INFO["capabilities"]["contexts"] = {
    "ssh": "a key",
    "userpass": "a password",
    "x509": "a proxy, for clients that can use one",
}


class Adaptor(ShellAdaptor):
    """The adaptor of `ssh` job services."""

    def __init__(self) -> None:
        super().__init__(_ADAPTOR_INFO, _ADAPTOR_OPTIONS)

    def sanity_check(self) -> None:
        """Say what is missing when there is no ssh."""
        # `shutil` would do; it imports every way of compressing files.
        folders = os.environ.get("PATH", os.defpath).split(os.pathsep)
        if not any(os.access(os.path.join(folder, "ssh"), os.X_OK) for folder in folders):
            raise BadParameter("there is no `ssh` in PATH", hint="install the OpenSSH client")

    def reach(self, place: Any, name: str) -> None:
        """Connect, and import what the agent is made of while ssh is on its way."""
        try:
            place.start(agent_modules)
        except SagaException:  # of which some are OSErrors, too
            raise
        except OSError as error:
            raise NoSuccess(f"no shell on {name}: {error}") from error


class SSHJobService(ShellJobService):
    """The job service of a host behind ssh."""

    _files: Store | None = None

    def connection(self, url: Url, session: Any) -> tuple[object, str, Callable[..., Channel]]:
        """Return a shell of the host, over the connection that all share."""
        master = master_of(url, session, self._budget(url, session))

        def opener(*, on_event: Any = None, on_lost: Any = None) -> Channel:
            from juncture.saga.shell.channel import Channel

            return Channel.over(master, on_event=on_event, on_lost=on_lost)

        self._master = master
        return master, master.name, opener

    def files(self) -> Store:
        """Return the files of the host; those of the adaptor of files are in the same store.

        Of a host without an SFTP server they are reached through its shell.
        """
        if self._files is None:
            from juncture.saga.storage.failures import ConnectionLost
            from juncture.saga.storage.ssh import store_for

            store: Store = store_for(self._master)
            try:
                store.stat("/")
            except ConnectionLost:
                raise
            except NoSuccess:
                from juncture.saga.adaptors.shell_job.shell_store import ShellStore

                store = ShellStore(store.name, self.agent.data())
            self._files = store
        return self._files

    def _budget(self, url: Url, session: Any) -> Budget:
        from juncture.saga.shell.budget import Budget

        adaptor: Any = self._adaptor
        limit = adaptor.get_option("commands_per_minute", session, url)
        for_hosts = adaptor.get_option("host_commands_per_minute", session, url)
        try:
            limit = float(for_hosts.get(url.host, limit))
        except (TypeError, ValueError) as error:
            raise BadParameter(
                f"`host_commands_per_minute` of {url.host} is a number,"
                f" found {for_hosts[url.host]!r}"
            ) from error
        return Budget(
            url.host or "",
            max_connections=adaptor.get_option("max_connections", session, url),
            commands_per_minute=limit or None,
        )


class SSHJob(ShellJob):
    """A job on a host behind ssh."""
