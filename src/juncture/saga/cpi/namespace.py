# mypy: disable-error-code="override"
# pyright: reportIncompatibleMethodOverride=false
"""The CPIs of `namespace.Entry` and `namespace.Directory`: names in a tree.

A relative name is relative to the entry's or the directory's own URL. Flags are those of
`constants`. A call that moves or copies may define `container_copy(tasks)` and the like: then a
container hands over all such tasks of one adaptor in one call.
"""

from __future__ import annotations

from juncture.saga.constants import RECURSIVE
from juncture.saga.cpi.base import Base
from juncture.saga.cpi.decorators import SYNC, stub

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class Entry(Base):
    """One name; a method without a target is about the entry itself."""

    cpi_type = "namespace.Entry"

    @SYNC
    def init_instance(self, url: Any, flags: int, session: Any) -> None:
        """Take URL, flags and session, and check that they can be served."""

    @stub
    def get_url(self) -> Any:
        """Return the entry's URL; without this it is the URL the user gave."""

    @stub
    def get_cwd(self) -> Any:
        """Return the URL of the folder that holds the entry."""

    @stub
    def get_name(self) -> Any:
        """Return the last part of the path."""

    @stub
    def is_dir(self) -> Any:
        """Return whether this is a directory."""

    @stub
    def is_entry(self) -> Any:
        """Return whether this is something other than a directory or a link."""

    @stub
    def is_link(self) -> Any:
        """Return whether this is a link."""

    @stub
    def read_link(self) -> Any:
        """Return what the link points to."""

    @stub
    def copy(
        self, tgt: Any, flags: int = 0, on_progress: Any = None, checksum: str | None = None
    ) -> None:
        """Copy the entry; the last two are passed when a caller gives one of them."""

    @stub
    def link(self, tgt: Any, flags: int = 0) -> None:
        """Make a link to the entry."""

    @stub
    def move(self, tgt: Any, flags: int = 0) -> None:
        """Move the entry."""

    @stub
    def remove(self, flags: int = 0) -> None:
        """Remove the entry."""

    @stub
    def get_mtime(self) -> Any:
        """Return the time of the last change in seconds since the epoch."""

    @stub
    def set_mtime(self, mtime: float) -> None:
        """Set the time of the last change."""

    @stub
    def get_mode(self) -> Any:
        """Return the permission bits of POSIX."""

    @stub
    def set_mode(self, mode: int, flags: int = 0) -> None:
        """Set the permission bits of POSIX."""

    @stub
    def get_owner(self) -> Any:
        """Return the owner as `user-NAME`."""

    @stub
    def get_group(self) -> Any:
        """Return the group as `group-NAME`."""

    @stub
    def permissions_allow(self, id: str, perm: int, flags: int = 0) -> None:  # noqa: A002 - SAGA has it
        """Let somebody do more."""

    @stub
    def permissions_deny(self, id: str, perm: int, flags: int = 0) -> None:  # noqa: A002 - SAGA has it
        """Let somebody do less."""

    @stub
    def permissions_check(self, id: str, perm: int) -> Any:  # noqa: A002 - SAGA has it
        """Return whether somebody may do all of this."""

    @stub
    def permissions_list(self) -> Any:
        """Return who may do what: `{id: permissions}`."""

    @stub
    def close(self, timeout: float | None = None) -> None:
        """Let go of everything that the entry holds."""


class Directory(Entry):
    """A folder; a method with a target of None is about the folder itself."""

    cpi_type = "namespace.Directory"

    @stub
    def is_dir(self, tgt: Any = None) -> Any:
        """Return whether the target is a directory."""

    @stub
    def is_entry(self, tgt: Any = None) -> Any:
        """Return whether the target is something other than a directory or a link."""

    @stub
    def is_link(self, tgt: Any = None) -> Any:
        """Return whether the target is a link."""

    @stub
    def read_link(self, tgt: Any = None) -> Any:
        """Return what the link points to."""

    @stub
    def copy(
        self,
        src: Any,
        tgt: Any,
        flags: int = 0,
        on_progress: Any = None,
        checksum: str | None = None,
    ) -> None:
        """Copy a source to a target; the last two are passed when a caller gives one of them."""

    @stub
    def link(self, src: Any, tgt: Any, flags: int = 0) -> None:
        """Make a link at the target."""

    @stub
    def move(self, src: Any, tgt: Any, flags: int = 0) -> None:
        """Move a source to a target."""

    @stub
    def remove(self, tgt: Any = None, flags: int = 0) -> None:
        """Remove the target."""

    @stub
    def open(self, name: Any, flags: int) -> Any:
        """Return the entry of a name, opened."""

    @stub
    def open_dir(self, name: Any, flags: int) -> Any:
        """Return the folder of a name, opened."""

    @stub
    def make_dir(self, tgt: Any, flags: int = 0) -> None:
        """Make a folder."""

    @stub
    def change_dir(self, url: Any, flags: int = 0) -> None:
        """Make another folder this object's own."""

    @stub
    def list(self, pattern: str | None = None, flags: int = 0) -> Any:
        """Return the names in the folder which match a pattern."""

    @stub
    def exists(self, path: Any) -> Any:
        """Return whether there is something of that name."""

    @stub
    def find(self, pattern: str, flags: int = RECURSIVE) -> Any:
        """Return the names below the folder which match a pattern."""

    @stub
    def get_num_entries(self) -> Any:
        """Return how many names the folder has."""

    @stub
    def get_entry(self, num: int) -> Any:
        """Return the name at a position of the listing."""

    @stub
    def get_mtime(self, tgt: Any = None) -> Any:
        """Return the time of the last change in seconds since the epoch."""

    @stub
    def set_mtime(self, tgt: Any, mtime: float) -> None:
        """Set the time of the last change."""

    @stub
    def get_mode(self, tgt: Any = None) -> Any:
        """Return the permission bits of POSIX."""

    @stub
    def set_mode(self, tgt: Any, mode: int, flags: int = 0) -> None:
        """Set the permission bits of POSIX."""

    @stub
    def get_owner(self, tgt: Any = None) -> Any:
        """Return the owner as `user-NAME`."""

    @stub
    def get_group(self, tgt: Any = None) -> Any:
        """Return the group as `group-NAME`."""

    @stub
    def permissions_allow(self, tgt: Any, id: str, perm: int, flags: int = 0) -> None:  # noqa: A002 - SAGA has it
        """Let somebody do more."""

    @stub
    def permissions_deny(self, tgt: Any, id: str, perm: int, flags: int = 0) -> None:  # noqa: A002 - SAGA has it
        """Let somebody do less."""

    @stub
    def permissions_check(self, tgt: Any, id: str, perm: int) -> Any:  # noqa: A002 - SAGA has it
        """Return whether somebody may do all of this."""

    @stub
    def permissions_list(self, tgt: Any = None) -> Any:
        """Return who may do what: `{id: permissions}`."""
