"""Catalogues in files of SQLite: `sqlite:///folder/catalogue.db/logical/name`.

The file of the catalogue is the first part of the path that is no directory. It is in WAL mode, so
that readers and a writer do not wait for each other; writers wait for each other for as long as the
option `busy_timeout_s` says. All of them are on one host: SQLite does not lock across networks.

A new catalogue is made under a name of its own, and gets the final one when it is whole.
"""

from __future__ import annotations

import os
import sqlite3
from contextlib import suppress

from juncture.saga import exceptions
from juncture.saga.adaptors.shell_job.hosts import is_here
from juncture.saga.adaptors.sql_replica import queries
from juncture.saga.adaptors.sql_replica.adaptor import ReplicaAdaptor, info, options
from juncture.saga.adaptors.sql_replica.database import Connection, Database, NoCatalogue
from juncture.saga.adaptors.sql_replica.directory import LogicalDirectory
from juncture.saga.adaptors.sql_replica.file import LogicalFile
from juncture.saga.exceptions import BadParameter, NoSuccess, PermissionDenied
from juncture.saga.storage import paths
from juncture.saga.storage.failures import failure
from juncture.saga.storage.parts import part_name

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, NoReturn

    from juncture.saga.url import Url

__all__ = ["Adaptor", "LogicalDirectory", "LogicalFile"]

_ADAPTOR_NAME = "juncture.replica.sqlite"
_ADAPTOR_SCHEMAS = ["sqlite"]
_ADAPTOR_OPTIONS = options(
    _ADAPTOR_NAME,
    {
        "name": "busy_timeout_s",
        "type": float,
        "default": 30.0,
        "env_variable": "JUNCTURE_BUSY_TIMEOUT_S",
        "documentation": "seconds that a writer waits for others",
    },
)
_ADAPTOR_INFO = info(_ADAPTOR_NAME, _ADAPTOR_SCHEMAS)

_SUFFIXES = (".db", ".sqlite", ".sqlite3")


class Adaptor(ReplicaAdaptor):
    """The adaptor of catalogues in files of SQLite."""

    def __init__(self) -> None:
        super().__init__(_ADAPTOR_INFO, _ADAPTOR_OPTIONS)

    def split(self, url: Url) -> tuple[str, str]:
        """Return the path of the file and the name in the catalogue."""
        self.opts.check_query(url)
        if url.host and not is_here(url.host):
            raise BadParameter(
                f"`sqlite` serves this host alone, found `{url.host}`",
                hint="a path begins with a third slash: `sqlite:///folder/catalogue.db`",
            )
        path = paths.path_of(url)
        if path.startswith("/~/"):
            path = os.path.expanduser("~") + path[2:]
        if not path.startswith("/"):
            raise BadParameter(
                f"`{url.masked()}` names no file of SQLite",
                hint="write `sqlite:///folder/catalogue.db/logical/name`",
            )
        file = "/"
        parts = [part for part in path.split("/") if part]
        for number, part in enumerate(parts):
            file = os.path.join(file, part)
            if not os.path.isdir(file):
                return file, "/" + "/".join(parts[number + 1 :])
        raise BadParameter(
            f"`{path}` is a directory, a catalogue is a file",
            hint=f"write `sqlite://{path.rstrip('/')}/catalogue.db`",
        )

    def key(self, url: Url, where: str, session: Any) -> tuple[Any, ...]:
        """Return what URLs of one catalogue have in common."""
        return (where, self.get_option("busy_timeout_s", session, url))

    def open_database(self, url: Url, where: str, session: Any) -> Database:
        """Return the database in a file."""
        return SqliteDatabase(where, self.get_option("busy_timeout_s", session, url))


class SqliteConnection(Connection):
    """A connection to a file of SQLite."""

    name = ""

    def fail(self, error: Exception) -> NoReturn:
        """Raise what an error of SQLite means."""
        raise _failure(error, self.name) from error


class SqliteDatabase(Database):
    """A file of SQLite.

    Args:
        path: Where it is.
        busy_timeout_s: How long a writer waits for others.
    """

    _texts: dict[str, str] | None = None

    def __init__(self, path: str, busy_timeout_s: float) -> None:
        super().__init__(f"`{path}`")
        self.path = path
        self._busy_timeout_s = busy_timeout_s

    def connect(self) -> Connection:
        """Return a new connection to the file, which must be there."""
        stamp = _identity(self.path)
        if stamp is None:
            raise NoCatalogue(
                f"there is no catalogue {self.name}",
                hint="open a directory or a file in it with `CREATE` to make one",
            )
        return self._connected(self.path, stamp)

    def is_current(self, connection: Connection) -> bool:
        """Say whether the file is the one that the connection has."""
        return connection.stamp == _identity(self.path)

    def check_foreign(self, tables: int) -> None:
        """Raise when somebody else's tables are in the file."""
        if tables:
            raise BadParameter(
                f"{self.name} is a database of something else: it has {tables} tables and none "
                "of them is a catalogue's"
            )

    def make(self) -> None:
        """Make the file, and the catalogue in it."""
        if _identity(self.path) is None:
            self._make_file()
        super().make()

    def _make_file(self) -> None:
        if not self.path.endswith(_SUFFIXES):
            raise NoCatalogue(
                f"there is no catalogue {self.name}",
                hint=f"a new one's name ends in {', '.join(_SUFFIXES)}, its directory is there",
            )
        if os.path.islink(self.path):
            raise BadParameter(
                f"`{self.path}` is a link that leads to nothing, to `{os.readlink(self.path)}`",
                hint="remove it, or write the URL of the file itself",
            )
        if os.path.exists(self.path + "-wal"):
            if _identity(self.path) is not None:  # somebody else was faster
                return
            raise BadParameter(
                f"`{self.path}-wal` has changes of a catalogue that is not there any more",
                hint="a catalogue is moved with its `-wal`; remove that to begin a new one",
            )
        part = part_name(self.path)
        try:
            with open(part, "xb"):
                pass
            other = SqliteDatabase(part, self._busy_timeout_s)
            other.name = self.name
            other.make()
            other.close()
            with suppress(FileExistsError):  # somebody else was faster
                os.link(part, self.path)
        except OSError as error:
            raise failure(error, self.path) from error
        finally:
            for suffix in ("", "-wal", "-shm"):
                with suppress(OSError):
                    os.unlink(part + suffix)

    def _connected(self, path: str, stamp: object) -> Connection:
        if SqliteDatabase._texts is None:
            SqliteDatabase._texts = queries.load("queries.sql", "sqlite.sql")
        try:
            raw = sqlite3.connect(
                f"file:{paths.url_path(path)}?mode=rw",
                uri=True,
                timeout=self._busy_timeout_s,
                isolation_level=None,
                check_same_thread=False,
            )
        except sqlite3.Error as error:
            raise _failure(error, self.name) from error
        try:
            raw.execute("PRAGMA foreign_keys = ON")
            if stamp and os.path.getsize(path) == 0:
                raw.execute("PRAGMA journal_mode = WAL")
        except (sqlite3.Error, OSError) as error:
            raw.close()
            raise _failure(error, self.name) from error
        connection = SqliteConnection(raw, SqliteDatabase._texts, stamp)
        connection.name = self.name
        return connection


def _identity(path: str) -> tuple[int, int] | None:
    """Return which file is under a name."""
    try:
        found = os.stat(path)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise failure(error, path) from error
    return found.st_dev, found.st_ino


_BY_CODE: dict[int, tuple[type[exceptions.SagaException], str, str]] = {
    5: (
        exceptions.Timeout,
        "others are writing into {name} and did not end in time",
        "let the option `busy_timeout_s` be greater",
    ),
    8: (
        PermissionDenied,
        "the catalogue {name} cannot be opened or written by this account: {error}",
        "the account needs to write the file and the directory in which it is",
    ),
    10: (
        NoSuccess,
        "the disk fails the catalogue {name}: {error}",
        "look at the disk, its file system and its quota",
    ),
    11: (
        NoSuccess,
        "the catalogue {name} is damaged: {error}",
        "take it from a backup, or `sqlite3 FILE .recover` what is left",
    ),
    13: (
        NoSuccess,
        "the catalogue {name} finds no room: the disk is full",
        "make room on it; what the catalogue has is whole",
    ),
    26: (BadParameter, "{name} is not a file of SQLite", ""),
}
"""Result code (https://www.sqlite.org/rescode.html) -> what that means, and a hint."""
_SAME = {14: 8, 4874: 13}
"""Codes that mean the same to a caller: CANTOPEN, and IOERR_SHMSIZE, the journal's index."""


def _failure(error: Exception, name: str) -> exceptions.SagaException:
    """Return what an error of SQLite means, by its code; 3.10 knows none."""
    code = getattr(error, "sqlite_errorcode", 0)
    code = _SAME.get(code) or _SAME.get(code & 0xFF, code & 0xFF)
    kind, text, hint = _BY_CODE.get(code, (NoSuccess, "the catalogue {name}: {error}", ""))
    return kind(text.format(name=name, error=error), hint=hint)
