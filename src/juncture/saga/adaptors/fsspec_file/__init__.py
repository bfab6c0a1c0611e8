"""Files of every scheme that fsspec knows: `http`, `ftp`, `s3`, `webdav`, `zip`, `memory`, ….

The room turns a file system of fsspec into a store; all else is `stored`'s and `storage`'s. fsspec
and what it needs are imported when an object of such a scheme is made, and not before.
"""

from __future__ import annotations

from juncture.saga.adaptors.fsspec_file.schemes import SCHEMES
from juncture.saga.exceptions import NoSuccess
from juncture.saga.stored import Directory, Entry, File, FileAdaptor, Folder, info

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from juncture.saga.storage.store import Store
    from juncture.saga.url import Url

__all__ = ["Adaptor", "Directory", "Entry", "File", "Folder"]

_ADAPTOR_NAME = "juncture.file.fsspec"
_ADAPTOR_SCHEMAS = list(SCHEMES)
_ADAPTOR_OPTIONS: list[dict[str, Any]] = [
    {
        "category": _ADAPTOR_NAME,
        "name": "storage_options",
        "type": dict,
        "default": {},
        "documentation": "options of file systems by scheme, `{scheme: {option: value}}`, as fsspec"
        " has them; the query of a URL outranks them",
    },
]
_ADAPTOR_INFO: dict[str, Any] = {
    **info(_ADAPTOR_NAME, _ADAPTOR_SCHEMAS),
    "capabilities": {
        "contexts": {"userpass": "a user name and a password, or an access key and its secret"},
        "files": {name: scheme.capabilities() for name, scheme in SCHEMES.items()},
    },
}


class Adaptor(FileAdaptor):
    """The adaptor of the schemes of fsspec."""

    query_is_place = True

    def __init__(self) -> None:
        super().__init__(_ADAPTOR_INFO, _ADAPTOR_OPTIONS)

    def sanity_check(self) -> None:
        """Say what is missing when there is no fsspec."""
        from importlib.util import find_spec

        if find_spec("fsspec") is None:
            raise NoSuccess(
                "there is no Python module `fsspec`",
                hint="python -m pip install 'juncture[files]'",
            )

    def needs(self) -> dict[str, str]:
        """Return the schemes that cannot be used yet, each with what to install."""
        found = {name: scheme.lacks() for name, scheme in SCHEMES.items()}
        return {name: missing for name, missing in found.items() if missing}

    def open_store(self, url: Url, session: Any) -> Store:
        """Return a new store for the place of a URL."""
        from juncture.saga.adaptors.fsspec_file.opening import open_store

        return open_store(url, session, self.get_option("storage_options", session, url))

    def place(self, url: Url, session: Any) -> tuple[Any, ...]:
        """Return what URLs of one store have in common; their options are among it."""
        from juncture.saga.adaptors.fsspec_file.archive_names import archive_of

        return (*super().place(url, session), url.query, archive_of(url))
