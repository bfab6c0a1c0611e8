"""What the two databases have in common: transactions, connections that are kept, schemas.

A transaction has a connection to itself, so that any thread may have one at any time. What a
process that is killed has not committed, the database takes back. After a fork the child makes
connections of its own and leaves those of its parent alone.

A catalogue has the version of its schema in it. An older one is brought up to date by whoever opens
it first; a newer one is refused.
"""

from __future__ import annotations

import os
import threading
from contextlib import contextmanager, suppress

from juncture.saga.adaptors.sql_replica import queries
from juncture.saga.exceptions import DoesNotExist, NoSuccess
from juncture.saga.storage.failures import ConnectionLost
from juncture.saga.storage.logs import debug

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Mapping
    from typing import Any, NoReturn, TypeVar

    Begun = TypeVar("Begun")

VERSION = 1
"""The newest schema that this code knows."""
READ = "begin-read"
WRITE = "begin-write"
TREE = "begin-tree"
"""What a transaction is for; in one for the TREE names of many entries may change."""
_SCHEMA = "begin-schema"
_KEPT = 4


class NoCatalogue(DoesNotExist):
    """There is no catalogue in a database, or no database."""


class Connection:
    """One connection, in a transaction most of the time.

    Args:
        raw: A connection of the database's own library, which begins no transaction by itself.
        texts: The queries by name.
        stamp: Whatever the database wants to know again when the connection is used again.
    """

    def __init__(self, raw: Any, texts: Mapping[str, str], stamp: object = None) -> None:
        self.raw = raw
        self.stamp = stamp
        self._texts = texts

    def rows(self, query: str, **values: Any) -> list[tuple[Any, ...]]:
        """Return what a query finds."""
        return self._execute(query, values).fetchall()  # type: ignore[no-any-return]

    def change(self, query: str, **values: Any) -> None:
        """Change something; that it failed may come out later, with the commit at the last."""
        self._execute(query, values)

    def changed(self, query: str, **values: Any) -> int:
        """Change something, and return how many rows that met."""
        return self._execute(query, values).rowcount  # type: ignore[no-any-return]

    def rows_of_many(
        self, query: str, values: Iterable[dict[str, Any]]
    ) -> list[list[tuple[Any, ...]]]:
        """Return what a query finds for each of many values."""
        return [self.rows(query, **each) for each in values]

    def change_many(self, query: str, values: Iterable[dict[str, Any]]) -> None:
        """Make a change for each of many values, as `change` does."""
        for each in values:
            self.change(query, **each)

    def changed_many(self, query: str, values: Iterable[dict[str, Any]]) -> list[int]:
        """Make a change for each of many values, and return how many rows each met."""
        return [self.changed(query, **each) for each in values]

    def claim(self, query: str, values: Iterable[dict[str, Any]]) -> None:
        """Have others wait who claim one of these; who writes does so anyway here."""

    def begin(self, purpose: str, first: Callable[[Connection], Begun]) -> Begun:
        """Begin a transaction, and return what is asked first in it."""
        self.run(purpose)
        return first(self)

    def settle(self) -> None:
        """Return when all that was said is done, or raise why it is not."""

    def run(self, query: str) -> None:
        """Run the statements of a schema, or of a beginning."""
        for statement in queries.statements(self._texts[query]):
            self._run(statement)

    def commit(self) -> None:
        """Keep what was done."""
        self._run("COMMIT")

    def roll_back(self) -> None:
        """Take back what was done."""
        self._run("ROLLBACK")

    def close(self) -> None:
        """Let go; what was not committed is gone."""
        with suppress(Exception):
            self.raw.close()

    def _execute(self, query: str, values: dict[str, Any]) -> Any:
        try:
            return self.raw.execute(self._texts[query], values)
        except Exception as error:  # noqa: BLE001 - of the database's library
            self.fail(error)

    def _run(self, statement: str) -> None:
        try:
            self.raw.execute(statement)
        except Exception as error:  # noqa: BLE001 - as above
            self.fail(error)

    def fail(self, error: Exception) -> NoReturn:
        """Raise what an error of the database means as one of SAGA's."""
        raise NotImplementedError(error)


class Database:
    """The database of one catalogue.

    Args:
        name: What messages call it, without a secret.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self._guard = threading.Lock()
        self._kept: list[Connection] = []
        self._owner = os.getpid()

    def connect(self) -> Connection:
        """Return a new connection.

        Raises:
            NoCatalogue: there is no such database.
        """
        raise NotImplementedError

    def is_current(self, connection: Connection) -> bool:
        """Say whether a connection that was kept still leads to the database."""
        del connection
        return True

    def check_foreign(self, tables: int) -> None:
        """Raise when a database without a catalogue is somebody else's."""

    def make(self) -> None:
        """Make the catalogue, unless it is there."""
        connection = self.connect()
        try:
            self._check(connection, make=True)
        except BaseException:
            connection.close()
            raise
        self._keep(connection)

    @contextmanager
    def transaction(
        self, purpose: str, first: Callable[[Connection], Begun]
    ) -> Generator[tuple[Connection, Begun], None, None]:
        """Return a context in which all is done, or nothing when it is left by an exception.

        Args:
            purpose: READ, WRITE or TREE.
            first: What is asked first, together with the beginning; called again with another
                connection when one that was kept has broken.
        """
        connection, found = self._begun(lambda each: each.begin(purpose, first))
        try:
            yield connection, found
            connection.commit()
        except BaseException:
            self._take_back(connection)
            raise
        self._keep(connection)

    def look(self, query: str, **values: Any) -> list[tuple[Any, ...]]:
        """Return what one query finds: it sees one moment by itself, without a transaction."""
        connection, rows = self._begun(lambda each: each.rows(query, **values))
        self._keep(connection)
        return rows

    def close(self) -> None:
        """Let go of all connections that are not in use."""
        with self._guard:
            kept, self._kept = self._kept, []
        if self._owner == os.getpid():
            for connection in kept:
                connection.close()

    def __del__(self) -> None:
        self.close()

    # Connections --------------------------------------------------------------------------------

    def _begun(self, begin: Callable[[Connection], Begun]) -> tuple[Connection, Begun]:
        """Return a connection and what it began with; one that was kept may have broken."""
        connection = self._kept_one()
        if connection is not None:
            try:
                return connection, begin(connection)
            except ConnectionLost as error:
                debug(__name__, "a new connection is made: %s", error)
                connection.close()
                self.close()
            except BaseException:
                self._take_back(connection)
                raise
        connection = self.connect()
        try:
            self._check(connection, make=False)
            return connection, begin(connection)
        except BaseException:
            connection.close()
            raise

    def _kept_one(self) -> Connection | None:
        with self._guard:
            if self._owner != os.getpid():
                # To close what a parent uses would end its transactions and give up its locks.
                _parents.append(self._kept)
                self._kept, self._owner = [], os.getpid()
            connection = self._kept.pop() if self._kept else None
        if connection is None or self.is_current(connection):
            return connection
        connection.close()
        return self._kept_one()

    def _take_back(self, connection: Connection) -> None:
        try:
            connection.roll_back()
        except Exception:  # noqa: BLE001 - it is closed, which takes back as well
            connection.close()
        else:
            self._keep(connection)

    def _keep(self, connection: Connection) -> None:
        with self._guard:
            if len(self._kept) < _KEPT:
                self._kept.append(connection)
                return
        connection.close()

    # Schemas ------------------------------------------------------------------------------------

    def _check(self, connection: Connection, *, make: bool) -> None:
        """Check that there is a catalogue of a schema that is known, or make it one."""
        version = self._version(connection)
        if version == 0 and not make:
            raise NoCatalogue(
                f"there is no catalogue in {self.name}",
                hint="open a directory or a file in it with `CREATE` to make one",
            )
        if version > VERSION:
            raise NoSuccess(
                f"the catalogue in {self.name} has the schema {version}, "
                f"this juncture knows schemas up to {VERSION}",
                hint="use the juncture that made it, or a newer one",
            )
        if version < VERSION:
            connection.run(_SCHEMA)  # after which nobody else brings it up to date
            for newer in range(self._version(connection) + 1, VERSION + 1):
                connection.run(f"schema-{newer}")
            connection.commit()

    def _version(self, connection: Connection) -> int:
        ((has_catalogue, tables),) = connection.rows("has-tables")
        if not has_catalogue:
            self.check_foreign(tables)
            return 0
        ((version,),) = connection.rows("version")
        return version or 0


_parents: list[object] = []
