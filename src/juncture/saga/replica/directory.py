"""A folder of logical files."""

from __future__ import annotations

from juncture.saga import namespace
from juncture.saga.constants import READ, RECURSIVE
from juncture.saga.namespace.described import Described

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from juncture.saga.url import Url


class LogicalDirectory(Described, namespace.Directory):
    """A folder of logical files; see `namespace.Directory` and `LogicalFile`."""

    _api_type = "replica.LogicalDirectory"
    _default_flags = READ

    __slots__ = ()

    def is_file(self, tgt: Url | str | None = None, ttype: int | None = None) -> Any:
        """Return whether the target is a logical file."""
        return self._call("is_file", ttype, tgt)

    def get_size(self, tgt: Url | str | None = None, ttype: int | None = None) -> Any:
        """Return the size in bytes of a logical file, or of all that are below a folder."""
        return self._call("get_size", ttype, tgt)

    def find(  # type: ignore[override]
        self,
        pattern: str,
        attr_pattern: str | Sequence[str] | None = None,
        flags: int = RECURSIVE,
        ttype: int | None = None,
    ) -> Any:
        """Return names in and below the folder by name and attributes.

        Args:
            pattern: A shell pattern for the name.
            attr_pattern: `name` or `name=value`, with the same wildcards; of several, all match.
            flags: RECURSIVE looks into folders, DEREFERENCE at what links lead to.
            ttype: A task type, or None to have it done on return.
        """
        return self._flagged("find", flags, ttype, pattern, attr_pattern)

    size = property(get_size, doc="The size in bytes of all logical files below it.")
