"""Files behind FTP (RFC 959, RFC 3659): one connection for each thing that goes on at a time.

Of the file system of fsspec this uses the login and the changes of the tree; listings and content
go through data connections of their own, from one end to the other in one go. That a transfer was
whole is what the server says at its end; without that word the connection counts as lost.
"""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager, suppress
from importlib import import_module
from typing import Any

from juncture.saga.adaptors.fsspec_file import opening
from juncture.saga.adaptors.fsspec_file.failures import as_saga, clean
from juncture.saga.adaptors.fsspec_file.stats import stat_of
from juncture.saga.adaptors.fsspec_file.store import FsspecStore
from juncture.saga.exceptions import (
    AlreadyExists,
    BadParameter,
    DoesNotExist,
    PermissionDenied,
    SagaException,
)
from juncture.saga.storage.failures import ConnectionLost
from juncture.saga.storage.values import DIRECTORY, Stat

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator
    from typing import NoReturn

    from juncture.saga.adaptors.fsspec_file.schemes import Scheme
    from juncture.saga.url import Url

_MOST_IDLE = 4
_ABORT_S = 2.0
_TRUSTED_S = 15.0
"""A connection that was idle for longer is asked whether it still is one."""


class FtpStore(FsspecStore):
    """The files of one account.

    Args:
        log_in: Returns a new file system of fsspec, which has a connection of its own.
        name: The name of the store.
        scheme: What is known of the scheme.
    """

    most_calls = 4

    def __init__(self, log_in: Callable[[], Any], name: str, scheme: Scheme) -> None:
        first = log_in()
        super().__init__(first, name, "", scheme)
        self._log_in = log_in
        self._guard = threading.Lock()
        self._idle: list[tuple[Any, float]] = [(first, time.monotonic())]

    @classmethod
    def opened(
        cls, url: Url, scheme: Scheme, options: dict[str, Any], account: tuple[str, str], kind: Any
    ) -> FtpStore:
        """Return the store of a URL."""
        if not url.host:
            raise BadParameter(f"`{clean(str(url))}` names no host")

        change: Callable[[Any], Any] | None = None
        if options.get("tls"):
            from juncture.saga.adaptors.fsspec_file.ftp_tls import verified as change

        def log_in() -> Any:
            fs = opening.file_system(url, scheme, options, account, change)
            fs.dircache.use_listings_cache = False
            return fs

        return kind(log_in, opening.store_name(url, scheme, options), scheme)  # type: ignore[no-any-return]

    @contextmanager
    def calling(self, path: str) -> Generator[Any]:
        """Give a connection for one call about a path; one that failed is not used again."""
        try:
            fs = self.take()
        except Exception as error:
            raise as_saga(error, path, self.name) from error
        try:
            yield fs
        except Exception as error:
            found = as_saga(error, path, self.name)
            self.give(fs, usable=not isinstance(found, ConnectionLost))
            if found is error:
                raise
            raise found from error
        except BaseException:
            self.give(fs, usable=False)
            raise
        self.give(fs)

    def take(self) -> Any:
        """Return a connection that nobody else has."""
        while True:
            with self._guard:
                if not self._idle:
                    break
                fs, since = self._idle.pop()
            if time.monotonic() - since < _TRUSTED_S:
                return fs
            from ftplib import all_errors

            try:
                fs.ftp.voidcmd("NOOP")
            except all_errors:
                fs.ftp.close()
            else:
                return fs
        return self._log_in()

    def give(self, fs: Any, *, usable: bool = True) -> None:
        """Take a connection back."""
        with self._guard:
            if usable and len(self._idle) < _MOST_IDLE:
                self._idle.append((fs, time.monotonic()))
                return
        fs.ftp.close()

    def close(self) -> None:
        """Close all connections that are idle."""
        with self._guard:
            idle, self._idle = self._idle, []
        for fs, _ in idle:
            fs.ftp.close()

    def stat(self, path: str, *, follow: bool = True) -> Stat:
        """Return what is known about a name."""
        del follow
        if path == "/":
            return Stat(DIRECTORY)
        with self.calling(path) as fs:
            told = _told(fs.ftp, path)
            return stat_of(told if told is not None else fs.info(path))

    def scan(self, path: str) -> Iterator[tuple[str, Stat | None]]:
        """Yield the names in a directory."""
        if self.stat(path).kind != DIRECTORY:
            raise BadParameter(f"`{path}` on {self.name} is not a directory")
        with self.calling(path) as fs:
            listing = _begun(fs.ftp, path)
            if listing is not None:
                yield from _listed(fs.ftp, listing)
                return
            library: Any = import_module("fsspec.implementations.ftp")
            found = library._mlsd2(fs.ftp, path)  # its `ls` takes what is aborted for empty
        for name, info in found:
            size = str(info["size"])
            yield name, stat_of({**info, "size": int(size) if size.isdecimal() else None})

    def make_dir(self, path: str) -> None:
        """Make one directory."""
        try:
            super().make_dir(path)
        except DoesNotExist:  # so the server says of all that keeps it from doing so
            if self.exists(path):
                raise AlreadyExists(f"`{path}` on {self.name} is there already") from None
            if self.exists(path.rpartition("/")[0] or "/"):
                raise PermissionDenied(
                    f"`{path}` on {self.name} is not to be made by this account"
                ) from None
            raise

    def open_read(self, path: str, offset: int = 0) -> FtpReader:
        """Open a file for reading from `offset` on."""
        if offset and (self.stat(path).size_bytes or 0) <= offset:
            offset = self.stat(path).size_bytes or 0
        return FtpReader(self, *self._transfer(path, f"RETR {path}", offset), path)

    def open_write(
        self, path: str, *, append: bool = False, exclusive: bool = False, mode: int | None = None
    ) -> FtpWriter:
        """Open a file for writing."""
        del mode
        if exclusive:
            self.check_free(path, replace=False)
        command = f"{'APPE' if append else 'STOR'} {path}"
        return FtpWriter(self, *self._transfer(path, command, 0), path)

    def _transfer(self, path: str, command: str, offset: int) -> tuple[Any, Any]:
        """Return a connection and the data connection that a command opens."""
        try:
            fs = self.take()
        except Exception as error:
            raise as_saga(error, path, self.name) from error
        try:
            fs.ftp.voidcmd("TYPE I")
            data = fs.ftp.transfercmd(command, rest=offset or None)
        except BaseException as error:
            self.give(fs, usable=False)
            if not isinstance(error, Exception):
                raise
            raise self._refused(as_saga(error, path, self.name), path, command) from error
        return fs, data

    def _refused(self, found: SagaException, path: str, command: str) -> SagaException:
        """Return why a transfer did not begin, when the server says no more than 550."""
        if not isinstance(found, DoesNotExist):
            return found
        reading = command.startswith("RETR")
        try:
            if self.exists(path):
                if self.stat(path).kind == DIRECTORY:
                    return BadParameter(f"`{path}` on {self.name} is a directory")
            elif reading or not self.exists(path.rpartition("/")[0] or "/"):
                return found
        except SagaException:
            return found
        what = "read" if reading else "written"
        return PermissionDenied(f"`{path}` on {self.name} is not to be {what} by this account")


class FtpStream:
    """One file on its way, over a data connection."""

    def __init__(self, store: FtpStore, fs: Any, data: Any, path: str) -> None:
        self._store = store
        self._fs = fs
        self._data: Any = data
        self._path = path

    def abort(self) -> None:
        """Let go of the file and of its connection, which is in the middle of something."""
        data: Any = self._data
        self._data = None
        if data is not None:
            data.close()
            self._store.give(self._fs, usable=False)

    def __del__(self) -> None:
        FtpStream.abort(self)

    def _finish(self) -> None:
        """End the data, and hear from the server that it has, or has sent, all."""
        _end(self._fs.ftp, self._data)

    def _give(self) -> None:
        self._data = None
        self._store.give(self._fs)

    def _fail(self, error: BaseException) -> NoReturn:
        FtpStream.abort(self)
        raise as_saga(error, self._path, self._store.name) from error


class FtpReader(FtpStream):
    """A file that is read."""

    def read(self, size: int) -> bytes:
        """Return up to `size` of the next bytes; none means the end."""
        if self._data is None:
            return b""
        try:
            got: bytes = self._data.recv(size)
            if not got:
                self._finish()
                self._give()
        except Exception as error:  # noqa: BLE001 - raised as one of SAGA's
            self._fail(error)
        return got

    def close(self) -> None:
        """Let go of the file."""
        self.abort()


class FtpWriter(FtpStream):
    """A file that is written."""

    def write(self, data: bytes) -> None:
        """Write all of `data`."""
        try:
            self._data.sendall(data)
        except Exception as error:  # noqa: BLE001 - raised as one of SAGA's
            self._fail(self._last_word() or error)

    def skip(self, size: int) -> None:
        """Write zeros: there are no holes here."""
        self.write(bytes(size))

    def close(self) -> None:
        """Return when the server says that it has all."""
        if self._data is None:
            return
        try:
            self._finish()
        except Exception as error:  # noqa: BLE001 - raised as one of SAGA's
            self._fail(error)
        self._give()

    def abort(self) -> None:
        """Let go of the file; the server keeps what it was sent, where a copy can go on."""
        if self._data is None:
            return
        control = self._fs.ftp.sock
        patience_s = control.gettimeout()
        try:
            control.settimeout(_ABORT_S)
            self._finish()
            control.settimeout(patience_s)
        except Exception:  # noqa: BLE001 - then it keeps what it has read
            super().abort()
        else:
            self._give()

    def _last_word(self) -> Exception | None:
        """Return what the server says about a transfer that broke."""
        try:
            self._data.close()
            self._fs.ftp.voidresp()
        except Exception as error:  # noqa: BLE001 - it is the answer
            return error
        return None


def _told(ftp: Any, path: str) -> dict[str, Any] | None:
    """Return what MLST tells of a name, or None when the server does not know the command."""
    answer = _known(ftp.sendcmd, f"MLST {path}")
    for line in (answer or "").splitlines()[1:]:
        facts, space, _ = line.strip().partition(" ")
        if space and "=" in facts:
            return _info(facts)
    return None


def _begun(ftp: Any, path: str) -> Any:
    """Return the data connection of MLSD, or None when the server does not know the command."""
    ftp.voidcmd("TYPE A")
    return _known(ftp.transfercmd, f"MLSD {path}")


def _listed(ftp: Any, data: Any) -> Iterator[tuple[str, Stat]]:
    """Yield what MLSD tells of each name in a directory, but for itself and the one above."""
    with data, data.makefile("r", encoding=ftp.encoding, newline="\n") as lines:
        for line in lines:
            facts, _, name = line.rstrip("\r\n").partition(" ")
            info = _info(facts)
            if name not in {"", ".", ".."} and info["type"] not in {"cdir", "pdir"}:
                yield name.rpartition("/")[2], stat_of(info)
        _end(ftp, data)


def _end(ftp: Any, data: Any) -> None:
    """End a data connection, and hear from the server that it has, or has sent, all."""
    unwrap = getattr(data, "unwrap", None)
    if unwrap is not None:
        with suppress(OSError):
            unwrap()
    data.close()
    ftp.voidresp()


def _known(call: Callable[[str], Any], command: str) -> Any:
    """Return what a command brings, or None when the server does not know it."""
    from ftplib import error_perm

    try:
        return call(command)
    except error_perm as error:
        if str(error)[:3] in {"500", "501", "502", "504"}:
            return None
        raise


def _info(facts: str) -> dict[str, Any]:
    """Return what facts say (RFC 3659, 7.5), as `stat_of` takes it."""
    told = {
        key.lower(): value
        for key, _, value in (fact.partition("=") for fact in facts.split(";") if fact)
    }
    size = told.get("size", "")
    return {
        "type": told.get("type", "file").lower(),
        "size": int(size) if size.isdecimal() else None,
        "modify": told.get("modify"),
    }
