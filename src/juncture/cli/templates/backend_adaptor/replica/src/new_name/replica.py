"""Catalogues of logical files at `new-name://` URLs: one name, many copies.

`Adaptor` is made once in a process and is the place for what its objects share. There is one
`NewNameFile` for each `replica.LogicalFile` of a program, and one `NewNameDirectory` for each
`replica.LogicalDirectory`. A method that a class leaves out says so when it is called;
`juncture.saga.cpi.replica` says what each promises, and those of names are in `cpi.namespace`,
those of attributes in `cpi.attributes`. `juncture.saga.storage.paths` makes paths of URLs, and URLs
of paths.
"""

from typing import Any

import juncture.saga as rs
from juncture.saga.cpi import SYNC

_ADAPTOR_NAME = "new_name.replica"
_ADAPTOR_SCHEMAS = ["new-name"]
_ADAPTOR_OPTIONS: list[dict[str, Any]] = []
_ADAPTOR_INFO: dict[str, Any] = {
    "name": _ADAPTOR_NAME,
    "version": "v0.1",
    "schemas": _ADAPTOR_SCHEMAS,
    "cpis": [
        {"type": "rs.replica.LogicalFile", "class": "NewNameFile"},
        {"type": "rs.replica.LogicalDirectory", "class": "NewNameDirectory"},
    ],
}


class Adaptor(rs.cpi.AdaptorBase):
    """The adaptor."""

    def __init__(self) -> None:
        rs.cpi.AdaptorBase.__init__(self, _ADAPTOR_INFO, _ADAPTOR_OPTIONS)

    def sanity_check(self) -> None:
        """Raise an exception that says why the adaptor cannot be used on this host."""


class NewNameFile(rs.cpi.replica.LogicalFile):
    """A logical file: attributes and the URLs of copies under a name."""

    @SYNC
    def init_instance(self, url: Any, flags: int, session: Any) -> None:
        """Connect, or raise BadParameter to leave the URL to another adaptor.

        With CREATE the name is made; without, one that is missing is DoesNotExist.
        """
        self.url = url

    @SYNC
    def close(self, timeout: float | None = None) -> None:
        """Let go of what `init_instance` took."""

    @SYNC
    def add_location(self, url: Any) -> None:
        """Say that a copy is at a URL; the adaptor does not look whether it is there."""
        raise rs.NotImplemented("new-name does not keep locations yet")

    @SYNC
    def list_locations(self) -> list[Any]:
        """Return the URLs of the copies, in the order in which they were added."""
        raise rs.NotImplemented("new-name does not list locations yet")


class NewNameDirectory(rs.cpi.replica.LogicalDirectory):
    """A directory of logical files; names are relative to it."""

    @SYNC
    def init_instance(self, url: Any, flags: int, session: Any) -> None:
        """Connect, and look for the directory or make it, as with a file."""
        self.url = url

    @SYNC
    def close(self, timeout: float | None = None) -> None:
        """Let go of what `init_instance` took."""

    @SYNC
    def open(self, name: Any, flags: int) -> Any:
        """Return `rs.replica.LogicalFile(url, flags, self.session, _adaptor=self._adaptor)`."""
        raise rs.NotImplemented("new-name does not open logical files yet")

    @SYNC
    def list(self, pattern: str | None = None, flags: int = 0) -> Any:
        """Return the names in the directory that match, as `paths.relative_url` makes URLs."""
        raise rs.NotImplemented("new-name does not list directories yet")
