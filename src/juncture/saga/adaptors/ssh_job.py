"""Jobs on other hosts: `ssh://[user@]host[:port]/`.

Nothing is installed over there: a POSIX `sh` is enough. All services of a process that reach a host
with the same credentials share one connection and one agent. A password in the URL is one more
credential for this service.
"""

from __future__ import annotations

from juncture.saga.adaptors.shell_job.hosts import master_of
from juncture.saga.adaptors.shell_job.job import ShellJob
from juncture.saga.adaptors.shell_job.service import ShellAdaptor, ShellJobService, info, options
from juncture.saga.exceptions import BadParameter
from juncture.saga.shell.channel import Channel

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from juncture.saga.url import Url

_ADAPTOR_NAME = "juncture.job.ssh"
_ADAPTOR_SCHEMAS = ["ssh"]
_ADAPTOR_OPTIONS = options(_ADAPTOR_NAME)
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
        import shutil

        if shutil.which("ssh") is None:
            raise BadParameter("there is no `ssh` in PATH", hint="install the OpenSSH client")


class SSHJobService(ShellJobService):
    """The job service of a host behind ssh."""

    def connection(self, url: Url, session: Any) -> tuple[object, str, Callable[..., Channel]]:
        """Return a shell of the host, over the connection that all share."""
        master = master_of(url, session)

        def opener(*, on_event: Any = None, on_lost: Any = None) -> Channel:
            return Channel.over(master, on_event=on_event, on_lost=on_lost)

        return master, master.name, opener


class SSHJob(ShellJob):
    """A job on a host behind ssh."""
