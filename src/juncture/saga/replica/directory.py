"""A folder of logical files."""

from __future__ import annotations

from juncture.saga import namespace
from juncture.saga.constants import READ, RECURSIVE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from juncture.saga.url import Url


class LogicalDirectory(namespace.Directory):
    """A folder of logical files; see `namespace.Directory`."""

    _api_type = "replica.LogicalDirectory"
    _default_flags = READ

    __slots__ = ()

    def is_file(self, tgt: Url | str | None = None, ttype: int | None = None) -> Any:
        """Return whether the target is a logical file."""
        return self._call("is_file", ttype, tgt)

    def get_size(self, tgt: Url | str | None = None, ttype: int | None = None) -> Any:
        """Return the size of the target in bytes."""
        return self._call("get_size", ttype, tgt)

    def find(  # type: ignore[override]
        self,
        pattern: str,
        attr_pattern: Any = None,
        flags: int = RECURSIVE,
        ttype: int | None = None,
    ) -> Any:
        """Return names below the folder by name and attributes."""
        return self._flagged("find", flags, ttype, pattern, attr_pattern)

    size = property(get_size, doc="The size in bytes.")
