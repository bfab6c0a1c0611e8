"""One folder of files."""

from __future__ import annotations

from juncture.saga import namespace
from juncture.saga.constants import READ, TaskType

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from juncture.saga.storage.progress import Progress
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

    size = property(get_size, doc="The size in bytes.")
