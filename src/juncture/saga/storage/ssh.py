"""The files of a host behind ssh: SFTP on the connection that everything to that host shares.

An SFTP server is enough. What can stay on the host does so where there is a shell, too: copies of
large files, removal of trees, checksums, the names in huge directories. A connection that is lost
fails what is on its way, and the next call connects again; nothing is sent a second time.

Times are whole seconds (SFTP version 3); owners and groups are numbers where the server does not
tell their names. `/~/` at the beginning of a path is the home directory.

It is one class with a method for each of `Store`, and so one module although a long one.
"""

from __future__ import annotations

import os
import threading
import weakref

from juncture.saga.exceptions import BadParameter, NoSuccess, SagaException
from juncture.saga.storage import (
    sftp_appearing,
    sftp_bulk,
    sftp_calls,
    sftp_failures,
    sftp_many,
    stopping,
)
from juncture.saga.storage import sftp_protocol as protocol
from juncture.saga.storage.sftp_accounts import named, named_one
from juncture.saga.storage.sftp_failures import encoded
from juncture.saga.storage.sftp_files import Handle, Reader, Writer
from juncture.saga.storage.sftp_listing import read_entries, read_names
from juncture.saga.storage.sftp_stat import from_server
from juncture.saga.storage.sftp_values import NO_ATTRS, pack_attrs
from juncture.saga.storage.ssh_copies import Copier
from juncture.saga.storage.ssh_host import HostShell
from juncture.saga.storage.store import Store
from juncture.saga.storage.values import (
    APPENDS,
    DIRECTORY,
    FILE,
    HOLES,
    LINKS,
    MODES,
    RANDOM,
    TIMES,
    Stat,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from juncture.saga.shell.ssh_master import Master
    from juncture.saga.storage.sftp import Session

_MANY = 256
_FEW_NAMES = 500
_LAST_TIME = (1 << 32) - 1


class SshStore(Store):
    """The tree of files of a host; made by `store_for`.

    Args:
        master: The connection to the host.

    Attributes:
        master: The same.
    """

    traits = frozenset((LINKS, MODES, TIMES, RANDOM, APPENDS, HOLES))

    def __init__(self, master: Master) -> None:
        self.name = f"ssh://{master.name}"
        self.master = master
        self._session: Session | None = None
        self._home = ""
        self._lock = threading.Lock()
        self._shell = HostShell(master, lambda: self._home)
        _made.add(self)

    # What there is ------------------------------------------------------------------------------

    def absolute(self, path: str) -> str:
        """Return the absolute path that a path of a URL means; the home directory is asked for."""
        return self._at(path)[1] if path.startswith("/~") else super().absolute(path)

    def stat(self, path: str, *, follow: bool = True) -> Stat:
        """Return what is known about a name."""
        session, at = self._at(path)
        reply = session.call(protocol.stat(encoded(at), follow=follow))
        if reply.attrs is None:
            raise sftp_failures.failure(session, reply, at)
        return named_one(session, from_server(reply.attrs))

    def scan(self, path: str) -> Iterator[tuple[str, Stat | None]]:
        """Yield the names in a directory, with what is known about each."""
        session, at = self._at(path)
        return read_entries(session, at)

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
            yield from [name for name in some if name not in {".", ".."}]
        if not given:
            yield from found
            for batch in batches:
                yield from (name.decode("utf-8", "surrogateescape") for name, _ in batch)

    def walk(self, path: str) -> Iterator[tuple[str, Stat]]:
        """Yield all that is below a directory, each directory before what is in it."""
        session, at = self._at(path)
        failed = True
        for some in self._shell.walk(at) or ():
            failed = not some
            named(session, [stat for _, stat in some])
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
        sftp_calls.call(session, protocol.make_dir(encoded(at)), at, sftp_failures.MAKE)

    def remove(self, path: str) -> None:
        """Remove one name that is no directory."""
        session, at = self._at(path)
        sftp_calls.call(session, protocol.remove(encoded(at)), at, sftp_failures.REMOVE)

    def remove_dir(self, path: str) -> None:
        """Remove one empty directory."""
        session, at = self._at(path)
        sftp_calls.call(session, protocol.remove_dir(encoded(at)), at, sftp_failures.REMOVE_DIR)

    def remove_tree(self, path: str) -> None:
        """Remove a directory and all that is below it; links are removed, not followed."""
        session, at = self._at(path)
        stat = self.stat(at, follow=False)
        if stat.kind != DIRECTORY:
            raise BadParameter(f"`{at}` on {session.name} is not a directory")
        if self._shell.remove_tree(at, stat):
            return
        stopping.check()
        directories, files = [at], list[str]()
        for below, known in super().walk(at):
            stopping.check()
            (directories if known.kind == DIRECTORY else files).append(f"{at}/{below}")
            if len(files) >= _MANY:
                sftp_many.remove(session, files)
        sftp_many.remove(session, files)
        for directory in reversed(directories):
            self.remove_dir(directory)

    def rename(self, path: str, new: str, *, replace: bool) -> None:
        """Give a name another one in one step; without `posix-rename` in two, to replace a file."""
        session, at = self._at(path)
        sftp_calls.rename(session, at, self._place(new), replace=replace)

    def make_link(self, text: str, path: str) -> None:
        """Make a symbolic link at `path` that holds `text`."""
        session, at = self._at(path)
        request = protocol.make_link(encoded(text), encoded(at))
        sftp_calls.call(session, request, at, sftp_failures.MAKE)

    def set_mode(self, path: str, mode: int) -> None:
        """Set the permission bits."""
        session, at = self._at(path)
        sftp_calls.call(session, protocol.set_stat(encoded(at), pack_attrs(mode=mode)), at)

    def set_times(self, path: str, mtime: float) -> None:
        """Set the time of the last change, in whole seconds."""
        session, at = self._at(path)
        if not 0 <= mtime <= _LAST_TIME:
            raise BadParameter(
                f"SFTP has no time for {mtime:.0f} s since 1970, which `{at}` was to get",
                hint="it knows the years 1970 to 2105",
            )
        attrs = sftp_appearing.settings(Stat(FILE, mtime=mtime))
        has_own = session.has(protocol.LSETSTAT)
        change = protocol.set_link_stat if has_own else protocol.set_stat
        sftp_calls.call(session, change(encoded(at), attrs), at)

    def settle(self, path: str, stat: Stat | None) -> None:
        """Give a file the mode and the time of a `Stat`."""
        attrs = sftp_appearing.settings(stat)
        if attrs != NO_ATTRS:
            session, at = self._at(path)
            sftp_calls.call(session, protocol.set_stat(encoded(at), attrs), at)

    # Bytes of one file --------------------------------------------------------------------------

    def open_read(self, path: str, offset: int = 0) -> Reader:
        """Open a file for reading from `offset` on; more is asked for than is read."""
        session, at = self._at(path)
        attrs = sftp_calls.known_file(session, at)
        request = protocol.open_file(encoded(at), protocol.READ)
        handle = sftp_calls.call(session, request, at, sftp_failures.READ).data
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
            attrs = sftp_calls.known_file(session, at, must_exist=False)
            offset = (attrs.size or 0) if append and attrs is not None else 0
            flags |= protocol.APPEND if append else protocol.TRUNCATE
        own = NO_ATTRS if mode is None else pack_attrs(mode=mode)
        request = protocol.open_file(encoded(at), flags, own)
        handle = sftp_calls.call(session, request, at, tried).data
        return Writer(session, handle, at, offset)

    def open_update(self, path: str) -> Handle:
        """Open a file that is there for reading and writing anywhere."""
        session, at = self._at(path)
        sftp_calls.known_file(session, at)
        request = protocol.open_file(encoded(at), protocol.READ | protocol.WRITE)
        handle = sftp_calls.call(session, request, at, sftp_failures.WRITE).data
        return Handle(session, handle, at)

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

    def read_known(
        self, paths: Iterable[str], most_bytes: int
    ) -> Iterator[tuple[bytes, Stat] | SagaException]:
        """Yield the content of each file with what is known of the file afterwards."""
        session, _ = self._at("/")
        machines = (sftp_bulk.ReadWhole(session, self._place(path), most_bytes) for path in paths)
        for machine in sftp_bulk.run(session, machines):
            yield machine.failure() or (machine.data, from_server(machine.attrs))

    def write_many(
        self, files: Iterable[tuple[str, bytes, Stat | None]], *, replace: bool
    ) -> Iterator[SagaException | None]:
        """Write many small files, and yield for each None or why not, in their order."""
        session, _ = self._at("/")
        machines = (
            sftp_appearing.WriteWhole(session, self._place(path), data, stat, replace=replace)
            for path, data, stat in files
        )
        for machine in sftp_bulk.run(session, machines):
            yield machine.failure()

    def overwrite_many(
        self, files: Iterable[tuple[str, bytes, Stat | None]]
    ) -> Iterator[SagaException | None]:
        """Write many small files, and replace plain files, and nothing else."""
        session, _ = self._at("/")
        machines = (
            sftp_appearing.WriteWhole(
                session, self._place(path), data, stat, replace=True, plain=True
            )
            for path, data, stat in files
        )
        for machine in sftp_bulk.run(session, machines):
            yield machine.failure()

    def stat_many(
        self, paths: Iterable[str], *, follow: bool = True
    ) -> Iterator[Stat | SagaException]:
        """Yield for each name what `stat` returns, or why not, in their order."""
        session, _ = self._at("/")
        machines = (sftp_bulk.Known(session, self._place(path), follow=follow) for path in paths)
        for machine in sftp_bulk.run(session, machines):
            yield machine.failure() or named_one(session, from_server(machine.attrs))

    def make_dir_many(self, paths: Iterable[str]) -> Iterator[SagaException | None]:
        """Make directories, none of which is in another, and yield for each None or why not."""
        session, _ = self._at("/")
        return sftp_many.make_dirs(session, map(self._place, paths))

    def read_link_many(self, paths: Iterable[str]) -> Iterator[str | SagaException]:
        """Yield for each link what `read_link` returns, or why not, in their order."""
        session, _ = self._at("/")
        return sftp_many.read_links(session, map(self._place, paths))

    def make_link_many(self, links: Iterable[tuple[str, str]]) -> Iterator[SagaException | None]:
        """Make links, each told by its text and its path, and yield for each None or why not."""
        session, _ = self._at("/")
        return sftp_many.make_links(session, ((text, self._place(path)) for text, path in links))

    def settle_many(self, files: Iterable[tuple[str, Stat]]) -> Iterator[SagaException | None]:
        """Settle names, none of which is in another, and yield for each None or why not."""
        session, _ = self._at("/")
        return sftp_many.settle(session, ((self._place(path), stat) for path, stat in files))

    def rename_many(
        self, pairs: Iterable[tuple[str, str]], *, replace: bool
    ) -> Iterator[SagaException | None]:
        """Give names other ones, each in one step, and yield for each None or why not."""
        session, _ = self._at("/")
        if replace and not session.has(protocol.POSIX_RENAME):
            return super().rename_many(pairs, replace=replace)
        places = ((self._place(path), self._place(new)) for path, new in pairs)
        return sftp_many.rename(session, places, replace=replace)

    def copy_within(
        self,
        pairs: Iterable[tuple[str, str]],
        *,
        replace: bool,
        told: Callable[[int], None] | None = None,
    ) -> Iterator[SagaException | None]:
        """Copy files on the host, and yield for each None or why not, in their order."""
        session, _ = self._at("/")
        places = ((self._place(source), self._place(target)) for source, target in pairs)
        return Copier(session, self._shell, told).run(places, replace=replace)

    def checksum(self, path: str, algorithm: str) -> str:
        """Return the checksum of a file's content, which is read on the host if that can be."""
        _, at = self._at(path)
        return self._shell.checksum(at, algorithm) or super().checksum(at, algorithm)

    def checksum_many(self, paths: Iterable[str], algorithm: str) -> Iterator[str | SagaException]:
        """Yield for each file what `checksum` returns, or why not, in their order."""
        self._at("/")
        for at, found in self._shell.checksums(map(self._place, paths), algorithm):
            try:
                yield found or super().checksum(at, algorithm)
            except SagaException as error:
                yield error

    def remote_shell(self) -> list[str] | None:
        """Return the ssh command that shares the connection."""
        return [*self.master.command_prefix(), "-T"]

    def close(self) -> None:
        """End the SFTP session and the shells; the next call opens them again."""
        with self._lock:
            session, self._session = self._session, None
        self._shell.close()
        if session is not None:
            session.close()

    def forget_lock(self) -> None:
        """Have a lock of its own in a process that was forked off."""
        self._lock = threading.Lock()

    # The connection -----------------------------------------------------------------------------

    def _at(self, path: str) -> tuple[Session, str]:
        """Return a session that can be used, and a path as the host has it."""
        session = self._session
        if session is None or not session.is_usable():
            with self._lock:
                session = self._session
                if session is None or not session.is_usable():
                    session, self._home = sftp_calls.opened(self.master)
                    self._session = session
        return session, self._place(path)

    def _place(self, path: str) -> str:
        """Return a path as the host has it; the home directory is known once there is a session."""
        if path.startswith("/~") and path[2:3] in ("", "/"):
            return (self._home.rstrip("/") + path[2:]) or "/"
        return path


_made: weakref.WeakSet[SshStore] = weakref.WeakSet()
_stores: weakref.WeakValueDictionary[Master, SshStore] = weakref.WeakValueDictionary()
_lock = threading.Lock()


def store_for(master: Master) -> SshStore:
    """Return the store of a connection, which all that use the connection share."""
    with _lock:
        store = _stores.get(master)
        if store is None:
            store = _stores[master] = SshStore(master)
        return store


def _after_fork() -> None:
    global _lock  # noqa: PLW0603 - another thread may have held it when we were forked
    _lock = threading.Lock()
    for store in list(_made):
        store.forget_lock()


os.register_at_fork(after_in_child=_after_fork)
