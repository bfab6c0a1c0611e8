# mypy: disable-error-code="override"
# pyright: reportIncompatibleMethodOverride=false
"""A folder in a tree of names."""

from __future__ import annotations

from juncture._util.typed import overload
from juncture.saga.constants import RECURSIVE
from juncture.saga.namespace.entry import Entry

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    from juncture.saga.storage.progress import Progress
    from juncture.saga.task.task import Task
    from juncture.saga.url import Url


class Directory(Entry):
    """A folder; see `Entry`. Where a target may be None, that means the folder itself."""

    _api_type = "namespace.Directory"

    __slots__ = ()

    @overload
    def is_dir(self, tgt: Url | str | None = None, ttype: None = None) -> bool: ...
    @overload
    def is_dir(self, tgt: Url | str | None = None, *, ttype: int) -> Task[bool]: ...
    def is_dir(self, tgt: Url | str | None = None, ttype: int | None = None) -> Any:
        """Return whether the target is a directory."""
        return self._call("is_dir", ttype, tgt)

    @overload
    def is_entry(self, tgt: Url | str | None = None, ttype: None = None) -> bool: ...
    @overload
    def is_entry(self, tgt: Url | str | None = None, *, ttype: int) -> Task[bool]: ...
    def is_entry(self, tgt: Url | str | None = None, ttype: int | None = None) -> Any:
        """Return whether the target is something other than a directory or a link."""
        return self._call("is_entry", ttype, tgt)

    @overload
    def is_link(self, tgt: Url | str | None = None, ttype: None = None) -> bool: ...
    @overload
    def is_link(self, tgt: Url | str | None = None, *, ttype: int) -> Task[bool]: ...
    def is_link(self, tgt: Url | str | None = None, ttype: int | None = None) -> Any:
        """Return whether the target is a link."""
        return self._call("is_link", ttype, tgt)

    @overload
    def read_link(self, tgt: Url | str | None = None, ttype: None = None) -> Url: ...
    @overload
    def read_link(self, tgt: Url | str | None = None, *, ttype: int) -> Task[Url]: ...
    def read_link(self, tgt: Url | str | None = None, ttype: int | None = None) -> Any:
        """Return what the link points to."""
        return self._call("read_link", ttype, tgt)

    @overload
    def copy(
        self,
        src: Url | str,
        tgt: Url | str,
        flags: int = 0,
        ttype: None = None,
        *,
        on_progress: Callable[[Progress], object] | None = None,
        checksum: str | None = None,
    ) -> None: ...
    @overload
    def copy(
        self,
        src: Url | str,
        tgt: Url | str,
        flags: int = 0,
        *,
        ttype: int,
        on_progress: Callable[[Progress], object] | None = None,
        checksum: str | None = None,
    ) -> Task[None]: ...
    def copy(
        self,
        src: Url | str,
        tgt: Url | str,
        flags: int = 0,
        ttype: int | None = None,
        *,
        on_progress: Callable[[Progress], object] | None = None,
        checksum: str | None = None,
    ) -> Any:
        """Copy a source to a target; see `Entry.copy`."""
        return self._copied(flags, ttype, on_progress, checksum, src, tgt)

    @overload
    def link(self, src: Url | str, tgt: Url | str, flags: int = 0, ttype: None = None) -> None: ...
    @overload
    def link(self, src: Url | str, tgt: Url | str, flags: int = 0, *, ttype: int) -> Task[None]: ...
    def link(self, src: Url | str, tgt: Url | str, flags: int = 0, ttype: int | None = None) -> Any:
        """Make a link at the target."""
        return self._flagged("link", flags, ttype, src, tgt)

    @overload
    def move(self, src: Url | str, tgt: Url | str, flags: int = 0, ttype: None = None) -> None: ...
    @overload
    def move(self, src: Url | str, tgt: Url | str, flags: int = 0, *, ttype: int) -> Task[None]: ...
    def move(self, src: Url | str, tgt: Url | str, flags: int = 0, ttype: int | None = None) -> Any:
        """Move a source to a target."""
        return self._flagged("move", flags, ttype, src, tgt)

    @overload
    def remove(self, tgt: Url | str | None = None, flags: int = 0, ttype: None = None) -> None: ...
    @overload
    def remove(self, tgt: Url | str | None = None, flags: int = 0, *, ttype: int) -> Task[None]: ...
    def remove(self, tgt: Url | str | None = None, flags: int = 0, ttype: int | None = None) -> Any:
        """Remove the target."""
        return self._flagged("remove", flags, ttype, tgt)

    @overload
    def open(self, name: Url | str, flags: int | None = None, ttype: None = None) -> Entry: ...
    @overload
    def open(self, name: Url | str, flags: int | None = None, *, ttype: int) -> Task[Entry]: ...
    def open(self, name: Url | str, flags: int | None = None, ttype: int | None = None) -> Any:
        """Return the entry of a name, opened."""
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
    def make_dir(self, tgt: Url | str, flags: int = 0, ttype: None = None) -> None: ...
    @overload
    def make_dir(self, tgt: Url | str, flags: int = 0, *, ttype: int) -> Task[None]: ...
    def make_dir(self, tgt: Url | str, flags: int = 0, ttype: int | None = None) -> Any:
        """Make a folder."""
        return self._flagged("make_dir", flags, ttype, tgt)

    @overload
    def change_dir(self, url: Url | str, flags: int = 0, ttype: None = None) -> None: ...
    @overload
    def change_dir(self, url: Url | str, flags: int = 0, *, ttype: int) -> Task[None]: ...
    def change_dir(self, url: Url | str, flags: int = 0, ttype: int | None = None) -> Any:
        """Make another folder this object's own."""
        return self._flagged("change_dir", flags, ttype, url)

    @overload
    def list(
        self, pattern: str | None = None, flags: int = 0, ttype: None = None
    ) -> Sequence[Url]: ...
    @overload
    def list(
        self, pattern: str | None = None, flags: int = 0, *, ttype: int
    ) -> Task[Sequence[Url]]: ...
    def list(self, pattern: str | None = None, flags: int = 0, ttype: int | None = None) -> Any:
        """Return the names in the folder which match a pattern."""
        return self._flagged("list", flags, ttype, pattern)

    @overload
    def exists(self, path: Url | str, ttype: None = None) -> bool: ...
    @overload
    def exists(self, path: Url | str, ttype: int) -> Task[bool]: ...
    def exists(self, path: Url | str, ttype: int | None = None) -> Any:
        """Return whether there is something of that name."""
        return self._call("exists", ttype, path)

    @overload
    def find(self, pattern: str, flags: int = RECURSIVE, ttype: None = None) -> Sequence[Url]: ...
    @overload
    def find(self, pattern: str, flags: int = RECURSIVE, *, ttype: int) -> Task[Sequence[Url]]: ...
    def find(self, pattern: str, flags: int = RECURSIVE, ttype: int | None = None) -> Any:
        """Return the names below the folder which match a pattern."""
        return self._flagged("find", flags, ttype, pattern)

    @overload
    def get_num_entries(self, ttype: None = None) -> int: ...
    @overload
    def get_num_entries(self, ttype: int) -> Task[int]: ...
    def get_num_entries(self, ttype: int | None = None) -> Any:
        """Return how many names the folder has."""
        return self._call("get_num_entries", ttype)

    @overload
    def get_entry(self, num: int, ttype: None = None) -> Url: ...
    @overload
    def get_entry(self, num: int, ttype: int) -> Task[Url]: ...
    def get_entry(self, num: int, ttype: int | None = None) -> Any:
        """Return the name at a position of the listing."""
        return self._call("get_entry", ttype, num)

    @overload
    def get_mtime(self, tgt: Url | str | None = None, ttype: None = None) -> float: ...
    @overload
    def get_mtime(self, tgt: Url | str | None = None, *, ttype: int) -> Task[float]: ...
    def get_mtime(self, tgt: Url | str | None = None, ttype: int | None = None) -> Any:
        """Return the time of the last change in seconds since the epoch."""
        return self._call("get_mtime", ttype, tgt)

    @overload
    def set_mtime(self, tgt: Url | str | None, mtime: float, ttype: None = None) -> None: ...
    @overload
    def set_mtime(self, tgt: Url | str | None, mtime: float, ttype: int) -> Task[None]: ...
    def set_mtime(self, tgt: Url | str | None, mtime: float, ttype: int | None = None) -> Any:
        """Set the time of the last change, in seconds since the epoch."""
        return self._call("set_mtime", ttype, tgt, mtime)

    @overload
    def get_mode(self, tgt: Url | str | None = None, ttype: None = None) -> int: ...
    @overload
    def get_mode(self, tgt: Url | str | None = None, *, ttype: int) -> Task[int]: ...
    def get_mode(self, tgt: Url | str | None = None, ttype: int | None = None) -> Any:
        """Return the permission bits of POSIX, as 0o644."""
        return self._call("get_mode", ttype, tgt)

    @overload
    def set_mode(
        self, tgt: Url | str | None, mode: int, flags: int = 0, ttype: None = None
    ) -> None: ...
    @overload
    def set_mode(
        self, tgt: Url | str | None, mode: int, flags: int = 0, *, ttype: int
    ) -> Task[None]: ...
    def set_mode(
        self, tgt: Url | str | None, mode: int, flags: int = 0, ttype: int | None = None
    ) -> Any:
        """Set the permission bits of POSIX; with RECURSIVE also below a directory."""
        return self._flagged("set_mode", flags, ttype, tgt, mode)

    @overload
    def get_owner(self, tgt: Url | str | None = None, ttype: None = None) -> str: ...
    @overload
    def get_owner(self, tgt: Url | str | None = None, *, ttype: int) -> Task[str]: ...
    def get_owner(self, tgt: Url | str | None = None, ttype: int | None = None) -> Any:
        """Return the owner as `user-NAME`."""
        return self._call("get_owner", ttype, tgt)

    @overload
    def get_group(self, tgt: Url | str | None = None, ttype: None = None) -> str: ...
    @overload
    def get_group(self, tgt: Url | str | None = None, *, ttype: int) -> Task[str]: ...
    def get_group(self, tgt: Url | str | None = None, ttype: int | None = None) -> Any:
        """Return the group as `group-NAME`."""
        return self._call("get_group", ttype, tgt)

    @overload
    def permissions_allow(
        self, tgt: Url | str | None, id: str, perm: int, flags: int = 0, ttype: None = None
    ) -> None: ...
    @overload
    def permissions_allow(
        self, tgt: Url | str | None, id: str, perm: int, flags: int = 0, *, ttype: int
    ) -> Task[None]: ...
    def permissions_allow(
        self,
        tgt: Url | str | None,
        id: str,  # noqa: A002 - SAGA's name
        perm: int,
        flags: int = 0,
        ttype: int | None = None,
    ) -> Any:
        """Let somebody do more.

        Args:
            tgt: Whose; None: the directory's own.
            id: `user-NAME`, `group-NAME`, or `*` for everybody.
            perm: What, of `juncture.saga.permissions`.
            flags: RECURSIVE: also what is below a directory.
            ttype: A task type, or None to have it done on return.
        """
        return self._flagged("permissions_allow", flags, ttype, tgt, id, perm)

    @overload
    def permissions_deny(
        self, tgt: Url | str | None, id: str, perm: int, flags: int = 0, ttype: None = None
    ) -> None: ...
    @overload
    def permissions_deny(
        self, tgt: Url | str | None, id: str, perm: int, flags: int = 0, *, ttype: int
    ) -> Task[None]: ...
    def permissions_deny(
        self,
        tgt: Url | str | None,
        id: str,  # noqa: A002 - as above
        perm: int,
        flags: int = 0,
        ttype: int | None = None,
    ) -> Any:
        """Let somebody do less; see `permissions_allow`."""
        return self._flagged("permissions_deny", flags, ttype, tgt, id, perm)

    @overload
    def permissions_check(
        self, tgt: Url | str | None, id: str, perm: int, ttype: None = None
    ) -> bool: ...
    @overload
    def permissions_check(
        self, tgt: Url | str | None, id: str, perm: int, ttype: int
    ) -> Task[bool]: ...
    def permissions_check(
        self,
        tgt: Url | str | None,
        id: str,  # noqa: A002 - as above
        perm: int,
        ttype: int | None = None,
    ) -> Any:
        """Return whether somebody may do all of this."""
        return self._call("permissions_check", ttype, tgt, id, perm)

    @overload
    def permissions_list(
        self, tgt: Url | str | None = None, ttype: None = None
    ) -> dict[str, int]: ...
    @overload
    def permissions_list(
        self, tgt: Url | str | None = None, *, ttype: int
    ) -> Task[dict[str, int]]: ...
    def permissions_list(self, tgt: Url | str | None = None, ttype: int | None = None) -> Any:
        """Return who may do what: `{id: permissions}`."""
        return self._call("permissions_list", ttype, tgt)

    @property
    def mtime(self) -> float:
        """The time of the last change."""
        return self.get_mtime()

    @mtime.setter
    def mtime(self, mtime: float) -> None:
        self.set_mtime(None, mtime)

    @property
    def mode(self) -> int:
        """The permission bits of POSIX."""
        return self.get_mode()

    @mode.setter
    def mode(self, mode: int) -> None:
        self.set_mode(None, mode)

    def _opened(self, method: str, name: Url | str, flags: int | None, ttype: int | None) -> Any:
        opened: Callable[..., Any] = self._flagged
        return opened(method, self._default_flags if flags is None else flags, ttype, name)
