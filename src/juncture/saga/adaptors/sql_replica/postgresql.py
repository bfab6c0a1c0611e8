"""Catalogues in databases of PostgreSQL: `postgresql://user@host:port/database/logical/name`.

The first part of the path is the database. What of the query is no option of the adaptor is a
parameter of libpq: `sslmode`, or `host` for a directory of sockets. The password comes from the
URL, or from a context of the session (`stored.credentials`), or from where libpq has it:
`~/.pgpass`, `PGPASSWORD`. It is in no message and no log.

The client is psycopg 3, whose errors tell by their SQLSTATE what happened (PostgreSQL, appendix A);
for a connection that was not made libpq has none, so the server is asked other questions.
"""

from __future__ import annotations

import os
from contextlib import suppress

from juncture.saga import exceptions
from juncture.saga.adaptors.sql_replica import queries
from juncture.saga.adaptors.sql_replica.adaptor import ReplicaAdaptor, info, options
from juncture.saga.adaptors.sql_replica.database import Connection, Database, NoCatalogue
from juncture.saga.adaptors.sql_replica.directory import LogicalDirectory
from juncture.saga.adaptors.sql_replica.file import LogicalFile
from juncture.saga.exceptions import BadParameter, DoesNotExist, NoSuccess, PermissionDenied
from juncture.saga.storage import paths
from juncture.saga.storage.failures import ConnectionLost
from juncture.saga.stored.credentials import HINT, of_session

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any, NoReturn

    from juncture.saga.adaptors.sql_replica.database import Begun
    from juncture.saga.url import Url

__all__ = ["Adaptor", "LogicalDirectory", "LogicalFile"]

_ADAPTOR_NAME = "juncture.replica.postgresql"
_ADAPTOR_SCHEMAS = ["postgresql", "postgres"]
_ADAPTOR_OPTIONS = options(
    _ADAPTOR_NAME,
    {
        "name": "connect_timeout_s",
        "type": int,
        "default": 10,
        "env_variable": "JUNCTURE_CONNECT_TIMEOUT_S",
        "documentation": "seconds that the server has to take a connection",
    },
)
_ADAPTOR_INFO = info(_ADAPTOR_NAME, _ADAPTOR_SCHEMAS)

_SECRET = frozenset(("password", "sslpassword"))
_PORT = 5432
_TEMPLATE = "template1"
"""A database that every server has."""


class Adaptor(ReplicaAdaptor):
    """The adaptor of catalogues in databases of PostgreSQL."""

    def __init__(self) -> None:
        super().__init__(_ADAPTOR_INFO, _ADAPTOR_OPTIONS)

    def sanity_check(self) -> None:
        """Say what to install when the client is missing."""
        try:
            client()
        except ImportError as error:
            raise NoSuccess(
                f"catalogues in PostgreSQL need psycopg 3, which cannot be imported: {error}",
                error,
                hint="python -m pip install 'juncture[postgresql]'",
            ) from error

    def split(self, url: Url) -> tuple[str, str]:
        """Return the name of the database, and the name in the catalogue."""
        _, _, path = paths.path_of(url).partition("/")
        database, _, path = path.partition("/")
        if not database:
            raise BadParameter(
                f"`{url.masked()}` names no database",
                hint="write `postgresql://user@host/database/logical/name`",
            )
        return f"/{database}", f"/{path}"

    def key(self, url: Url, where: str, session: Any) -> tuple[Any, ...]:
        """Return what URLs of one catalogue have in common, in one session."""
        identity = "" if session is None else session.identity
        host = (url.host or "").lower()
        return (host, url.port, url.username, url.password, where, url.query, identity)

    def open_database(self, url: Url, where: str, session: Any) -> Database:
        """Return the database of a server."""
        parameters = self._parameters(url, session)
        parameters["dbname"] = where[1:]
        server = parameters.get("host", "this host")
        return PostgresqlDatabase(f"`{where[1:]}` of PostgreSQL on {server}", parameters)

    def _parameters(self, url: Url, session: Any) -> dict[str, Any]:
        from urllib.parse import parse_qsl

        parameters: dict[str, Any] = {
            key: value
            for key, value in parse_qsl(url.query, keep_blank_values=True)
            if key not in self.opts
        }
        if _SECRET.intersection(parameters):
            raise BadParameter(
                f"the query of `{url.scheme}://{url.host or ''}{url.path}` has a password",
                hint="give the session a `UserPass` context whose `remote_host` names the server",
            )
        timeout = self.get_option("connect_timeout_s", session, url)
        parameters.setdefault("connect_timeout", timeout)
        parameters.setdefault("application_name", "juncture")
        parameters["client_encoding"] = "UTF8"
        own = {"host": url.host, "port": url.port, "user": url.username, "password": url.password}
        parameters.update((key, value) for key, value in own.items() if value is not None)
        if "password" not in parameters:
            found = of_session(session, *_server(parameters), parameters.get("user"))
            if found is not None:
                parameters["user"], parameters["password"] = found
        return parameters


def _server(parameters: dict[str, Any]) -> tuple[str, int | None]:
    """Return host and port to which libpq will go, as far as it can be known; a socket is ours."""
    host = parameters.get("hostaddr") or parameters.get("host")
    host = host or os.environ.get("PGHOSTADDR") or os.environ.get("PGHOST")
    if not host:
        by_name = parameters.get("service") or os.environ.get("PGSERVICE")
        host = "" if by_name else "localhost"
    elif host.startswith(("/", "@")):
        host = "localhost"
    port = str(parameters.get("port") or os.environ.get("PGPORT") or _PORT)
    return host, int(port) if port.isdecimal() else None


class PostgresqlConnection(Connection):
    """A connection to a server.

    A transaction is one pipeline: what is said goes out at once, and only a question waits for its
    answer, and so for all before it. What was refused comes out with the next answer, or with the
    commit; nothing after it is done.
    """

    name = ""
    _pipeline: Any = None
    _around: Any = None

    def begin(self, purpose: str, first: Callable[[Connection], Begun]) -> Begun:
        """Begin a transaction, and return what is asked first in it, in one round trip."""
        if client().Pipeline.is_supported():
            around = self.raw.pipeline()
            self._pipeline = self._calling(around.__enter__)
            self._around = around
        return super().begin(purpose, first)

    def settle(self) -> None:
        """Return when the server has done all that was said, or raise why it has not."""
        if self._pipeline is not None:
            self._calling(self._pipeline.sync)

    def rows(self, query: str, **values: Any) -> list[tuple[Any, ...]]:
        """Return what a query finds."""
        return self._calling(self._execute(query, values).fetchall)  # type: ignore[no-any-return]

    def rows_of_many(
        self, query: str, values: Iterable[dict[str, Any]]
    ) -> list[list[tuple[Any, ...]]]:
        """Return what a query finds for each of many values."""
        cursors = [self._execute(query, each) for each in values]
        return [self._calling(cursor.fetchall) for cursor in cursors]

    def changed(self, query: str, **values: Any) -> int:
        """Change something, and return how many rows that met."""
        return self.changed_many(query, [values])[0]

    def changed_many(self, query: str, values: Iterable[dict[str, Any]]) -> list[int]:
        """Make a change for each of many values, and return how many rows each met."""
        cursors = [self._execute(query, each) for each in values]
        self.settle()
        return [cursor.rowcount for cursor in cursors]

    def claim(self, query: str, values: Iterable[dict[str, Any]]) -> None:
        """Have others wait who claim one of these."""
        self.change_many(query, values)

    def commit(self) -> None:
        """Keep what was done."""
        super().commit()
        self._calling(self._leave)

    def roll_back(self) -> None:
        """Take back what was done."""
        with suppress(client().Error):  # it was raised, or nobody waited for it
            self._leave()
        super().roll_back()

    def _leave(self) -> None:
        """Leave the pipeline when all that was said is done, or raise why it is not."""
        around, self._around, self._pipeline = self._around, None, None
        if around is not None:
            around.__exit__(None, None, None)

    def _calling(self, call: Callable[[], Any]) -> Any:
        try:
            return call()
        except client().Error as error:
            self.fail(error)

    def fail(self, error: Exception) -> NoReturn:
        """Raise what an error of PostgreSQL means."""
        state = getattr(error, "sqlstate", None) or ""
        if self.raw.broken or self.raw.closed or state in _ENDED:
            raise ConnectionLost(
                f"the connection to the database {self.name} was lost: {first_line(error)}"
            ) from error
        raise _failure(error, self.name) from error


class PostgresqlDatabase(Database):
    """A database of a server.

    Args:
        name: What messages call it.
        parameters: Of libpq.
    """

    _texts: dict[str, str] | None = None

    def __init__(self, name: str, parameters: dict[str, Any]) -> None:
        super().__init__(name)
        self._parameters = parameters

    def connect(self) -> Connection:
        """Return a new connection to the server."""
        psycopg = client()
        if PostgresqlDatabase._texts is None:
            texts = queries.load("queries.sql", "postgresql.sql")
            PostgresqlDatabase._texts = {
                name: queries.with_percents(text) if ":" in text else text
                for name, text in texts.items()
            }
        try:
            raw = psycopg.connect(**self._parameters, autocommit=True)
        except psycopg.ProgrammingError as error:
            raise BadParameter(
                f"libpq does not take the URL of the database {self.name}: {first_line(error)}"
            ) from error
        except psycopg.Error as error:
            raise self._refused(error) from error
        connection = PostgresqlConnection(raw, PostgresqlDatabase._texts)
        connection.name = self.name
        return connection

    def _refused(self, error: Exception) -> exceptions.SagaException:
        """Return why there is no connection."""
        psycopg = client()
        conninfo = psycopg.conninfo.make_conninfo("", **self._parameters)
        ping = psycopg.pq.PGconn.ping(conninfo.encode())
        if ping == psycopg.pq.Ping.REJECT:
            return NoSuccess(
                f"the server of {self.name} takes no connections now: {first_line(error)}"
            )
        if ping != psycopg.pq.Ping.OK:
            return NoSuccess(
                f"no server answers for the database {self.name}: {first_line(error)}",
                hint="check host and port, and that the server runs",
            )
        if self._lets_in(_TEMPLATE):
            return NoCatalogue(
                f"the server has no database {self.name} for this user: {first_line(error)}",
                hint="an administrator makes one with `createdb`",
            )
        return exceptions.AuthenticationFailed(
            f"the server does not let this user into the database {self.name}: {first_line(error)}",
            hint=HINT,
        )

    def _lets_in(self, database: str) -> bool:
        psycopg = client()
        try:
            psycopg.connect(**{**self._parameters, "dbname": database}).close()
        except psycopg.Error:
            return False
        return True


def client() -> Any:
    """Return psycopg, imported when it is needed first."""
    __import__("psycopg.conninfo")
    return __import__("psycopg")


_ENDED = frozenset(("57P01", "57P02", "57P03", "57P05", "25P03", "08006"))
"""SQLSTATE with which a server ends a connection, which breaks a moment later."""
_BY_STATE: dict[str, tuple[type[exceptions.SagaException], str]] = {
    "42501": (PermissionDenied, "does not allow this to the user"),
    "25006": (PermissionDenied, "can only be read"),
    "23503": (DoesNotExist, "does not have it any more: somebody else removed it"),
    "42P01": (DoesNotExist, "has no catalogue any more"),
    "53100": (NoSuccess, "finds no room: the disk is full"),
    "55P03": (exceptions.Timeout, "is locked by others"),
    "57014": (exceptions.Timeout, "ended the query"),
    "54000": (BadParameter, "cannot keep so long a name"),
}
"""SQLSTATE -> what that means."""


def _failure(error: Exception, name: str) -> exceptions.SagaException:
    kind, text = _BY_STATE.get(getattr(error, "sqlstate", None) or "", (NoSuccess, ""))
    return kind(f"the database {name} {text or 'refuses'}: {first_line(error)}")


def first_line(error: Exception) -> str:
    """Return the first line of a message, of which libpq's have many."""
    return (str(error).strip() or type(error).__name__).splitlines()[0]
