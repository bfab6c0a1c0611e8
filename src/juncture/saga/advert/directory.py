"""A folder of adverts."""

from __future__ import annotations

from juncture._util.typed import overload
from juncture.saga import namespace
from juncture.saga.advert.attributed import Attributed
from juncture.saga.constants import RECURSIVE, TaskType

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from juncture.saga.advert.entry import Entry
    from juncture.saga.task.task import Task
    from juncture.saga.url import Url


class Directory(Attributed, namespace.Directory):
    """A folder of adverts; see `namespace.Directory`. It has attributes, and keeps no object."""

    _api_type = "advert.Directory"

    __slots__ = ()

    @overload
    def open(self, name: Url | str, flags: int | None = None, ttype: None = None) -> Entry: ...
    @overload
    def open(self, name: Url | str, flags: int | None = None, *, ttype: int) -> Task[Entry]: ...
    def open(self, name: Url | str, flags: int | None = None, ttype: int | None = None) -> Any:
        """Return the advert of a name, opened."""
        return self._opened("open", name, flags, ttype)

    @overload
    def open_dir(
        self, name: Url | str, flags: int | None = None, ttype: None = None
    ) -> Directory: ...
    @overload
    def open_dir(
        self, name: Url | str, flags: int | None = None, *, ttype: int
    ) -> Task[Directory]: ...
    def open_dir(self, name: Url | str, flags: int | None = None, ttype: int | None = None) -> Any:
        """Return the folder of a name, opened."""
        return self._opened("open_dir", name, flags, ttype)

    @overload
    def set_ttl(
        self, tgt: Url | str | None = None, ttl: float | None = None, ttype: None = None
    ) -> None: ...
    @overload
    def set_ttl(
        self, tgt: Url | str | None = None, ttl: float | None = None, *, ttype: int
    ) -> Task[None]: ...
    def set_ttl(
        self, tgt: Url | str | None = None, ttl: float | None = None, ttype: int | None = None
    ) -> Any:
        """Let the target end after so many seconds; None means never."""
        return self._call("set_ttl", ttype, tgt, ttl)

    @overload
    def get_ttl(self, tgt: Url | str | None = None, ttype: None = None) -> float | None: ...
    @overload
    def get_ttl(self, tgt: Url | str | None = None, *, ttype: int) -> Task[float | None]: ...
    def get_ttl(self, tgt: Url | str | None = None, ttype: int | None = None) -> Any:
        """Return the seconds that the target has left, or None."""
        return self._call("get_ttl", ttype, tgt)

    @overload  # type: ignore[override]
    def find(
        self,
        pattern: str,
        attr_pattern: Any = None,
        obj_type: Any = None,
        flags: int = RECURSIVE,
        ttype: None = None,
    ) -> Sequence[Url]: ...
    @overload
    def find(
        self,
        pattern: str,
        attr_pattern: Any = None,
        obj_type: Any = None,
        flags: int = RECURSIVE,
        *,
        ttype: int,
    ) -> Task[Sequence[Url]]: ...
    def find(  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        pattern: str,
        attr_pattern: Any = None,
        obj_type: Any = None,
        flags: int = RECURSIVE,
        ttype: int | None = None,
    ) -> Any:
        """Return names in and below the folder by name, attributes and type of object.

        Args:
            pattern: A shell pattern for the last part, or with a `/` for the whole relative path.
            attr_pattern: `name` or `name=value` with wildcards, several of them, or a dictionary of
                names and values: what is found has them all.
            obj_type: The type of the object, as `bytes` or "bytes".
            flags: RECURSIVE: also what is below.
            ttype: A task type, or None for the names.
        """
        if ttype is None and isinstance(flags, TaskType):
            flags, ttype = RECURSIVE, flags
        return self._call("find", ttype, pattern, attr_pattern, obj_type, flags)

    @property
    def ttl(self) -> float | None:
        """The seconds that the folder has left, or None."""
        return self.get_ttl()

    @ttl.setter
    def ttl(self, ttl: float | None) -> None:
        self.set_ttl(None, ttl)
