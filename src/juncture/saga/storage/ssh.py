"""The files of a host behind ssh: SFTP on the connection that everything to that host shares.

An SFTP server is enough. What can stay on the host does so where there is a shell, too: copies of
large files, removal of trees, checksums, the names in huge directories. A connection that is lost
fails what is on its way, and the next call connects again; nothing is sent a second time.

Times are whole seconds (SFTP version 3); owners and groups are numbers. `/~/` at the beginning of a
path is the home directory.
"""

from __future__ import annotations

import os
import stat as modes
import threading
import weakref
from contextlib import suppress

from juncture.saga import exceptions
from juncture.saga.exceptions import BadParameter, NoSuccess, SagaException
from juncture.saga.storage import sftp_bulk, sftp_failures
from juncture.saga.storage import sftp_protocol as protocol
from juncture.saga.storage.parts import part_name
from juncture.saga.storage.sftp import Session, nobody
from juncture.saga.storage.sftp_failures import encoded
from juncture.saga.storage.sftp_files import Handle, Reader, Writer
from juncture.saga.storage.sftp_listing import read_names
from juncture.saga.storage.sftp_values import NO_ATTRS, Attrs, Reply, pack_attrs
from juncture.saga.storage.ssh_host import HostShell
from juncture.saga.storage.store import Store
from juncture.saga.storage.values import (
    APPENDS,
    DIRECTORY,
    FILE,
    LINK,
    LINKS,
    MODES,
    OTHER,
    RANDOM,
    TIMES,
    Stat,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from juncture.saga.shell.ssh_master import Master
    from juncture.saga.storage.sftp_protocol import Request

_MANY = 256
_LARGE_BYTES = 1 << 23
_FEW_NAMES = 500
_LAST_TIME = (1 << 32) - 1


class SshStore(Store):
    """The tree of files of a host; made by `store_for`.

    Args:
        master: The connection to the host.
    """

    traits = frozenset((LINKS, MODES, TIMES, RANDOM, APPENDS))

    def __init__(self, master: Master) -> None:
        self.name = f"ssh://{master.name}"
        self._master = master
        self._session: Session | None = None
        self._home = ""
        self._lock = threading.Lock()
        self._shell = HostShell(master, lambda: self._home)

    # What there is ------------------------------------------------------------------------------

    def stat(self, path: str, *, follow: bool = True) -> Stat:
        """Return what is known about a name."""
        session, at = self._at(path)
        reply = session.call(protocol.stat(encoded(at), follow=follow))
        if reply.attrs is None:
            raise sftp_failures.failure(session, reply, at)
        return _stat(reply.attrs)

    def scan(self, path: str) -> Iterator[tuple[str, Stat | None]]:
        """Yield the names in a directory, with what is known about each."""
        session, at = self._at(path)
        for batch in read_names(session, at):
            for name, attrs in batch:
                yield name.decode("utf-8", "surrogateescape"), _stat(attrs)

    def names(self, path: str) -> Iterator[str]:
        """Yield the names alone; of more than a few, as the host's own programs list them."""
        session, at = self._at(path)
        found: list[str] = []
        batches = read_names(session, at)
        for batch in batches:
            found += [name.decode("utf-8", "surrogateescape") for name, _ in batch]
            if len(found) >= _FEW_NAMES:
                break
        else:
            yield from found
            return
        listed = self._shell.names(at)
        given = False
        for some in listed or ():
            if not some:
                if given:
                    raise NoSuccess(f"`{at}` on {session.name} was not listed to its end")
                break
            given = True
            yield from (name for name in some if name not in {".", ".."})
        if not given:
            yield from found
            for batch in batches:
                yield from (name.decode("utf-8", "surrogateescape") for name, _ in batch)

    def walk(self, path: str) -> Iterator[tuple[str, Stat]]:
        """Yield all that is below a directory, each directory before what is in it."""
        _, at = self._at(path)
        failed = True
        for some in self._shell.walk(at) or ():
            failed = not some
            yield from some
        if failed:
            yield from super().walk(at)

    def read_link(self, path: str) -> str:
        """Return the text of a link."""
        session, at = self._at(path)
        reply = session.call(protocol.read_link(encoded(at)))
        if not reply.names:
            raise sftp_failures.failure(session, reply, at, sftp_failures.LINK)
        return reply.names[0][0].decode("utf-8", "surrogateescape")

    # Changes of the tree ------------------------------------------------------------------------

    def make_dir(self, path: str) -> None:
        """Make one directory."""
        session, at = self._at(path)
        self._do(session, protocol.make_dir(encoded(at)), at, sftp_failures.MAKE)

    def remove(self, path: str) -> None:
        """Remove one name that is no directory."""
        session, at = self._at(path)
        self._do(session, protocol.remove(encoded(at)), at, sftp_failures.REMOVE)

    def remove_dir(self, path: str) -> None:
        """Remove one empty directory."""
        session, at = self._at(path)
        self._do(session, protocol.remove_dir(encoded(at)), at, sftp_failures.REMOVE_DIR)

    def remove_tree(self, path: str) -> None:
        """Remove a directory and all that is below it; links are removed, not followed."""
        session, at = self._at(path)
        stat = self.stat(at, follow=False)
        if stat.kind != DIRECTORY:
            raise BadParameter(f"`{at}` on {session.name} is not a directory")
        if self._shell.remove_tree(at, stat):
            return
        directories, files = [at], list[str]()
        for below, known in super().walk(at):
            (directories if known.kind == DIRECTORY else files).append(f"{at}/{below}")
            if len(files) >= _MANY:
                self._remove_all(session, files)
        self._remove_all(session, files)
        for directory in reversed(directories):
            self.remove_dir(directory)

    def rename(self, path: str, new: str, *, replace: bool) -> None:
        """Give a name another one in one step; without `posix-rename` in two, to replace a file."""
        session, at = self._at(path)
        to = self._place(new)
        old, name = encoded(at), encoded(to)
        if replace and session.has(protocol.POSIX_RENAME):
            reply = session.call(protocol.posix_rename(old, name))
        else:
            reply = session.call(protocol.rename(old, name))
            if replace and reply.code == protocol.FAILURE:
                session.start(protocol.remove(name), nobody)
                reply = session.call(protocol.rename(old, name))
        if reply.code == protocol.OK:
            return
        if reply.code == protocol.NO_SUCH_FILE:
            self.stat(at, follow=False)  # raises, if it is this one that is not there
        tried = sftp_failures.WRITE if replace else sftp_failures.MAKE
        raise sftp_failures.failure(session, reply, to, tried)

    def make_link(self, text: str, path: str) -> None:
        """Make a symbolic link at `path` that holds `text`."""
        session, at = self._at(path)
        request = protocol.make_link(encoded(text), encoded(at))
        self._do(session, request, at, sftp_failures.MAKE)

    def set_mode(self, path: str, mode: int) -> None:
        """Set the permission bits."""
        session, at = self._at(path)
        self._do(session, protocol.set_stat(encoded(at), pack_attrs(mode=mode)), at)

    def set_times(self, path: str, mtime: float) -> None:
        """Set the time of the last change, in whole seconds."""
        session, at = self._at(path)
        if not 0 <= mtime <= _LAST_TIME:
            raise BadParameter(
                f"SFTP has no time for {mtime:.0f} s since 1970, which `{at}` was to get",
                hint="it knows the years 1970 to 2105",
            )
        attrs = sftp_bulk.settings(Stat(FILE, mtime=mtime))
        has_own = session.has(protocol.LSETSTAT)
        change = protocol.set_link_stat if has_own else protocol.set_stat
        self._do(session, change(encoded(at), attrs), at)

    def settle(self, path: str, stat: Stat | None) -> None:
        """Give a file the mode and the time of a `Stat`."""
        attrs = sftp_bulk.settings(stat)
        if attrs != NO_ATTRS:
            session, at = self._at(path)
            self._do(session, protocol.set_stat(encoded(at), attrs), at)

    # Bytes of one file --------------------------------------------------------------------------

    def open_read(self, path: str, offset: int = 0) -> Reader:
        """Open a file for reading from `offset` on; more is asked for than is read."""
        session, at = self._at(path)
        attrs = self._file(session, at)
        request = protocol.open_file(encoded(at), protocol.READ)
        handle = self._opened(session, request, at, sftp_failures.READ)
        return Reader(session, handle, at, offset, attrs.size if attrs is not None else None)

    def open_write(
        self, path: str, *, append: bool = False, exclusive: bool = False, mode: int | None = None
    ) -> Writer:
        """Open a file for writing; it is made when it is not there."""
        session, at = self._at(path)
        flags = protocol.WRITE | protocol.CREATE
        offset = 0
        tried = sftp_failures.WRITE
        if exclusive:
            flags |= protocol.EXCLUSIVE
            tried = sftp_failures.MAKE
        else:
            attrs = self._file(session, at, must_exist=False)
            offset = (attrs.size or 0) if append and attrs is not None else 0
            flags |= protocol.APPEND if append else protocol.TRUNCATE
        own = NO_ATTRS if mode is None else pack_attrs(mode=mode)
        handle = self._opened(session, protocol.open_file(encoded(at), flags, own), at, tried)
        return Writer(session, handle, at, offset)

    def open_update(self, path: str) -> Handle:
        """Open a file that is there for reading and writing anywhere."""
        session, at = self._at(path)
        self._file(session, at)
        request = protocol.open_file(encoded(at), protocol.READ | protocol.WRITE)
        return Handle(session, self._opened(session, request, at, sftp_failures.WRITE), at)

    def write_whole(self, path: str, data: bytes, stat: Stat | None, *, replace: bool) -> None:
        """Write a file that appears under its name when it is whole."""
        for error in self.write_many([(path, data, stat)], replace=replace):
            if error is not None:
                raise error

    # Many files ---------------------------------------------------------------------------------

    def read_many(self, paths: Iterable[str]) -> Iterator[bytes | SagaException]:
        """Yield the whole content of each of many small files, or why not, in their order."""
        session, _ = self._at("/")
        machines = (sftp_bulk.ReadWhole(session, self._place(path)) for path in paths)
        for machine in sftp_bulk.run(session, machines):
            yield machine.failure() or machine.data

    def write_many(
        self, files: Iterable[tuple[str, bytes, Stat | None]], *, replace: bool
    ) -> Iterator[SagaException | None]:
        """Write many small files, and yield for each None or why not, in their order."""
        session, _ = self._at("/")
        machines = (
            sftp_bulk.WriteWhole(session, self._place(path), data, stat, replace=replace)
            for path, data, stat in files
        )
        for machine in sftp_bulk.run(session, machines):
            yield machine.failure()

    def copy_within(
        self, pairs: Iterable[tuple[str, str]], *, replace: bool
    ) -> Iterator[SagaException | None]:
        """Copy files on the host, and yield for each None or why not, in their order."""
        session, _ = self._at("/")
        if not session.has(protocol.COPY_DATA):
            if not self._shell.is_there():
                raise exceptions.NotImplemented(
                    f"{self.name} cannot copy: its SFTP server has no `copy-data`, and it no shell"
                )
            return (self._copy(source, target, replace=replace) for source, target in pairs)
        return self._copies(session, pairs, replace=replace)

    def checksum(self, path: str, algorithm: str) -> str:
        """Return the checksum of a file's content, which is read on the host if that can be."""
        _, at = self._at(path)
        return self._shell.checksum(at, algorithm) or super().checksum(at, algorithm)

    def remote_shell(self) -> list[str] | None:
        """Return the ssh command that shares the connection."""
        return [*self._master.command_prefix(), "-T"]

    def close(self) -> None:
        """End the SFTP session and the shells; the next call opens them again."""
        with self._lock:
            session, self._session = self._session, None
        self._shell.close()
        if session is not None:
            session.close()

    def _copies(
        self, session: Session, pairs: Iterable[tuple[str, str]], *, replace: bool
    ) -> Iterator[SagaException | None]:
        # The server does nothing else while it copies, so what is long is left to `cp`.
        most = _LARGE_BYTES if self._shell.is_there() else None
        machines = (
            sftp_bulk.CopyWhole(
                session, self._place(source), self._place(target), replace=replace, most_bytes=most
            )
            for source, target in pairs
        )
        for machine in sftp_bulk.run(session, machines):
            if machine.is_long:
                yield self._copy(machine.source, machine.path, replace=replace)
            else:
                yield machine.failure()

    def _copy(self, source: str, target: str, *, replace: bool) -> SagaException | None:
        """Copy one file with `cp`."""
        try:
            session, at = self._at(source)
            to = self._place(target)
            self._file(session, at)
            part = part_name(to)
            try:
                if not self._shell.copy(at, part):
                    self.open_read(at).close()  # raises, if that is why
                    failed = Reply(protocol.STATUS, protocol.FAILURE, b"`cp` failed")
                    raise sftp_failures.failure(session, failed, part, sftp_failures.WRITE)
                self.rename(part, to, replace=replace)
            except BaseException:
                with suppress(SagaException):
                    session.call(protocol.remove(encoded(part)))
                raise
        except SagaException as error:
            return error
        return None

    def _remove_all(self, session: Session, paths: list[str]) -> None:
        replies = session.calls([protocol.remove(encoded(path)) for path in paths])
        for path, reply in zip(paths, replies, strict=True):
            if reply.code not in (protocol.OK, protocol.NO_SUCH_FILE):
                raise sftp_failures.failure(session, reply, path, sftp_failures.REMOVE)
        paths.clear()

    def _file(self, session: Session, path: str, *, must_exist: bool = True) -> Attrs | None:
        """Return what is known about a file; to open a pipe would stop the server."""
        reply = session.call(protocol.stat(encoded(path)))
        if reply.attrs is None:
            if reply.code == protocol.NO_SUCH_FILE and not must_exist:
                return None
            raise sftp_failures.failure(session, reply, path, sftp_failures.READ)
        error = sftp_bulk.not_a_file(session, path, reply.attrs.mode)
        if error is not None:
            raise error
        return reply.attrs

    def _opened(self, session: Session, request: Request, path: str, tried: str) -> bytes:
        return self._good(session, session.call(request), path, tried).data

    def _do(self, session: Session, request: Request, path: str, tried: str = "other") -> None:
        self._good(session, session.call(request), path, tried)

    def _good(self, session: Session, reply: Reply, path: str, tried: str) -> Reply:
        if reply.code != protocol.OK:
            raise sftp_failures.failure(session, reply, path, tried)
        return reply

    # The connection -----------------------------------------------------------------------------

    def _at(self, path: str) -> tuple[Session, str]:
        """Return a session that can be used, and a path as the host has it."""
        session = self._session
        if session is None or not session.is_usable():
            with self._lock:
                session = self._session
                if session is None or not session.is_usable():
                    session = self._session = self._connected()
        return session, self._place(path)

    def _place(self, path: str) -> str:
        """Return a path as the host has it; the home directory is known once there is a session."""
        if path.startswith("/~") and path[2:3] in ("", "/"):
            return (self._home.rstrip("/") + path[2:]) or "/"
        return path

    def _connected(self) -> Session:
        was_alive = self._master.alive
        try:
            session = self._greeted()
        except NoSuccess:
            # The connection may have gone without anybody having noticed yet.
            if not was_alive or self._master.check():
                raise
            session = self._greeted()
        reply = session.call(protocol.real_path(b"."))
        if not reply.names:
            raise sftp_failures.failure(session, reply, ".")
        self._home = reply.names[0][0].decode("utf-8", "surrogateescape")
        return session

    def _greeted(self) -> Session:
        session = Session(self._master.open_subsystem("sftp"), self._master.name)
        session.open()
        return session


_stores: weakref.WeakKeyDictionary[Master, SshStore] = weakref.WeakKeyDictionary()
_lock = threading.Lock()


def store_for(master: Master) -> SshStore:
    """Return the store of a connection, which all that use the connection share."""
    with _lock:
        if master not in _stores:
            _stores[master] = SshStore(master)
        return _stores[master]


def _after_fork() -> None:
    global _lock  # noqa: PLW0603 - another thread may have held it when we were forked
    _lock = threading.Lock()


os.register_at_fork(after_in_child=_after_fork)


def _stat(attrs: Attrs) -> Stat:
    mode = attrs.mode
    kind = FILE if mode is None else _KINDS.get(modes.S_IFMT(mode), OTHER)
    return Stat(
        kind,
        attrs.size,
        None if attrs.mtime is None else float(attrs.mtime),
        None if mode is None else modes.S_IMODE(mode),
        None if attrs.uid is None else str(attrs.uid),
        None if attrs.gid is None else str(attrs.gid),
    )


_KINDS = {modes.S_IFREG: FILE, modes.S_IFDIR: DIRECTORY, modes.S_IFLNK: LINK, 0: FILE}
