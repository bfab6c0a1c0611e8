"""A name for copies of one file in several places."""

from __future__ import annotations

from juncture._util.typed import overload
from juncture.saga.constants import READ
from juncture.saga.namespace.described import Described
from juncture.saga.namespace.entry import Entry

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from juncture.saga.task.task import Task
    from juncture.saga.url import Url


class LogicalFile(Described, Entry):
    """A logical file: a name in a catalogue, and the URLs of its copies; see `namespace.Entry`.

    `copy`, `link`, `move` and `remove` are about the name: the copies stay where they are. What
    changes the locations or the attributes needs a file that was opened with WRITE, which CREATE
    brings along.
    """

    _api_type = "replica.LogicalFile"
    _default_flags = READ

    __slots__ = ()

    @overload
    def is_file(self, ttype: None = None) -> bool: ...
    @overload
    def is_file(self, ttype: int) -> Task[bool]: ...
    def is_file(self, ttype: int | None = None) -> Any:
        """Return whether it is a logical file."""
        return self._call("is_file", ttype)

    @overload
    def get_size(self, ttype: None = None) -> int: ...
    @overload
    def get_size(self, ttype: int) -> Task[int]: ...
    def get_size(self, ttype: int | None = None) -> Any:
        """Return the size in bytes: the recorded one, else that of the first copy that answers."""
        return self._call("get_size", ttype)

    @overload
    def add_location(self, url: Url | str, ttype: None = None) -> None: ...
    @overload
    def add_location(self, url: Url | str, ttype: int) -> Task[None]: ...
    def add_location(self, url: Url | str, ttype: int | None = None) -> Any:
        """Say that a copy is at a URL; whether it is there is not looked at.

        A location that the file has already is not added again, and that is no error (GFD.90).
        """
        return self._call("add_location", ttype, url)

    @overload
    def remove_location(self, url: Url | str, ttype: None = None) -> None: ...
    @overload
    def remove_location(self, url: Url | str, ttype: int) -> Task[None]: ...
    def remove_location(self, url: Url | str, ttype: int | None = None) -> Any:
        """Say that no copy is at a URL any more; what is there stays.

        Raises:
            DoesNotExist: the file does not have this location.
        """
        return self._call("remove_location", ttype, url)

    @overload
    def update_location(self, old: Url | str, new: Url | str, ttype: None = None) -> None: ...
    @overload
    def update_location(self, old: Url | str, new: Url | str, ttype: int) -> Task[None]: ...
    def update_location(self, old: Url | str, new: Url | str, ttype: int | None = None) -> Any:
        """Say that a copy has another URL.

        Raises:
            DoesNotExist: the file does not have the old location.
            AlreadyExists: the file has the new location already.
        """
        return self._call("update_location", ttype, old, new)

    @overload
    def list_locations(self, ttype: None = None) -> list[Url]: ...
    @overload
    def list_locations(self, ttype: int) -> Task[list[Url]]: ...
    def list_locations(self, ttype: int | None = None) -> Any:
        """Return the URLs of the copies, in the order in which they were added."""
        return self._call("list_locations", ttype)

    @overload
    def replicate(self, tgt: Url | str, flags: int = 0, ttype: None = None) -> None: ...
    @overload
    def replicate(self, tgt: Url | str, flags: int = 0, *, ttype: int) -> Task[None]: ...
    def replicate(self, tgt: Url | str, flags: int = 0, ttype: int | None = None) -> Any:
        """Make one more copy, from the nearest that can be read, and add its location.

        Args:
            tgt: The URL of the new copy, or of a directory in which it gets the file's name.
            flags: OVERWRITE replaces what is there, CREATE_PARENTS makes missing directories.
            ttype: A task type, or None to have it done on return.

        Raises:
            NoSuccess: no copy could be read; it says why not, copy by copy.
        """
        return self._flagged("replicate", flags, ttype, tgt)

    @overload
    def upload(
        self, src: Url | str, tgt: Url | str | None = None, flags: int = 0, ttype: None = None
    ) -> None: ...
    @overload
    def upload(
        self, src: Url | str, tgt: Url | str | None = None, flags: int = 0, *, ttype: int
    ) -> Task[None]: ...
    def upload(
        self,
        src: Url | str,
        tgt: Url | str | None = None,
        flags: int = 0,
        ttype: int | None = None,
    ) -> Any:
        """Copy a file to a location, and add that.

        Args:
            src: The file: a path of this host, or a URL.
            tgt: As with `replicate`; None means below the adaptor's option `upload_to`.
            flags: OVERWRITE replaces what is there, CREATE_PARENTS makes missing directories.
            ttype: A task type, or None to have it done on return.
        """
        return self._flagged("upload", flags, ttype, src, tgt)

    @overload
    def download(
        self, tgt: Url | str, src: Url | str | None = None, flags: int = 0, ttype: None = None
    ) -> None: ...
    @overload
    def download(
        self, tgt: Url | str, src: Url | str | None = None, flags: int = 0, *, ttype: int
    ) -> Task[None]: ...
    def download(
        self,
        tgt: Url | str,
        src: Url | str | None = None,
        flags: int = 0,
        ttype: int | None = None,
    ) -> Any:
        """Bring a copy to a place that is not added as a location.

        Args:
            tgt: A path of this host, or a URL; in a directory it gets the file's name.
            src: The location to use; None means the nearest that can be read.
            flags: OVERWRITE replaces what is there, CREATE_PARENTS makes missing directories.
            ttype: A task type, or None to have it done on return.

        Raises:
            NoSuccess: no copy could be read; it says why not, copy by copy.
        """
        return self._flagged("download", flags, ttype, tgt, src)

    @property
    def size(self) -> int:
        """The size in bytes."""
        return self.get_size()
