"""Files behind WebDAV (RFC 4918): `webdav://` over HTTP, `webdavs://` over HTTPS.

Properties are asked for here, of one name or of what is in one directory: the file system's own
question about a directory brings all that is in it, and is answered when all is in memory. MOVE and
COPY are the server's own steps.
"""

from __future__ import annotations

import weakref
from contextlib import closing
from importlib import import_module
from typing import Any
from urllib.parse import quote

from juncture.saga.adaptors.fsspec_file import opening, webdav_answer
from juncture.saga.adaptors.fsspec_file import options as option_names
from juncture.saga.adaptors.fsspec_file.failures import as_saga, clean, not_there_but, of_status
from juncture.saga.adaptors.fsspec_file.stats import content_range
from juncture.saga.adaptors.fsspec_file.store import FsspecStore
from juncture.saga.exceptions import AlreadyExists, BadParameter, DoesNotExist, NoSuccess
from juncture.saga.storage.failures import ConnectionLost
from juncture.saga.storage.transfer_small import is_same
from juncture.saga.storage.values import DIRECTORY
from juncture.saga.url import Url

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from juncture.saga.adaptors.fsspec_file.schemes import Scheme
    from juncture.saga.storage.values import Stat

_SILENCE_S = 120.0
_RESERVED = frozenset("?;#%\n\r\t")
"""What a server may take for something else when it reads the `Destination` of a MOVE."""
_PARTIAL, _MANY, _NO_SUCH_RANGE, _FAILURE = 206, 207, 416, 400


class WebdavStore(FsspecStore):
    """The files of one server."""

    def __init__(self, fs: Any, name: str, root: str, scheme: Scheme) -> None:
        super().__init__(fs, name, root, scheme)
        self._end = weakref.finalize(self, fs.client.http.close)

    @classmethod
    def opened(
        cls, url: Url, scheme: Scheme, options: dict[str, Any], account: tuple[str, str], kind: Any
    ) -> WebdavStore:
        """Return the store of a URL."""
        if not url.host:
            raise BadParameter(f"`{clean(str(url))}` names no host")
        place = Url(url)
        place.scheme = "https" if url.scheme.lower() == "webdavs" else "http"
        place.username = place.password = None
        place.path = place.query = place.fragment = ""
        files = opening.file_system_class(url, scheme)
        option_names.check(options, files, url.scheme)
        fs = files(
            str(place),
            auth=account if any(account) else None,
            skip_instance_cache=True,
            **{"timeout": _SILENCE_S, **options},
        )
        named = Url(url)
        named.username = account[0] or None
        return kind(fs, opening.store_name(named, scheme, options), "", scheme)  # type: ignore[no-any-return]

    def make_dir(self, path: str) -> None:
        """Make one directory.

        Raises:
            BadParameter: its name ends with a blank, which servers and the client cut off.
        """
        if path != path.rstrip():
            raise BadParameter(f"`{path}` on {self.name} ends with a blank, as no directory can")
        try:
            super().make_dir(path)
        except NoSuccess as error:  # so servers say of all that they do not like
            if not isinstance(error, ConnectionLost) and self.exists(path):
                raise AlreadyExists(f"`{path}` on {self.name} is there already") from error
            raise

    def rename(self, path: str, new: str, *, replace: bool) -> None:
        """Give a name another one.

        Raises:
            NoSuccess: the server took the other name for a third one, as some do.
        """
        self.check_free(new, replace=replace)
        looks = not _RESERVED.isdisjoint(new)
        before = self._known(new) if looks else None
        try:
            with self.calling(path) as fs:
                fs.client.move(self.there(path), self.there(new), overwrite=replace)
        except NoSuccess as error:
            folder = new.rpartition("/")[0] or "/"
            if not isinstance(error, ConnectionLost) and not self.exists(folder):
                raise DoesNotExist(f"`{folder}` on {self.name} is not there") from error
            raise
        after = self._known(new) if looks else None
        if looks and (after is None or (before is not None and is_same(before, after))):
            raise NoSuccess(
                f"nothing got the name `{new}` on {self.name}: the server took it for another one",
                hint="some servers take a `?` or `;` in a name for the end of the name",
            )

    def _known(self, path: str) -> Stat | None:
        try:
            return self.stat(path)
        except DoesNotExist:
            return None

    def there(self, path: str) -> str:
        """Return a path percent-encoded; the client leaves that as it is."""
        return quote(path, safe="/~!$&'()*+,;=:@")

    def stat(self, path: str, *, follow: bool = True) -> Stat:
        """Return what is known about a name."""
        del follow
        with closing(self._properties(path, "0")) as found:
            for _, stat in found:
                return stat
        raise BadParameter(f"`{path}` on {self.name} has no properties")

    def scan(self, path: str) -> Iterator[tuple[str, Stat | None]]:
        """Yield the names in a directory."""
        own = path.strip("/")
        for below, stat in self._properties(path, "1"):
            if below != own:
                yield below.rpartition("/")[2], stat
            elif stat.kind != DIRECTORY:
                raise BadParameter(f"`{path}` on {self.name} is not a directory")

    def _properties(self, path: str, depth: str) -> Generator[tuple[str, Stat], None, None]:
        """Yield the paths that a question about one brings, each with what is known of it."""
        headers = {"Depth": depth, "Content-Type": "application/xml"}
        with self.calling(path) as fs:

            def ask() -> Any:
                answer = self._asked(
                    fs, "PROPFIND", path, headers=headers, content=webdav_answer.QUESTION
                )
                if answer.status_code < _FAILURE:
                    return answer
                answer.close()
                library: Any = import_module("webdav4.client")
                raise library.HTTPError(answer)

            with closing(fs.client.with_retry(ask)) as answer:
                if answer.status_code != _MANY:
                    raise NoSuccess(
                        f"`{path}` on {self.name}: the server answers PROPFIND with status "
                        f"{answer.status_code}, as no WebDAV server does"
                    )
                yield from webdav_answer.told(answer.iter_bytes())

    def _asked(self, fs: Any, method: str, path: str, **more: Any) -> Any:
        """Return an answer whose body is not read yet."""
        client = fs.client.http
        url = fs.client.join_url(self.there(path))
        request = client.build_request(method, url, **more)
        return client.send(request, stream=True, follow_redirects=True)

    def open_read(self, path: str, offset: int = 0) -> WebdavReader:
        """Open a file for reading from `offset` on, in one answer of the server."""
        if self.stat(path).kind == DIRECTORY:
            raise BadParameter(f"`{path}` on {self.name} is a directory")
        headers = {"Accept-Encoding": "identity"}
        if offset:
            headers["Range"] = f"bytes={offset}-"
        with self.calling(path) as fs:
            answer = self._asked(fs, "GET", path, headers=headers)
        if answer.status_code < _FAILURE:
            begin = content_range(answer.headers)[0]
            if answer.status_code == _PARTIAL and begin != offset:
                answer.close()
                raise not_there_but(begin, offset, f"`{path}` on {self.name}")
            skip = 0 if answer.status_code == _PARTIAL else offset
            return WebdavReader(answer, skip, path, self.name)
        answer.close()
        if offset and answer.status_code == _NO_SUCH_RANGE:
            return WebdavReader(None, 0, path, self.name)
        raise of_status(answer.status_code, f"`{path}` on {self.name}")

    def close(self) -> None:
        """Close the connections."""
        self._end()


class WebdavReader:
    """The content of one answer."""

    def __init__(self, answer: Any, skip: int, path: str, name: str) -> None:
        self._answer = answer
        self._pieces: Iterator[bytes] = iter(()) if answer is None else answer.iter_raw()
        self._skip = skip
        self._path = path
        self._name = name
        self._left = b""

    def read(self, size: int) -> bytes:
        """Return up to `size` of the next bytes; none means the end."""
        while not self._left:
            try:
                piece = next(self._pieces, b"")
            except Exception as error:
                raise as_saga(error, self._path, self._name) from error
            if not piece:
                return b""
            self._left = piece[self._skip :]
            self._skip -= min(self._skip, len(piece))
        data, self._left = self._left[:size], self._left[size:]
        return data

    def close(self) -> None:
        """Let go of the answer."""
        answer, self._answer = self._answer, None
        if answer is not None:
            answer.close()
