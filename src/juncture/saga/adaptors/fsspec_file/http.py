"""Files behind HTTP (RFC 9110): read, in one stream from wherever.

Of the file system of fsspec this uses the session alone; requests are its own, because a copy has
to know what the server really sent. Bytes are asked for as they are stored
(`identity`). A server that has no ranges sends all, and what comes before the offset is dropped; an
answer that begins elsewhere than was asked is a failure.

A path is a directory when the server redirects it to itself with a slash at its end, or when it is
the root. The query of a URL is sent with every request of its store: a signed URL is a store.
"""

from __future__ import annotations

from base64 import b64encode
from contextlib import closing
from functools import partial
from typing import Any

from juncture.saga.adaptors.fsspec_file import http_body
from juncture.saga.adaptors.fsspec_file import options as option_names
from juncture.saga.adaptors.fsspec_file.failures import as_saga, not_there_but, of_status
from juncture.saga.adaptors.fsspec_file.http_body import Body
from juncture.saga.adaptors.fsspec_file.many import windowed
from juncture.saga.adaptors.fsspec_file.stats import content_range, seconds
from juncture.saga.adaptors.fsspec_file.store import FsspecStore
from juncture.saga.exceptions import BadParameter, DoesNotExist, PermissionDenied, SagaException
from juncture.saga.storage.values import DIRECTORY, FILE, Stat
from juncture.saga.url import Url

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Coroutine, Iterator
    from concurrent.futures import Future

    from juncture.saga.adaptors.fsspec_file.schemes import Scheme
    from juncture.saga.storage.values import Reader

_SAFE = "/~!$&'()*+,;=:@"
_PIECE_BYTES = 1 << 20
_BUFFER_BYTES = 1 << 19
_CONNECT_S = 30.0
_UNTOLD = frozenset({400, 403, 405, 500, 501})
"""Answers to HEAD after which GET is asked: some servers have no HEAD, some sign GET alone."""
_OK, _PARTIAL, _NO_SUCH_RANGE, _FAILURE = 200, 206, 416, 400


class HttpStore(FsspecStore):
    """The files of one server.

    Args:
        fs: fsspec's file system.
        name: The name of the store.
        root: Scheme, host and port.
        scheme: What is known of the scheme.
        query: What follows the `?` in every request.
        auth: User name and password, each may be empty.
    """

    def __init__(  # noqa: PLR0917 - one caller
        self, fs: Any, name: str, root: str, scheme: Scheme, query: str, auth: tuple[str, str]
    ) -> None:
        super().__init__(fs, name, root, scheme)
        self._query = query
        self._login: dict[str, str] = {}
        """The header with the credentials; the session drops it where it is sent elsewhere."""
        if any(auth):
            text = ":".join(auth).encode()
            self._login["Authorization"] = f"Basic {b64encode(text).decode()}"

    @classmethod
    def opened(
        cls, url: Url, scheme: Scheme, options: dict[str, Any], account: tuple[str, str], kind: Any
    ) -> HttpStore:
        """Return the store of a URL."""
        from importlib import import_module

        import aiohttp

        if not url.host:
            raise BadParameter(f"`{url.masked()}` names no host")
        place = Url(url)
        place.path = place.query = place.fragment = ""
        place.username = place.password = None
        name = Url(place)
        name.username = account[0] or None
        client = {
            "timeout": aiohttp.ClientTimeout(
                total=None, sock_connect=_CONNECT_S, sock_read=http_body.SILENCE_S
            ),
            "trust_env": True,
            "auto_decompress": False,
            "read_bufsize": _BUFFER_BYTES,
        }
        configured = {key: value for key, value in options.items() if key not in _keys(url)}
        library: Any = import_module("fsspec.implementations.http")
        option_names.check(configured, library.HTTPFileSystem, url.scheme)
        client.update(configured.pop("client_kwargs", {}))
        fs = library.HTTPFileSystem(
            encoded=True, client_kwargs=client, skip_instance_cache=True, **configured
        )
        text = str(name)
        if url.query:
            import hashlib

            text += f"?{hashlib.sha256(url.query.encode()).hexdigest()[:8]}"
        return kind(fs, text, str(place), scheme, url.query, account)  # type: ignore[no-any-return]

    def there(self, path: str) -> str:
        """Return the URL of a path."""
        from urllib.parse import quote

        text = quote(path.encode("utf-8", "surrogateescape"), safe=_SAFE)
        return f"{self._root}{text}{'?' + self._query if self._query else ''}"

    def _call(self, call: Coroutine[Any, Any, Any], path: str) -> Any:
        import asyncio

        future: Future[Any] = asyncio.run_coroutine_threadsafe(call, self._fs.loop)
        try:
            return future.result()
        except BaseException as error:
            future.cancel()
            if not isinstance(error, Exception):
                raise
            raise as_saga(error, path, self.name) from error

    async def _ask(self, method: str, url: str, headers: dict[str, str]) -> Any:
        from yarl import URL

        session = await self._fs.set_session()
        more: dict[str, Any] = {"allow_redirects": True, **self._fs.kwargs}
        more["headers"] = {
            "Accept-Encoding": "identity",
            **self._login,
            **more.get("headers", {}),
            **headers,
        }
        return await session.request(method, URL(url, encoded=True), **more)

    # What there is ------------------------------------------------------------------------------

    def stat(self, path: str, *, follow: bool = True) -> Stat:
        """Return what the server tells about a path."""
        del follow
        try:
            found: Stat = self._call(self._look(path), path)
        except (DoesNotExist, PermissionDenied):
            if path != "/":
                raise
            return Stat(DIRECTORY)
        return found

    async def _look(self, path: str) -> Stat:
        url = self.there(path)
        async with await self._ask("HEAD", url, {}) as answer:
            if answer.status < _FAILURE:
                found = _stat(answer, path)
                if found.kind == DIRECTORY or found.size_bytes is not None:
                    return found
            elif answer.status not in _UNTOLD:
                raise of_status(answer.status, f"`{path}` on {self.name}")
        answer = await self._ask("GET", url, {"Range": "bytes=0-0"})
        try:
            if answer.status >= _FAILURE and answer.status != _NO_SUCH_RANGE:
                raise of_status(answer.status, f"`{path}` on {self.name}")
            return _stat(answer, path)
        finally:
            answer.close()  # the rest of the content is not wanted

    def scan(self, path: str) -> Iterator[tuple[str, Stat | None]]:
        """Yield what the page of a directory links to that is in it, with what is known of it."""
        names = list(self.names(path))
        folder = path.rstrip("/")

        def look(name: str) -> tuple[str, Stat | None]:
            try:
                return name, self.stat(f"{folder}/{name}")
            except SagaException:
                return name, None

        return windowed(look, names, self.most_calls)

    def names(self, path: str) -> Iterator[str]:
        """Yield the names that the page of a directory links to."""
        from juncture.saga.adaptors.fsspec_file import http_page

        if self.stat(path).kind != DIRECTORY:
            raise BadParameter(
                f"`{path}` on {self.name} is not a directory that the server lists",
                hint="a directory is what the server redirects to itself with a slash at its end",
            )
        folder = self.there(path.rstrip("/") + "/")
        answer = self._call(self._ask("GET", folder, {}), path)
        with closing(HttpReader(self, answer, path, 0)) as page:
            if answer.status >= _FAILURE:
                raise of_status(answer.status, f"`{path}` on {self.name}")
            kind = answer.headers.get("Content-Type", "").partition(";")[0].strip().lower()
            pieces = iter(partial(page.read, _PIECE_BYTES), b"")
            yield from http_page.names(folder.partition("?")[0], kind, answer.charset, pieces)

    # Bytes --------------------------------------------------------------------------------------

    def open_read(self, path: str, offset: int = 0) -> Reader:
        """Open a file for reading from `offset` on, in one answer of the server."""
        reader: Reader = self._call(self._begin(path, offset), path)
        return reader

    async def _begin(self, path: str, offset: int) -> Reader:
        headers = {"Range": f"bytes={offset}-"} if offset else {}
        answer = await self._ask("GET", self.there(path), headers)
        if offset and answer.status == _NO_SUCH_RANGE:
            answer.close()
            return HttpReader(self, None, path, 0)
        wrong = self._wrong(answer, path, offset)
        if wrong is not None:
            answer.close()
            raise wrong
        skip = 0 if answer.status == _PARTIAL else offset
        taken = None if skip else http_body.taken(answer)
        if taken is None:
            return HttpReader(self, answer, path, skip)
        return Body(*taken, (path, self.name), lambda: self.fetch(_let_go(answer)).result())

    def _wrong(self, answer: Any, path: str, offset: int) -> SagaException | None:
        """Return what keeps an answer from being the content, if anything does."""
        place = f"`{path}` on {self.name}"
        if answer.status >= _FAILURE:
            return of_status(answer.status, place)
        if _is_folder(answer, path):
            return BadParameter(f"{place} is a directory")
        begin = content_range(answer.headers)[0] if answer.status == _PARTIAL else offset
        return None if begin == offset else not_there_but(begin, offset, place)

    def fetch(self, call: Coroutine[Any, Any, bytes]) -> Future[bytes]:
        """Start something on the thread of fsspec."""
        import asyncio

        return asyncio.run_coroutine_threadsafe(call, self._fs.loop)


class HttpReader:
    """The content of one answer; the next piece is on its way while one is used."""

    def __init__(self, store: HttpStore, answer: Any, path: str, skip: int) -> None:
        self._store = store
        self._answer = answer
        self._path = path
        self._skip = skip
        self._piece = b""
        self._at = 0
        self._next: Future[bytes] | None = None

    def read(self, size: int) -> bytes:
        """Return up to `size` of the next bytes; none means the end."""
        while self._at >= len(self._piece):
            if not self._load():
                return b""
        if self._at == 0 and len(self._piece) <= size:
            data, self._piece = self._piece, b""
            return data
        data = self._piece[self._at : self._at + size]
        self._at += len(data)
        return data

    def _load(self) -> bool:
        if self._answer is None:
            return False
        coming = self._next or self._store.fetch(_piece(self._answer))
        try:
            piece = coming.result()
        except Exception as error:
            self.close()
            raise as_saga(error, self._path, self._store.name) from error
        if not piece:
            self.close()
            return False
        self._next = self._store.fetch(_piece(self._answer))
        dropped = min(self._skip, len(piece))
        self._skip -= dropped
        self._piece, self._at = piece, dropped
        return True

    def close(self) -> None:
        """Let go of the answer."""
        answer, self._answer = self._answer, None
        coming, self._next = self._next, None
        self._piece, self._at = b"", 0
        if coming is not None:
            coming.cancel()
        if answer is not None:
            self._store.fetch(_let_go(answer)).result()


async def _piece(answer: Any) -> bytes:
    """Return the next bytes, as many as come without much ado."""
    content = answer.content
    pieces: list[bytes] = []
    size = 0
    while size < _PIECE_BYTES:
        try:
            data = await content.readany()
        except Exception:
            if not pieces:
                raise
            break  # what came is worth keeping; the failure is raised again by the next call
        if not data:
            break
        pieces.append(data)
        size += len(data)
    return pieces[0] if len(pieces) == 1 else b"".join(pieces)


async def _let_go(answer: Any) -> bytes:
    if not answer.content.at_eof():
        answer.close()
    else:
        answer.release()
    return b""


def _stat(answer: Any, path: str) -> Stat:
    if _is_folder(answer, path):
        return Stat(DIRECTORY)
    headers = answer.headers
    if answer.status in {_PARTIAL, _NO_SUCH_RANGE}:
        size = content_range(headers)[1]
    else:
        length = headers.get("Content-Length", "")
        size = int(length) if length.isdecimal() else None
    return Stat(
        FILE, size, seconds(headers.get("Last-Modified")), version=headers.get("ETag") or None
    )


def _is_folder(answer: Any, path: str) -> bool:
    return path == "/" or (bool(answer.history) and answer.url.path.endswith("/"))


def _keys(url: Url) -> set[str]:
    from urllib.parse import parse_qsl

    return {key for key, _ in parse_qsl(url.query, keep_blank_values=True)}
