"""Adverts at `new-name://` URLs: objects and attributes under names, for a while.

`Adaptor` is made once in a process and is the place for what its objects share. There is one
`NewNameEntry` for each `advert.Entry` of a program, and one `NewNameDirectory` for each
`advert.Directory`. A method that a class leaves out says so when it is called;
`juncture.saga.cpi.advert` says what each promises, and those of names are in `cpi.namespace`.
`juncture.saga.storage.paths` makes paths of URLs, and URLs of paths.
"""

from typing import Any

import juncture.saga as rs
from juncture.saga.cpi import SYNC

_ADAPTOR_NAME = "new_name.advert"
_ADAPTOR_SCHEMAS = ["new-name"]
_ADAPTOR_OPTIONS: list[dict[str, Any]] = []
_ADAPTOR_INFO: dict[str, Any] = {
    "name": _ADAPTOR_NAME,
    "version": "v0.1",
    "schemas": _ADAPTOR_SCHEMAS,
    "cpis": [
        {"type": "rs.advert.Entry", "class": "NewNameEntry"},
        {"type": "rs.advert.Directory", "class": "NewNameDirectory"},
    ],
}


class Adaptor(rs.cpi.AdaptorBase):
    """The adaptor."""

    def __init__(self) -> None:
        rs.cpi.AdaptorBase.__init__(self, _ADAPTOR_INFO, _ADAPTOR_OPTIONS)

    def sanity_check(self) -> None:
        """Raise an exception that says why the adaptor cannot be used on this host."""


class NewNameEntry(rs.cpi.advert.Entry):
    """An entry: an object and attributes under a name."""

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
    def set_attribute(self, key: str, val: Any, ttl: float | None = None) -> None:
        """Set an attribute, which may end after so many seconds, and tell who waits for it."""
        raise rs.NotImplemented("new-name does not keep attributes yet")

    @SYNC
    def store_object(self, obj: Any) -> None:
        """Keep an object: what JSON can say, or bytes."""
        raise rs.NotImplemented("new-name does not keep objects yet")

    @SYNC
    def retrieve_object(self) -> Any:
        """Return the object that is kept, of the type that it had; none is DoesNotExist."""
        raise rs.NotImplemented("new-name does not give objects back yet")


class NewNameDirectory(rs.cpi.advert.Directory):
    """A directory of entries; names are relative to it."""

    @SYNC
    def init_instance(self, url: Any, flags: int, session: Any) -> None:
        """Connect, and look for the directory or make it, as with an entry."""
        self.url = url

    @SYNC
    def close(self, timeout: float | None = None) -> None:
        """Let go of what `init_instance` took."""

    @SYNC
    def open(self, name: Any, flags: int) -> Any:
        """Return `rs.advert.Entry(url, flags, self.session, _adaptor=self._adaptor)`."""
        raise rs.NotImplemented("new-name does not open entries yet")

    @SYNC
    def list(self, pattern: str | None = None, flags: int = 0) -> Any:
        """Return the names in the directory that match, as `paths.relative_url` makes URLs."""
        raise rs.NotImplemented("new-name does not list directories yet")
