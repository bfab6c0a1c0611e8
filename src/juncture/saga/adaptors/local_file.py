"""Files of this host: `file://` and `local://`, and paths without a scheme."""

from __future__ import annotations

from juncture.saga.adaptors.shell_job.hosts import check_here
from juncture.saga.exceptions import BadParameter
from juncture.saga.storage.local import LocalStore
from juncture.saga.stored import Directory, Entry, File, FileAdaptor, Folder, info

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from juncture.saga.storage.store import Store
    from juncture.saga.url import Url

__all__ = ["Adaptor", "Directory", "Entry", "File", "Folder"]

_ADAPTOR_NAME = "juncture.file.local"
_ADAPTOR_SCHEMAS = ["file", "local"]
_ADAPTOR_INFO = info(_ADAPTOR_NAME, _ADAPTOR_SCHEMAS)
_ADAPTOR_INFO["capabilities"] = {
    "files": [
        "writes",
        "directories",
        "names",
        "exclusive",
        "replaces",
        *sorted(LocalStore.traits),
    ],
}


class Adaptor(FileAdaptor):
    """The adaptor of the files of this host, which are one store."""

    def __init__(self) -> None:
        super().__init__(_ADAPTOR_INFO)
        self._store = LocalStore()

    def store_for(self, url: Url, session: Any) -> Store:
        """Return the store of this host.

        Raises:
            BadParameter: the URL names another host, or has what a path cannot have.
        """
        del session
        if url.host:
            check_here(url)
        if url.query or url.fragment:
            raise BadParameter(
                f"`{url}` is the URL of a file and has a query or a fragment",
                hint="write `%3F` and `%23` where a name has `?` and `#`",
            )
        return self._store
