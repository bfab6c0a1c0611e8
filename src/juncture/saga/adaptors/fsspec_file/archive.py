"""Archives as trees that can be read: the archive is a file of this host, or of any scheme.

They are not written: the index of an archive is at its end, and one that was cut is lost whole. An
archive is one open file for all who read it, one after the other.
"""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import Any

from juncture.saga.adaptors.fsspec_file import opening
from juncture.saga.adaptors.fsspec_file import options as option_names
from juncture.saga.adaptors.fsspec_file.archive_names import archive_of
from juncture.saga.adaptors.fsspec_file.failures import as_saga, clean
from juncture.saga.adaptors.fsspec_file.store import FsspecStore
from juncture.saga.adaptors.fsspec_file.streams import FileReader
from juncture.saga.exceptions import BadParameter, DoesNotExist
from juncture.saga.storage.paths import url_path
from juncture.saga.storage.values import DIRECTORY, Stat

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Generator, Iterator
    from contextlib import AbstractContextManager

    from juncture.saga.adaptors.fsspec_file.schemes import Scheme
    from juncture.saga.storage.values import Reader
    from juncture.saga.url import Url

_PIECE_BYTES = 1 << 20


class ArchiveStore(FsspecStore):
    """What is in one archive.

    Args:
        fs: fsspec's file system.
        name: The name of the store.
        root: The path of the archive, which begins every path of the store, or "".
        scheme: What is known of the scheme.
    """

    most_calls = 1  # the archive is one open file

    def __init__(self, fs: Any, name: str, root: str, scheme: Scheme) -> None:
        super().__init__(fs, name, root, scheme)
        self._guard: AbstractContextManager[Any] = threading.RLock()

    @contextmanager
    def calling(self, path: str) -> Generator[Any]:
        """Give the file system for one call about a path, while nobody else has it."""
        with self._guard, super().calling(path) as fs:
            yield fs

    @classmethod
    def opened(
        cls, url: Url, scheme: Scheme, options: dict[str, Any], account: tuple[str, str], kind: Any
    ) -> ArchiveStore:
        """Return the store of a URL."""
        del account
        if "::" in str(url):
            raise BadParameter(
                f"`{clean(str(url))}` is a chain as fsspec has them, and no URL",
                hint=f"write `{url.scheme}:///name?archive=` and the URL of the archive",
            )
        inside = archive_of(url)
        where = options.pop("archive", "") or options.pop("fo", "") or inside
        if not where:
            raise BadParameter(
                f"`{clean(str(url))}` names no archive",
                hint=f"write `{url.scheme}:///path/of/archive.{url.scheme}/name`, or add "
                "`?archive=` and the path or URL of the archive",
            )
        if "archive=" in url.query or "fo=" in url.query:
            inside = ""
        files = opening.file_system_class(url, scheme)
        option_names.check(options, files, url.scheme)
        try:
            fs = files(fo=where, skip_instance_cache=True, **options)
        except Exception as error:
            raise as_saga(error, clean(str(where)), f"{url.scheme}://") from error
        place = f"{url.scheme}://{url_path(str(where)) if inside else '?archive=' + str(where)}"
        return kind(fs, clean(place), inside, scheme)  # type: ignore[no-any-return]

    def there(self, path: str) -> str:
        """Return a path as it is in the archive."""
        return path[len(self._root) :].strip("/") if self._is_inside(path) else path

    def _is_inside(self, path: str) -> bool:
        return path == self._root or path.startswith(f"{self._root}/")

    def stat(self, path: str, *, follow: bool = True) -> Stat:
        """Return what is known about a name."""
        if not self._is_inside(path):
            raise DoesNotExist(f"`{path}` is not in {self.name}")
        if not self.there(path):
            return Stat(DIRECTORY)
        return super().stat(path, follow=follow)

    def scan(self, path: str) -> Iterator[tuple[str, Stat | None]]:
        """Yield the names in a directory."""
        if self.stat(path).kind != DIRECTORY:
            raise BadParameter(f"`{path}` on {self.name} is not a directory")
        return super().scan(path)

    def open_read(self, path: str, offset: int = 0) -> Reader:
        """Open a file for reading; what comes before the offset is unpacked and dropped."""
        if self.stat(path).kind == DIRECTORY:
            raise BadParameter(f"`{path}` on {self.name} is a directory")
        with self.calling(path) as fs:
            reader = ArchiveReader(self, fs.open(self.there(path), "rb"), path)
        while offset > 0 and (data := reader.read(min(offset, _PIECE_BYTES))):
            offset -= len(data)
        return reader


class ArchiveReader(FileReader):
    """A file in an archive; nothing moves the archive between its place and its bytes."""

    def __init__(self, store: ArchiveStore, file: Any, path: str) -> None:
        super().__init__(file, path, store.name)
        self._store = store

    def read(self, size: int) -> bytes:
        """Return up to `size` of the next bytes; none means the end."""
        with self._store.calling(self._path):
            return super().read(size)
