"""One folder of files."""

from __future__ import annotations

from juncture._util.typed import overload
from juncture.saga import namespace
from juncture.saga.constants import READ, TaskType

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, Literal

    from juncture.saga.exceptions import SagaException
    from juncture.saga.filesystem.file import File
    from juncture.saga.storage.progress import Progress
    from juncture.saga.storage.sync import Change
    from juncture.saga.task.task import Task
    from juncture.saga.url import Url

    _Changes = list[Change | SagaException]  # in the class, `list` is a method


class Directory(namespace.Directory):
    """A folder of files; see `namespace.Directory`."""

    _api_type = "filesystem.Directory"
    _default_flags = READ

    __slots__ = ()

    @overload
    def open(self, name: Url | str, flags: int | None = None, ttype: None = None) -> File: ...
    @overload
    def open(self, name: Url | str, flags: int | None = None, *, ttype: int) -> Task[File]: ...
    def open(self, name: Url | str, flags: int | None = None, ttype: int | None = None) -> Any:
        """Return the file of a name, opened."""
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
    def is_file(self, tgt: Url | str | None = None, ttype: None = None) -> bool: ...
    @overload
    def is_file(self, tgt: Url | str | None = None, *, ttype: int) -> Task[bool]: ...
    def is_file(self, tgt: Url | str | None = None, ttype: int | None = None) -> Any:
        """Return whether the target is a file."""
        return self._call("is_file", ttype, tgt)

    @overload
    def get_size(self, tgt: Url | str | None = None, ttype: None = None) -> int: ...
    @overload
    def get_size(self, tgt: Url | str | None = None, *, ttype: int) -> Task[int]: ...
    def get_size(self, tgt: Url | str | None = None, ttype: int | None = None) -> Any:
        """Return the size of the target in bytes."""
        return self._call("get_size", ttype, tgt)

    @overload
    def sync(
        self,
        src: Url | str,
        tgt: Url | str,
        flags: int = 0,
        ttype: None = None,
        *,
        delete: bool = False,
        checksum: bool | str = False,
        dry_run: Literal[False] = False,
        on_progress: Callable[[Progress], object] | None = None,
    ) -> None: ...
    @overload
    def sync(
        self,
        src: Url | str,
        tgt: Url | str,
        flags: int = 0,
        ttype: None = None,
        *,
        delete: bool = False,
        checksum: bool | str = False,
        dry_run: Literal[True],
        on_progress: Callable[[Progress], object] | None = None,
    ) -> _Changes: ...
    @overload
    def sync(
        self,
        src: Url | str,
        tgt: Url | str,
        flags: int = 0,
        *,
        ttype: int,
        delete: bool = False,
        checksum: bool | str = False,
        dry_run: bool = False,
        on_progress: Callable[[Progress], object] | None = None,
    ) -> Task[_Changes | None]: ...
    def sync(
        self,
        src: Url | str,
        tgt: Url | str,
        flags: int = 0,
        ttype: int | None = None,
        *,
        delete: bool = False,
        checksum: bool | str = False,
        dry_run: bool = False,
        on_progress: Callable[[Progress], object] | None = None,
    ) -> Any:
        """Make a target directory like a source directory, copying what differs.

        Args:
            src: The source directory.
            tgt: The target directory; it is made when it is not there.
            flags: DEREFERENCE: what links lead to, instead of links; CREATE_PARENTS.
            ttype: A task type, or None to have it done on return.
            delete: Whether what the source does not have is removed from the target.
            checksum: Whether contents are compared; else length and time of last change. True is
                `sha256`; or it is the name of another algorithm that `hashlib` knows.
            dry_run: Whether it is only told what would be done.
            on_progress: Called now and then with how far it is, as that of `copy`.

        Returns:
            With `dry_run` a list of what there is to do, each with `what` (`new`, `changed`,
            `removed`), `path`, `kind` and `size_bytes`, or an exception; else None.
        """
        if ttype is None and isinstance(flags, TaskType):
            flags, ttype = 0, flags
        wishes = (delete, checksum, dry_run, on_progress)
        return self._call("sync", ttype, src, tgt, flags, *wishes)

    @property
    def size(self) -> int:
        """The size in bytes."""
        return self.get_size()
