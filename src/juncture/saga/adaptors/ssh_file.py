"""Files of hosts behind ssh: `ssh://[user@]host[:port]/path` and `sftp://`, which is the same.

All that reach a host with the same credentials share one connection and one store; `/~/` at the
beginning of a path is the home directory. A password in the URL is one more credential.
"""

from __future__ import annotations

from juncture.saga.adaptors.shell_job.hosts import master_of
from juncture.saga.exceptions import BadParameter
from juncture.saga.storage.ssh import SshStore, store_for
from juncture.saga.stored import Directory, Entry, File, FileAdaptor, Folder, info

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from juncture.saga.storage.store import Store
    from juncture.saga.url import Url

__all__ = ["Adaptor", "Directory", "Entry", "File", "Folder"]

_ADAPTOR_NAME = "juncture.file.ssh"
_ADAPTOR_SCHEMAS = ["ssh", "sftp"]
_ADAPTOR_INFO = info(_ADAPTOR_NAME, _ADAPTOR_SCHEMAS)
_ADAPTOR_INFO["capabilities"] = {
    "contexts": {"ssh": "a key", "userpass": "a password"},
    "files": ["writes", "directories", "names", "exclusive", "replaces", *sorted(SshStore.traits)],
}


class Adaptor(FileAdaptor):
    """The adaptor of the files of hosts behind ssh."""

    def __init__(self) -> None:
        super().__init__(_ADAPTOR_INFO)

    def sanity_check(self) -> None:
        """Say what is missing when there is no ssh."""
        import shutil

        if shutil.which("ssh") is None:
            raise BadParameter("there is no `ssh` in PATH", hint="install the OpenSSH client")

    def open_store(self, url: Url, session: Any) -> Store:
        """Return the store of a host; BadParameter: the URL names none."""
        return store_for(master_of(url, session))

    def path_for(self, store: Store, url: Url) -> str:
        """Return the path that a URL means; BadParameter: it has what a path cannot have."""
        if url.query or url.fragment:
            raise BadParameter(
                f"`{url.masked()}` is the URL of a file and has a query or a fragment",
                hint="write `%3F` and `%23` where a name has `?` and `#`",
            )
        return super().path_for(store, url)
