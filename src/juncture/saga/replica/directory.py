"""A folder of logical files."""

from __future__ import annotations

from juncture._util.typed import overload
from juncture.saga import namespace
from juncture.saga.constants import READ, RECURSIVE
from juncture.saga.namespace.described import Described

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from juncture.saga.replica.file import LogicalFile
    from juncture.saga.task.task import Task
    from juncture.saga.url import Url


class LogicalDirectory(Described, namespace.Directory):
    """A folder of logical files; see `namespace.Directory` and `LogicalFile`."""

    _api_type = "replica.LogicalDirectory"
    _default_flags = READ

    __slots__ = ()

    @overload
    def open(
        self, name: Url | str, flags: int | None = None, ttype: None = None
    ) -> LogicalFile: ...
    @overload
    def open(
        self, name: Url | str, flags: int | None = None, *, ttype: int
    ) -> Task[LogicalFile]: ...
    def open(self, name: Url | str, flags: int | None = None, ttype: int | None = None) -> Any:
        """Return the logical file of a name, opened."""
        return self._opened("open", name, flags, ttype)

    @overload
    def open_dir(
        self, name: Url | str, flags: int | None = None, ttype: None = None
    ) -> LogicalDirectory: ...
    @overload
    def open_dir(
        self, name: Url | str, flags: int | None = None, *, ttype: int
    ) -> Task[LogicalDirectory]: ...
    def open_dir(self, name: Url | str, flags: int | None = None, ttype: int | None = None) -> Any:
        """Return the folder of a name, opened."""
        return self._opened("open_dir", name, flags, ttype)

    @overload
    def is_file(self, tgt: Url | str | None = None, ttype: None = None) -> bool: ...
    @overload
    def is_file(self, tgt: Url | str | None = None, *, ttype: int) -> Task[bool]: ...
    def is_file(self, tgt: Url | str | None = None, ttype: int | None = None) -> Any:
        """Return whether the target is a logical file."""
        return self._call("is_file", ttype, tgt)

    @overload
    def get_size(self, tgt: Url | str | None = None, ttype: None = None) -> int: ...
    @overload
    def get_size(self, tgt: Url | str | None = None, *, ttype: int) -> Task[int]: ...
    def get_size(self, tgt: Url | str | None = None, ttype: int | None = None) -> Any:
        """Return the size in bytes of a logical file, or of all that are below a folder."""
        return self._call("get_size", ttype, tgt)

    @overload  # type: ignore[override]
    def find(
        self,
        pattern: str,
        attr_pattern: str | Sequence[str] | None = None,
        flags: int = RECURSIVE,
        ttype: None = None,
    ) -> Sequence[Url]: ...
    @overload
    def find(
        self,
        pattern: str,
        attr_pattern: str | Sequence[str] | None = None,
        flags: int = RECURSIVE,
        *,
        ttype: int,
    ) -> Task[Sequence[Url]]: ...
    def find(  # pyright: ignore[reportIncompatibleMethodOverride]
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

    @property
    def size(self) -> int:
        """The size in bytes of all logical files below it."""
        return self.get_size()
