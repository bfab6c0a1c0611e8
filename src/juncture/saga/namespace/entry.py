"""One name in a tree.

It is one class whose calls are declared twice, as a value and as a task, and so one module although
a long one.
"""

from __future__ import annotations

from juncture._util.typed import overload
from juncture.saga.constants import SYNC, TaskType
from juncture.saga.engine.bound import ApiObject
from juncture.saga.session import session_of
from juncture.saga.storage import paths
from juncture.saga.url import Url

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from typing_extensions import Self

    from juncture.saga.cpi.base import AdaptorBase, Base
    from juncture.saga.session import Session
    from juncture.saga.storage.progress import Progress
    from juncture.saga.task.task import Task


class Entry(ApiObject):
    """A name.

    Args:
        url: Where it is: a URL, a text with `://` that is one, or else a path as it is spelled.
        flags: How it is opened, of `namespace`'s flags; None means the class's default.
        session: The credentials that may be used; None means the user's own.
        _adaptor: An adaptor to stay on.
        _adaptor_state: What its class then receives in `init_instance` instead of the rest.
        _adaptor_name: The name of the one adaptor to try.
        _ttype: A task type: `_init_task` is then the task of making the object.
    """

    _api_type = "namespace.Entry"
    _default_flags = 0

    __slots__ = ("__weakref__", "_adaptor", "_init_task", "_session", "_url")

    def __init__(
        self,
        url: Url | str | None = None,
        flags: int | None = None,
        session: Session | None = None,
        *,
        _adaptor: AdaptorBase | Base | None = None,
        _adaptor_state: dict[str, Any] | None = None,
        _adaptor_name: str | None = None,
        _ttype: int | None = None,
    ) -> None:
        session = session_of(session)
        self._url = _location("" if url is None else url)
        self._session = session
        self._bind(
            self._url.scheme or "file",
            (self._url, self._default_flags if flags is None else flags, session),
            adaptor=_adaptor,
            adaptor_state=_adaptor_state,
            adaptor_name=_adaptor_name,
            ttype=_ttype,
        )

    @overload
    @classmethod
    def create(
        cls,
        url: Url | str,
        flags: int | None = None,
        session: Session | None = None,
        ttype: int = SYNC,
    ) -> Task[Self]: ...
    @overload
    @classmethod
    def create(
        cls,
        url: Url | str,
        flags: int | None = None,
        session: Session | None = None,
        *,
        ttype: None,
    ) -> Self: ...
    @classmethod
    def create(
        cls,
        url: Url | str,
        flags: int | None = None,
        session: Session | None = None,
        ttype: int | None = SYNC,
    ) -> Any:
        """Return a task whose result is the opened object."""
        made = cls(url, flags, session, _ttype=ttype)
        return made._init_task if ttype is not None else made

    @overload
    def get_url(self, ttype: None = None) -> Url: ...
    @overload
    def get_url(self, ttype: int) -> Task[Url]: ...
    def get_url(self, ttype: int | None = None) -> Any:
        """Return the URL, a copy."""
        return self._call("get_url", ttype, default=lambda: Url(self._url))

    @overload
    def get_cwd(self, ttype: None = None) -> Url: ...
    @overload
    def get_cwd(self, ttype: int) -> Task[Url]: ...
    def get_cwd(self, ttype: int | None = None) -> Any:
        """Return the URL of the folder that holds it."""
        return self._call("get_cwd", ttype)

    @overload
    def get_name(self, ttype: None = None) -> str: ...
    @overload
    def get_name(self, ttype: int) -> Task[str]: ...
    def get_name(self, ttype: int | None = None) -> Any:
        """Return the last part of its path."""
        return self._call("get_name", ttype)

    @overload
    def is_dir(self, ttype: None = None) -> bool: ...
    @overload
    def is_dir(self, ttype: int) -> Task[bool]: ...
    def is_dir(self, ttype: int | None = None) -> Any:
        """Return whether it is a directory."""
        return self._call("is_dir", ttype)

    @overload
    def is_entry(self, ttype: None = None) -> bool: ...
    @overload
    def is_entry(self, ttype: int) -> Task[bool]: ...
    def is_entry(self, ttype: int | None = None) -> Any:
        """Return whether it is something other than a directory or a link."""
        return self._call("is_entry", ttype)

    @overload
    def is_link(self, ttype: None = None) -> bool: ...
    @overload
    def is_link(self, ttype: int) -> Task[bool]: ...
    def is_link(self, ttype: int | None = None) -> Any:
        """Return whether it is a link."""
        return self._call("is_link", ttype)

    @overload
    def read_link(self, ttype: None = None) -> Url: ...
    @overload
    def read_link(self, ttype: int) -> Task[Url]: ...
    def read_link(self, ttype: int | None = None) -> Any:
        """Return what the link points to."""
        return self._call("read_link", ttype)

    @overload
    def copy(
        self,
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
        tgt: Url | str,
        flags: int = 0,
        *,
        ttype: int,
        on_progress: Callable[[Progress], object] | None = None,
        checksum: str | None = None,
    ) -> Task[None]: ...
    def copy(
        self,
        tgt: Url | str,
        flags: int = 0,
        ttype: int | None = None,
        *,
        on_progress: Callable[[Progress], object] | None = None,
        checksum: str | None = None,
    ) -> Any:
        """Copy it.

        Args:
            tgt: The name that the copy gets, or a directory in which it gets its own. With a slash
                at its end it is a directory, which with CREATE_PARENTS is made.
            flags: OVERWRITE replaces a file that is there, else that is AlreadyExists; RECURSIVE is
                needed for a directory; DEREFERENCE copies what links lead to instead of links;
                CREATE_PARENTS makes directories that the target is to be in.
            ttype: A task type, or None to have it done on return.
            on_progress: Called now and then with how far it is: `bytes_done`, `bytes_total`,
                `files_done`, `files_total`, `bytes_per_second`, `seconds_left`, `name`. What it
                raises ends the copy.
            checksum: An algorithm that `hashlib` knows: the sums of both sides are compared.
        """
        return self._copied(flags, ttype, on_progress, checksum, tgt)

    @overload
    def link(self, tgt: Url | str, flags: int = 0, ttype: None = None) -> None: ...
    @overload
    def link(self, tgt: Url | str, flags: int = 0, *, ttype: int) -> Task[None]: ...
    def link(self, tgt: Url | str, flags: int = 0, ttype: int | None = None) -> Any:
        """Make a link to it."""
        return self._flagged("link", flags, ttype, tgt)

    @overload
    def move(self, tgt: Url | str, flags: int = 0, ttype: None = None) -> None: ...
    @overload
    def move(self, tgt: Url | str, flags: int = 0, *, ttype: int) -> Task[None]: ...
    def move(self, tgt: Url | str, flags: int = 0, ttype: int | None = None) -> Any:
        """Move it."""
        return self._flagged("move", flags, ttype, tgt)

    @overload
    def remove(self, flags: int = 0, ttype: None = None) -> None: ...
    @overload
    def remove(self, flags: int = 0, *, ttype: int) -> Task[None]: ...
    def remove(self, flags: int = 0, ttype: int | None = None) -> Any:
        """Remove it."""
        return self._flagged("remove", flags, ttype)

    @overload
    def get_mtime(self, ttype: None = None) -> float: ...
    @overload
    def get_mtime(self, ttype: int) -> Task[float]: ...
    def get_mtime(self, ttype: int | None = None) -> Any:
        """Return the time of the last change in seconds since the epoch."""
        return self._call("get_mtime", ttype)

    @overload
    def set_mtime(self, mtime: float, ttype: None = None) -> None: ...
    @overload
    def set_mtime(self, mtime: float, ttype: int) -> Task[None]: ...
    def set_mtime(self, mtime: float, ttype: int | None = None) -> Any:
        """Set the time of the last change, in seconds since the epoch."""
        return self._call("set_mtime", ttype, mtime)

    @overload
    def get_mode(self, ttype: None = None) -> int: ...
    @overload
    def get_mode(self, ttype: int) -> Task[int]: ...
    def get_mode(self, ttype: int | None = None) -> Any:
        """Return the permission bits of POSIX, as 0o644."""
        return self._call("get_mode", ttype)

    @overload
    def set_mode(self, mode: int, flags: int = 0, ttype: None = None) -> None: ...
    @overload
    def set_mode(self, mode: int, flags: int = 0, *, ttype: int) -> Task[None]: ...
    def set_mode(self, mode: int, flags: int = 0, ttype: int | None = None) -> Any:
        """Set the permission bits of POSIX; with RECURSIVE also below a directory."""
        return self._flagged("set_mode", flags, ttype, mode)

    @overload
    def get_owner(self, ttype: None = None) -> str: ...
    @overload
    def get_owner(self, ttype: int) -> Task[str]: ...
    def get_owner(self, ttype: int | None = None) -> Any:
        """Return the owner as `user-NAME`."""
        return self._call("get_owner", ttype)

    @overload
    def get_group(self, ttype: None = None) -> str: ...
    @overload
    def get_group(self, ttype: int) -> Task[str]: ...
    def get_group(self, ttype: int | None = None) -> Any:
        """Return the group as `group-NAME`."""
        return self._call("get_group", ttype)

    @overload
    def permissions_allow(self, id: str, perm: int, flags: int = 0, ttype: None = None) -> None: ...
    @overload
    def permissions_allow(
        self, id: str, perm: int, flags: int = 0, *, ttype: int
    ) -> Task[None]: ...
    def permissions_allow(
        self,
        id: str,  # noqa: A002 - SAGA's name
        perm: int,
        flags: int = 0,
        ttype: int | None = None,
    ) -> Any:
        """Let somebody do more.

        Args:
            id: `user-NAME`, `group-NAME`, or `*` for everybody.
            perm: What, of `juncture.saga.permissions`.
            flags: RECURSIVE: also what is below a directory.
            ttype: A task type, or None to have it done on return.
        """
        return self._flagged("permissions_allow", flags, ttype, id, perm)

    @overload
    def permissions_deny(self, id: str, perm: int, flags: int = 0, ttype: None = None) -> None: ...
    @overload
    def permissions_deny(self, id: str, perm: int, flags: int = 0, *, ttype: int) -> Task[None]: ...
    def permissions_deny(
        self,
        id: str,  # noqa: A002 - as above
        perm: int,
        flags: int = 0,
        ttype: int | None = None,
    ) -> Any:
        """Let somebody do less; see `permissions_allow`."""
        return self._flagged("permissions_deny", flags, ttype, id, perm)

    @overload
    def permissions_check(self, id: str, perm: int, ttype: None = None) -> bool: ...
    @overload
    def permissions_check(self, id: str, perm: int, ttype: int) -> Task[bool]: ...
    def permissions_check(
        self,
        id: str,  # noqa: A002 - as above
        perm: int,
        ttype: int | None = None,
    ) -> Any:
        """Return whether somebody may do all of this."""
        return self._call("permissions_check", ttype, id, perm)

    @overload
    def permissions_list(self, ttype: None = None) -> dict[str, int]: ...
    @overload
    def permissions_list(self, ttype: int) -> Task[dict[str, int]]: ...
    def permissions_list(self, ttype: int | None = None) -> Any:
        """Return who may do what: `{id: permissions}`."""
        return self._call("permissions_list", ttype)

    @overload
    def close(self, timeout: float | None = None, ttype: None = None) -> None: ...
    @overload
    def close(self, timeout: float | None = None, *, ttype: int) -> Task[None]: ...
    def close(self, timeout: float | None = None, ttype: int | None = None) -> Any:
        """Let go of everything that the object holds."""
        return self._call("close", ttype, timeout, default=lambda *_: None)

    @property
    def url(self) -> Url:
        """The URL, a copy."""
        return self.get_url()

    @property
    def cwd(self) -> Url:
        """The URL of the folder that holds it."""
        return self.get_cwd()

    @property
    def name(self) -> str:
        """The last part of its path."""
        return self.get_name()

    @property
    def owner(self) -> str:
        """The owner, as `user-NAME`."""
        return self.get_owner()

    @property
    def group(self) -> str:
        """The group, as `group-NAME`."""
        return self.get_group()

    @property
    def mtime(self) -> float:
        """The time of the last change."""
        return self.get_mtime()

    @mtime.setter
    def mtime(self, mtime: float) -> None:
        self.set_mtime(mtime)

    @property
    def mode(self) -> int:
        """The permission bits of POSIX."""
        return self.get_mode()

    @mode.setter
    def mode(self, mode: int) -> None:
        self.set_mode(mode)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<{self._api_type} {self._url.masked()}>"

    def _copied(
        self,
        flags: int,
        ttype: int | None,
        on_progress: Callable[[Progress], object] | None,
        checksum: str | None,
        *names: Any,
    ) -> Any:
        """Call `copy`; what was not asked for is not passed on, since adaptors may leave it out."""
        if on_progress is None and checksum is None:
            return self._flagged("copy", flags, ttype, *names)
        if ttype is None and isinstance(flags, TaskType):
            flags, ttype = 0, flags
        return self._call("copy", ttype, *names, flags, on_progress, checksum)

    def _flagged(self, method: str, flags: int, ttype: int | None, *arguments: Any) -> Any:
        """Call a method whose last argument is its flags; a task type may stand in their place."""
        if ttype is None and isinstance(flags, TaskType):
            flags, ttype = 0, flags
        return self._call(method, ttype, *arguments, flags)


def _location(url: Url | str) -> Url:
    if isinstance(url, str) and not paths.is_url(url):
        return paths.relative_url(url)
    return Url(url)
