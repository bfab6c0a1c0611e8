"""A name for copies of one file in several places."""

from __future__ import annotations

from juncture.saga.constants import READ
from juncture.saga.namespace.entry import Entry

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from juncture.saga.url import Url


class LogicalFile(Entry):
    """A logical file; see `namespace.Entry`."""

    _api_type = "replica.LogicalFile"
    _default_flags = READ

    __slots__ = ()

    def is_file(self, ttype: int | None = None) -> Any:
        """Return whether it is a logical file."""
        return self._call("is_file", ttype)

    def get_size(self, ttype: int | None = None) -> Any:
        """Return the size in bytes."""
        return self._call("get_size", ttype)

    def add_location(self, url: Url | str, ttype: int | None = None) -> Any:
        """Say that a copy is at a URL."""
        return self._call("add_location", ttype, url)

    def remove_location(self, url: Url | str, ttype: int | None = None) -> Any:
        """Say that no copy is at a URL any more."""
        return self._call("remove_location", ttype, url)

    def update_location(self, old: Url | str, new: Url | str, ttype: int | None = None) -> Any:
        """Say that a copy has another URL."""
        return self._call("update_location", ttype, old, new)

    def list_locations(self, ttype: int | None = None) -> Any:
        """Return the URLs of the copies."""
        return self._call("list_locations", ttype)

    def replicate(self, tgt: Url | str, flags: int = 0, ttype: int | None = None) -> Any:
        """Make one more copy."""
        return self._flagged("replicate", flags, ttype, tgt)

    def upload(
        self,
        src: Url | str,
        tgt: Url | str | None = None,
        flags: int = 0,
        ttype: int | None = None,
    ) -> Any:
        """Make the first copy from a local file."""
        return self._flagged("upload", flags, ttype, src, tgt)

    def download(
        self,
        tgt: Url | str,
        src: Url | str | None = None,
        flags: int = 0,
        ttype: int | None = None,
    ) -> Any:
        """Bring a copy to a local file."""
        return self._flagged("download", flags, ttype, tgt, src)

    size = property(get_size, doc="The size in bytes.")
