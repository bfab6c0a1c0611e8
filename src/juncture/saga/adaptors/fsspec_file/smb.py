"""Files behind SMB 2 and 3 (MS-SMB2), by the library that fsspec's own file system stands on.

That file system keeps connections for the whole process and takes the first one for everybody,
whoever asks; it locks files that are open against all others. Here a store has connections of its
own, with its own credentials, and files are open as POSIX has them: others may read, write and
replace them. The first part of a path is the share.
"""

from __future__ import annotations

import errno
import threading
import weakref
from contextlib import contextmanager
from importlib import import_module
from stat import S_ISDIR, S_ISLNK
from typing import Any

from juncture.saga import exceptions
from juncture.saga.adaptors.fsspec_file import opening
from juncture.saga.adaptors.fsspec_file import options as option_names
from juncture.saga.adaptors.fsspec_file.failures import as_saga, causes, clean
from juncture.saga.adaptors.fsspec_file.smb_files import SmbHandle, SmbReader, SmbWriter
from juncture.saga.adaptors.fsspec_file.smb_names import why_never
from juncture.saga.adaptors.fsspec_file.store import FsspecStore
from juncture.saga.exceptions import BadParameter, DoesNotExist, PermissionDenied
from juncture.saga.storage.values import DIRECTORY, FILE, LINK, Stat

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from juncture.saga.adaptors.fsspec_file.schemes import Scheme
    from juncture.saga.url import Url

_SILENCE_S = 60
_SHARED = "rwd"
_OF_FSSPEC = frozenset(
    (
        *("share_access", "auto_mkdir", "temppath", "register_session_retries"),
        *("register_session_retry_wait", "register_session_retry_factor"),
    )
)
"""Options of fsspec's file system that mean nothing here."""
_NO_SHARE = 0xC00000CC
_DELETE, _LINK_ITSELF = 0x10000, 0x200000
_REPARSE_POINT, _DIRECTORY, _LINK_TAG = 0x400, 0x10, 0xA000000C


class SmbStore(FsspecStore):
    """The shares of one host, for one account.

    Args:
        reach: What every call gets: port, account, options, and the connections.
        host: The host.
        name: The name of the store.
        scheme: What is known of the scheme.
    """

    def __init__(self, reach: dict[str, Any], host: str, name: str, scheme: Scheme) -> None:
        client: Any = import_module("smbclient")
        super().__init__(client, name, "", scheme)
        self._host = host
        self._reach = reach
        self._guard = threading.Lock()
        self._end = weakref.finalize(
            self, client.reset_connection_cache, False, reach["connection_cache"]
        )

    @classmethod
    def opened(
        cls, url: Url, scheme: Scheme, options: dict[str, Any], account: tuple[str, str], kind: Any
    ) -> SmbStore:
        """Return the store of a URL."""
        if not url.host:
            raise BadParameter(f"`{clean(str(url))}` names no host")
        client: Any = import_module("smbclient")
        known = option_names.named(client.register_session) - {"connection_cache"}
        option_names.check_known(options, _OF_FSSPEC | known | {"timeout"}, url.scheme)
        given = {key: value for key, value in options.items() if key not in _OF_FSSPEC}
        reach: dict[str, Any] = {
            "port": url.port or 445,
            # A domain stands before a `;` in URLs.
            "username": account[0].replace(";", "\\", 1) or None,
            "password": account[1] or None,
            "connection_timeout": given.pop("timeout", _SILENCE_S),
            "connection_cache": {},
            **given,
        }
        store: SmbStore = kind(reach, url.host, opening.store_name(url, scheme, options), scheme)
        with store.calling("/"):
            return store

    def there(self, path: str) -> str:
        r"""Return a path as `\\host\share\path`."""
        return f"\\\\{self._host}{path}".replace("/", "\\")

    @contextmanager
    def calling(self, path: str) -> Generator[Any]:
        """Give the client for one call about a path, with a connection that stands."""
        try:
            with self._guard:  # or each thread would make a connection
                self._fs.register_session(self._host, **self._reach)
            yield self._fs
        except Exception as error:
            # Where there is no such share, DFS is asked for it, which may be refused.
            told = [each for each in causes(error) if getattr(each, "status", 0) == _NO_SHARE]
            found = as_saga(told[0] if told else error, path, self.name)
            if found is error:
                raise
            raise found from error

    # What there is ------------------------------------------------------------------------------

    def stat(self, path: str, *, follow: bool = True) -> Stat:
        """Return what is known about a name."""
        if path == "/":
            return Stat(DIRECTORY)
        if why_never(path):
            raise DoesNotExist(f"`{path}` on {self.name} is not there")
        with self.calling(path) as smb:
            found = smb.stat(self.there(path), follow_symlinks=follow, **self._reach)
        if S_ISDIR(found.st_mode):
            return Stat(DIRECTORY, mtime=_micro(found.st_mtime_ns))
        kind = LINK if S_ISLNK(found.st_mode) else FILE
        return Stat(kind, found.st_size, _micro(found.st_mtime_ns))

    def scan(self, path: str) -> Iterator[tuple[str, Stat | None]]:
        """Yield the names in a directory."""
        if path == "/":
            raise exceptions.NotImplemented(
                f"{self.name} cannot list its shares",
                hint="write the name of a share: `smb://host/share/path`",
            )
        if self.stat(path).kind != DIRECTORY:
            raise BadParameter(f"`{path}` on {self.name} is not a directory")
        with self.calling(path) as smb, smb.scandir(self.there(path), **self._reach) as entries:
            for entry in entries:
                yield entry.name, _entry_stat(entry.smb_info)

    # Changes of the tree ------------------------------------------------------------------------

    def make_dir(self, path: str) -> None:
        """Make one directory."""
        self._check_name(path)
        with self.calling(path) as smb:
            smb.mkdir(self.there(path), **self._reach)

    def remove(self, path: str) -> None:
        """Remove one name that is no directory."""
        if why_never(path):
            raise DoesNotExist(f"`{path}` on {self.name} is not there")
        with self.calling(path) as smb:
            smb.remove(self.there(path), **self._reach)

    def remove_dir(self, path: str) -> None:
        """Remove one empty directory."""
        with self.calling(path) as smb:
            smb.rmdir(self.there(path), **self._reach)

    def rename(self, path: str, new: str, *, replace: bool) -> None:
        """Give a name another one; a file that somebody has open is not replaced by the server."""
        self._check_name(new)
        self.check_free(new, replace=replace)
        try:
            with self.calling(path) as smb, self._open_for_rename(smb, path) as file:
                _set_name(file.fd, new, replace=replace)
        except PermissionDenied as error:
            raise PermissionDenied(
                f"`{path}` on {self.name} is not to become `{new}`: one of them is not for this"
                " account, or somebody has it open"
            ) from error

    def _open_for_rename(self, smb: Any, path: str) -> Any:
        how = {"desired_access": _DELETE, "create_options": _LINK_ITSELF, **self._reach}
        try:
            return self._open_as(smb, path, "rb", **how)
        except OSError as error:
            if error.errno != errno.EISDIR:
                raise
        return self._open_as(smb, path, "rb", file_type="dir", **how)

    def set_times(self, path: str, mtime: float) -> None:
        """Set the time of the last change."""
        time_ns = int(mtime * 1_000_000) * 1000
        with self.calling(path) as smb:
            smb.utime(self.there(path), ns=(time_ns, time_ns), **self._reach)

    # Bytes of one file --------------------------------------------------------------------------

    def open_read(self, path: str, offset: int = 0) -> SmbReader:
        """Open a file for reading from `offset` on."""
        if why_never(path):
            raise DoesNotExist(f"`{path}` on {self.name} is not there")
        file = self._open(path, "rb")
        file.seek(offset)
        return SmbReader(file, path, self.name)

    def open_write(
        self, path: str, *, append: bool = False, exclusive: bool = False, mode: int | None = None
    ) -> SmbWriter:
        """Open a file for writing; the server lets one of many make it with `exclusive`."""
        del mode
        self._check_name(path)
        how = "ab" if append else "xb" if exclusive else "wb"
        return SmbWriter(self._open(path, how), path, self.name)

    def open_update(self, path: str) -> SmbHandle:
        """Open a file that is there for reading and writing anywhere."""
        return SmbHandle(self._open(path, "r+b"), path, self.name)

    def _open(self, path: str, mode: str) -> Any:
        with self.calling(path) as smb:
            return self._open_as(smb, path, mode, **self._reach)

    def _open_as(self, smb: Any, path: str, mode: str, **how: Any) -> Any:
        return smb.open_file(self.there(path), mode, buffering=0, share_access=_SHARED, **how)

    def copies(self) -> bool:
        """Return whether the server copies without us."""
        return True

    def _copy_bytes(self, source: str, part: str) -> None:
        copier: Any = import_module("smbclient.shutil")
        stat = self.stat(source)
        with self.calling(source):
            copier.copyfile(self.there(source), self.there(part), **self._reach)
        self.settle(part, stat)

    def close(self) -> None:
        """Close the connections."""
        self._end()

    def _check_name(self, path: str) -> None:
        """Raise BadParameter for what SMB has no name for, or gives another one in silence."""
        if why := why_never(path):
            raise BadParameter(f"`{path}` on {self.name} is no name that SMB can have: {why}")


def _set_name(opened: Any, new: str, *, replace: bool) -> None:
    """Rename what is open; the library asks for the right to execute what is replaced."""
    messages: Any = import_module("smbprotocol.open")
    information: Any = import_module("smbprotocol.file_info")
    name = information.FileRenameInformation()
    name["replace_if_exists"] = replace
    name["file_name"] = new.split("/", 2)[2].replace("/", "\\")
    request = messages.SMB2SetInfoRequest()
    request["info_type"] = information.InfoType.SMB2_0_INFO_FILE
    request["file_info_class"] = name.INFO_CLASS
    request["file_id"] = opened.file_id
    request["buffer"] = name
    tree = opened.tree_connect
    link = opened.connection
    link.receive(link.send(request, sid=tree.session.session_id, tid=tree.tree_connect_id))


def _micro(time_ns: int) -> float:
    """Return a time as a listing has it, which has microseconds."""
    return time_ns // 1000 / 1_000_000


def _entry_stat(info: Any) -> Stat | None:
    """Return what a listing tells, or None when the name has to be asked for."""
    if info.file_attributes & _REPARSE_POINT and info.ea_size != _LINK_TAG:
        return None
    if info.file_attributes & _REPARSE_POINT:
        return Stat(LINK)
    mtime = info.last_write_time.timestamp()
    if info.file_attributes & _DIRECTORY:
        return Stat(DIRECTORY, mtime=mtime)
    return Stat(FILE, info.end_of_file, mtime)
