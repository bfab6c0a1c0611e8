# pyright: reportUnknownMemberType=false
"""Any store as a file system of fsspec: `fsspec.open("juncture+ssh://host/path")`.

The other direction of the adaptor for the schemes of fsspec: programs that know fsspec alone, as
pandas and dask do, reach the hosts that juncture reaches, over the connection and with the
credentials that its other objects use. fsspec finds the class by entry points of the group
`fsspec.specs`; nothing in juncture imports this module.

A path is text as the back end has it, not percent-encoded, as everywhere in fsspec. A file that is
written appears under its name when it is closed, and not if the `with` around it is left by an
exception, or if nobody closes it; fsspec's own files would appear cut then. The `with` around what
`fsspec.open` returns tells its file of no exception, and closes it: that one does appear. Failures
are the `OSError` that fsspec's callers expect.
"""

from __future__ import annotations

import errno
from contextlib import suppress
from datetime import datetime, timezone
from importlib import import_module
from typing import Any

from juncture.saga import exceptions
from juncture.saga.storage import making
from juncture.saga.storage.values import DIRECTORY, LINK
from juncture.saga.stored.adaptor import adaptor_for
from juncture.saga.stored.fsspec_open_file import StoreFile, as_os_error, read_range
from juncture.saga.url import Url

TYPE_CHECKING = False
if TYPE_CHECKING:
    from juncture.saga.storage.store import Store

_spec: Any = import_module("fsspec.spec")  # it has no types

_PREFIX = "juncture+"
_BLOCK_BYTES = 1 << 22


class JunctureFileSystem(_spec.AbstractFileSystem):  # type: ignore[misc] # fsspec has no types
    """The files of one place that juncture reaches.

    Args:
        scheme: The scheme of juncture: `ssh`, `sftp`, `file`, …; None: that of the class.
        host: The host, or None.
        port: The port, or None for the usual one.
        username: The account, or None for the usual one.
        password: Its password, or None.
        session: A session of juncture with credentials; None: the default one.
        store: A store to use in place of all these.
        auto_mkdir: Whether directories are made that a file is to be in.
        **storage_options: What every file system of fsspec takes.
    """

    protocol: tuple[str, ...] = ("juncture+ssh", "juncture+sftp", "juncture+file")
    """fsspec tells a class not by which of its names it was called: the first one counts."""
    root_marker = "/"

    def __init__(
        self,
        scheme: str | None = None,
        host: str | None = None,
        port: int | None = None,
        username: str | None = None,
        password: str | None = None,
        *,
        session: Any = None,
        store: Store | None = None,
        auto_mkdir: bool = False,
        **storage_options: Any,
    ) -> None:
        super().__init__(**storage_options)
        url = Url(f"{scheme or self.protocol[0].removeprefix(_PREFIX)}://")
        if host:
            url.host, url.port, url.username, url.password = host, port, username, password
        url.path = "/"
        self._base = url
        self.auto_mkdir = auto_mkdir
        if store is None:
            from juncture.saga.session import DefaultSession, session_of

            session = DefaultSession() if session is None else session_of(session)
            store = adaptor_for(url).store_for(url, session)
        self.store = store

    # Names --------------------------------------------------------------------------------------

    @staticmethod
    def _get_kwargs_from_urls(path: str) -> dict[str, Any]:
        """Return the constructor's arguments that a URL holds."""
        scheme, mark, rest = path.removeprefix(_PREFIX).partition("://")
        if not mark:
            return {}
        place = Url(f"{scheme}://{rest.partition('/')[0]}/")
        found = {
            "scheme": scheme,
            "host": place.host or None,
            "port": place.port,
            "username": place.username,
            "password": place.password,
        }
        return {key: value for key, value in found.items() if value is not None}

    @classmethod
    def _strip_protocol(cls, path: Any) -> Any:
        """Return the path of a URL, or a path as it is, without a slash at its end."""
        if isinstance(path, list):
            return [cls._strip_protocol(each) for each in path]  # pyright: ignore[reportUnknownVariableType]
        text = str(path)
        if text.startswith(_PREFIX) and "://" in text:
            text = "/" + text.partition("://")[2].partition("/")[2]
        if not text.startswith("/"):
            text = f"/{text}"
        return text.rstrip("/") or cls.root_marker

    def unstrip_protocol(self, name: str) -> str:
        """Return the URL of a path, without a password."""
        place = Url(self._base)
        place.password = None
        return f"{_PREFIX}{str(place).removesuffix('/')}{self._strip_protocol(name)}"

    def path_of(self, path: str) -> str:
        """Return a path, or the path of a URL, as the store has it."""
        return self.store.absolute(self._strip_protocol(path))

    # What there is ------------------------------------------------------------------------------

    def info(self, path: str, **kwargs: Any) -> dict[str, Any]:
        """Return what is known of a name; links are followed."""
        del kwargs
        name = self._strip_protocol(path)
        with as_os_error(name):
            return _info(name, self.store.stat(self.path_of(name)))

    def ls(self, path: str, detail: bool = True, **kwargs: Any) -> list[Any]:
        """List a directory, or a file as what it is."""
        del kwargs
        name = self._strip_protocol(path)
        own = self.info(name)
        if own["type"] != "directory":
            return [own] if detail else [name]
        folder = name.rstrip("/")
        with as_os_error(name):
            if not detail:
                return sorted(f"{folder}/{below}" for below in self.store.names(self.path_of(name)))
            found: list[dict[str, Any]] = []
            for below, told in self.store.scan(self.path_of(name)):
                inner = f"{folder}/{below}"
                with suppress(exceptions.DoesNotExist):  # it leads nowhere, or went just now
                    leads_on = told is None or told.kind == LINK
                    stat = self.store.stat(self.path_of(inner)) if leads_on else told
                    found.append(_info(inner, stat))
        return sorted(found, key=lambda each: str(each["name"]))

    def modified(self, path: str) -> datetime:
        """Return when a file was changed last."""
        found = self.info(path)["mtime"]
        if found is None:
            raise NotImplementedError(f"{self.store.name} keeps no times")
        return datetime.fromtimestamp(found, timezone.utc)

    # Changes of the tree ------------------------------------------------------------------------

    def mkdir(self, path: str, create_parents: bool = True, **kwargs: Any) -> None:
        """Make a directory."""
        del kwargs
        there = self.path_of(path)
        with as_os_error(path):
            if create_parents:
                making.make_parents(self.store, there)
            self.store.make_dir(there)

    def makedirs(self, path: str, exist_ok: bool = False) -> None:
        """Make a directory and those that it is in."""
        try:
            self.mkdir(path, create_parents=True)
        except FileExistsError:
            if not exist_ok or not self.isdir(path):
                raise

    def rmdir(self, path: str) -> None:
        """Remove an empty directory."""
        with as_os_error(path):
            self.store.remove_dir(self.path_of(path))

    def rm_file(self, path: str) -> None:
        """Remove a file."""
        with as_os_error(path):
            self.store.remove(self.path_of(path))

    _rm = rm_file

    def rm(self, path: Any, recursive: bool = False, maxdepth: int | None = None) -> None:
        """Remove files, and directories with all that is in them."""
        for each in [path] if isinstance(path, str) else path:
            name = self._strip_protocol(each)
            if recursive and maxdepth is None and self.isdir(name):
                with as_os_error(name):
                    self.store.remove_tree(self.path_of(name))
            else:
                super().rm(name, recursive=recursive, maxdepth=maxdepth)

    def mv(self, path1: str, path2: str, recursive: bool = False, **kwargs: Any) -> None:
        """Rename, or copy and remove where the back end cannot; files that are there go."""
        source, target = self.path_of(path1), self.path_of(path2)
        if path2.endswith("/") or self.isdir(path2):
            target = f"{target.rstrip('/')}/{source.rpartition('/')[2]}"
        if not recursive and self.isdir(path1):
            raise IsADirectoryError(errno.EISDIR, "it is a directory: say `recursive`", path1)
        with as_os_error(path1):
            try:
                self._with_parents(target, lambda: self.store.rename(source, target, replace=True))
                return
            except exceptions.NotImplemented:
                pass
        super().mv(path1, path2, recursive=recursive, **kwargs)

    def cp_file(self, path1: str, path2: str, **kwargs: Any) -> None:
        """Copy a file without its bytes passing here, where the back end can."""
        del kwargs
        if self.isdir(path1):
            self.makedirs(path2, exist_ok=True)
            return
        source, target = self.path_of(path1), self.path_of(path2)
        with as_os_error(path1):
            self._with_parents(target, lambda: self._copy(source, target))

    def _copy(self, source: str, target: str) -> None:
        from juncture.saga.storage.transfer import Request, Transfer

        asked = Request(self.store, source, self.store, target, replace=True, dereference=True)
        (error,) = Transfer((asked,)).run()
        if error is not None:
            raise error

    def _with_parents(self, path: str, call: Any) -> Any:
        if self.auto_mkdir:
            making.make_parents(self.store, path)
        return call()

    # Bytes --------------------------------------------------------------------------------------

    def cat_file(
        self, path: str, start: int | None = None, end: int | None = None, **kwargs: Any
    ) -> bytes:
        """Return the bytes of a file, or of a range of it, with one question to the back end."""
        del kwargs
        begin, stop = start or 0, end
        if begin < 0 or (stop is not None and stop < 0):
            size = self.info(path)["size"] or 0
            begin = max(0, begin + size) if begin < 0 else begin
            stop = max(0, stop + size) if stop is not None and stop < 0 else stop
        with as_os_error(path):
            return read_range(self.store, self.path_of(path), begin, stop)

    def pipe_file(self, path: str, value: bytes, mode: str = "overwrite", **kwargs: Any) -> None:
        """Write a whole file."""
        del kwargs
        there = self.path_of(path)
        data, store, replace = bytes(value), self.store, mode != "create"
        with as_os_error(path):
            kept = making.kept(store, there) if replace else None
            self._with_parents(there, lambda: store.write_whole(there, data, kept, replace=replace))

    def _open(
        self,
        path: str,
        mode: str = "rb",
        block_size: int | None = None,
        autocommit: bool = True,
        cache_options: Any = None,
        **kwargs: Any,
    ) -> StoreFile:
        if mode not in {"rb", "wb", "ab", "xb"}:
            raise NotImplementedError(f"files are opened to read, write or append, found {mode!r}")
        there = self.path_of(path)
        if mode == "xb" and self.exists(path):
            raise FileExistsError(errno.EEXIST, f"it is there already on {self.store.name}", path)
        if mode == "rb" and self.isdir(path):
            raise IsADirectoryError(errno.EISDIR, f"it is a directory on {self.store.name}", path)
        if mode != "rb" and self.auto_mkdir:
            with as_os_error(path):
                making.make_parents(self.store, there)
        return StoreFile(
            self,
            path,
            mode,
            block_size or _BLOCK_BYTES,
            autocommit=autocommit,
            cache_options=cache_options,
            **kwargs,
        )


class LocalFileSystem(JunctureFileSystem):
    """The files of this host: `fsspec.filesystem("juncture+file")`."""

    protocol = ("juncture+file",)


def _info(name: str, stat: Any) -> dict[str, Any]:
    """Return what is known of a name as fsspec has it."""
    is_folder = stat.kind == DIRECTORY
    return {
        "name": name,
        "size": 0 if is_folder else stat.size_bytes,
        "type": stat.kind,
        "mtime": stat.mtime,
        "mode": stat.mode,
        "owner": stat.owner,
        "group": stat.group,
        "version": stat.version,
    }
