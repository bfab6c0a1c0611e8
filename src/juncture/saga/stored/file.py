# mypy: disable-error-code="override"
# pyright: reportIncompatibleMethodOverride=false, reportIncompatibleVariableOverride=false
"""`namespace.Entry` and `filesystem.File` of any store."""

from __future__ import annotations

from juncture.saga import cpi
from juncture.saga.constants import (
    APPEND,
    CREATE,
    CREATE_PARENTS,
    EXCLUSIVE,
    LOCK,
    READ,
    READ_WRITE,
    TRUNCATE,
    WRITE,
)
from juncture.saga.exceptions import BadParameter, DoesNotExist, PermissionDenied
from juncture.saga.storage.making import make_parents
from juncture.saga.storage.values import APPENDS, DIRECTORY, FILE
from juncture.saga.stored import flags, permissions
from juncture.saga.stored.content import Content
from juncture.saga.stored.named import Named
from juncture.saga.stored.placed import One
from juncture.saga.stored.places import Place
from juncture.saga.stored.vectors import Vectors
from juncture.saga.stored.written import as_bytes, whole

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from juncture.saga.storage.values import Lock


class _One(Named, One[Place]):
    """A name that is no directory."""

    def copy(
        self, tgt: Any, given: int = 0, on_progress: Any = None, checksum: str | None = None
    ) -> None:
        """Copy it."""
        self._copy(self._here(), tgt, given, on_progress, checksum)

    def _request(
        self, tgt: Any, given: int = 0, on_progress: Any = None, checksum: str | None = None
    ) -> Any:
        return self._asked(self._here(), tgt, given, on_progress, checksum)

    def link(self, tgt: Any, given: int = 0) -> None:
        """Make a link to it."""
        self._link(self._here(), tgt, given)

    def move(self, tgt: Any, given: int = 0) -> None:
        """Move it; the object is at the target then."""
        here = self._here()
        self._let_go()
        self._move_to(self._move(here, tgt, given))

    def remove(self, given: int = 0) -> None:
        """Remove it."""
        here = self._here()
        self._let_go()
        self._remove(here, given)

    def get_mtime(self) -> float:
        """Return the time of the last change."""
        return permissions.mtime(self._here())

    def set_mtime(self, mtime: float) -> None:
        """Set the time of the last change."""
        self._set_mtime(self._here(), mtime)

    def get_mode(self) -> int:
        """Return the permission bits."""
        return permissions.mode(self._here())

    def set_mode(self, mode: int, given: int = 0) -> None:
        """Set the permission bits."""
        permissions.set_mode(self._here(), mode, given)

    def get_owner(self) -> str:
        """Return the owner's id."""
        return permissions.owner(self._here())

    def get_group(self) -> str:
        """Return the group's id."""
        return permissions.group(self._here())

    def permissions_allow(self, id: str, perm: int, given: int = 0) -> None:  # noqa: A002 - SAGA's name
        """Let somebody do more."""
        permissions.allow(self._here(), id, perm, given)

    def permissions_deny(self, id: str, perm: int, given: int = 0) -> None:  # noqa: A002 - as above
        """Let somebody do less."""
        permissions.deny(self._here(), id, perm, given)

    def permissions_check(self, id: str, perm: int) -> bool:  # noqa: A002 - as above
        """Return whether somebody may do all of this."""
        return permissions.check(self._here(), id, perm)

    def permissions_list(self) -> dict[str, int]:
        """Return who may do what."""
        return permissions.listed(self._here())

    def _let_go(self) -> None:
        """Let go of what is open."""


class Entry(_One, cpi.namespace.Entry):
    """A name of any store."""

    def init_instance(self, url: Any, given: int, session: Any) -> None:
        """Look whether it is there, or make an empty file."""
        given = flags.opening(given, flags.OPEN_DIRECTORY)
        self._begin(url, given, session)
        if given & CREATE:
            create_file(self._place, given)
        else:
            self._place.store.stat(self._place.path, follow=False)


class File(_One, Vectors, cpi.filesystem.File):
    """A file of any store."""

    _content: Content
    _lock: Lock | None

    def init_instance(self, url: Any, given: int, session: Any) -> None:
        """Look whether it is there, or make it, as the flags say."""
        if given != READ:
            given = flags.opening(given, flags.OPEN_FILE)
        self._begin(url, given, session)
        place = self._place
        self._lock = None
        self._content = Content(place.store, place.path, append=bool(given & APPEND))
        if given == READ:
            check_file(place)
        else:
            self._prepare(place, given)

    def _prepare(self, place: Place, given: int) -> None:
        made = bool(given & CREATE) and create_file(place, given)
        if not made:
            check_file(place)
        if given & LOCK:
            self._lock = place.store.lock(place.path, shared=not given & WRITE)
        if given & TRUNCATE and not made:
            self._content.truncate(0)

    def is_file(self) -> bool:
        """Return whether it is a file, or a link to one."""
        return self._kind_of(None, follow=True) == FILE

    def get_size(self) -> int:
        """Return the length in bytes, with all that was written."""
        self._here()
        return self._content.size()

    def read(self, size: int | None = None) -> bytes:
        """Return up to `size` bytes from the position; None or less than 0 means all."""
        self._may(READ)
        if size is not None and whole(size, "how much is read") < 0:
            size = None
        return self._content.read(size)

    def write(self, data: Any, given: int = 0) -> int:
        """Write at the position, or with APPEND at the end, with TRUNCATE instead of all."""
        self._may(WRITE)
        content = as_bytes(data)
        if given:
            given = flags.check(given, flags.WRITING, "write")
            if given & TRUNCATE:
                self._content.truncate(0)
                self._content.position = 0
        return self._content.write(content, append=bool(given & APPEND))

    def truncate(self, size: int = 0) -> None:
        """Make it as long as `size`; what is added is zeros."""
        self._may(WRITE)
        if whole(size, "the length of a file") < 0:
            raise BadParameter(f"a file is 0 bytes long or longer, found {size}")
        self._content.truncate(size)

    def seek(self, offset: int, whence: Any = None) -> int:
        """Move the position, and return it."""
        self._here()
        return self._content.seek(offset, whence)

    def close(self, kill: bool = True, timeout: float | None = None) -> None:
        """Let go of the file and its lock, and raise what the store could not keep."""
        del kill, timeout
        self._closed = True
        self._let_go()

    def _let_go(self) -> None:
        lock, self._lock = self._lock, None
        try:
            self._content.close()
        finally:
            if lock is not None:
                lock.close()

    def _move_to(self, place: Place) -> None:
        super()._move_to(place)
        position = self._content.position
        self._content = Content(place.store, place.path, append=bool(self._flags & APPEND))
        self._content.position = position

    def _may(self, access: int) -> None:
        """Raise PermissionDenied unless the file was opened for this."""
        self._here()
        if not self._flags & access:
            raise PermissionDenied(
                f"`{self._place.path}` was opened for "
                f"{'reading' if access == WRITE else 'writing'} alone",
                hint=f"open it with {flags.named(READ_WRITE)}",
            )


def check_file(place: Place) -> None:
    """Raise when a name leads to no file."""
    if place.store.stat(place.path).kind == DIRECTORY:
        raise BadParameter(
            f"`{place.path}` is a directory, not a file", hint="open it as a `Directory`"
        )


def create_file(place: Place, given: int) -> bool:
    """Make an empty file if there is none; say whether it was made.

    Raises:
        AlreadyExists: with EXCLUSIVE, there is something of that name.
    """
    store, path = place.store, place.path
    if given & CREATE_PARENTS:
        make_parents(store, path)
    if given & EXCLUSIVE:
        store.open_write(path, exclusive=True).close()
        return True
    try:
        store.stat(path)
    except DoesNotExist:
        append = APPENDS in store.traits  # which keeps what somebody else wrote meanwhile
        store.open_write(path, append=append, exclusive=not append).close()
        return True
    return False
