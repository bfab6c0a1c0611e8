"""One folder of files."""

from __future__ import annotations

from juncture.saga import namespace
from juncture.saga.constants import READ

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from juncture.saga.url import Url


class Directory(namespace.Directory):
    """A folder of files; see `namespace.Directory`."""

    _api_type = "filesystem.Directory"
    _default_flags = READ

    __slots__ = ()

    def is_file(self, tgt: Url | str | None = None, ttype: int | None = None) -> Any:
        """Return whether the target is a file."""
        return self._call("is_file", ttype, tgt)

    def get_size(self, tgt: Url | str | None = None, ttype: int | None = None) -> Any:
        """Return the size of the target in bytes."""
        return self._call("get_size", ttype, tgt)

    size = property(get_size, doc="The size in bytes.")
