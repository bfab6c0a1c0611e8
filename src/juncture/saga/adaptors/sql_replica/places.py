"""A place: a catalogue, a path in it, and the URL that means it."""

from __future__ import annotations

import posixpath
from contextlib import contextmanager, suppress

from juncture.saga.adaptors.sql_replica.adaptor import ReplicaAdaptor
from juncture.saga.adaptors.sql_replica.catalogue import (
    Catalogue,
    as_bytes,
    entry_of,
    found_by,
    missing,
    with_rows,
)
from juncture.saga.adaptors.sql_replica.database import READ, TREE, WRITE
from juncture.saga.engine.engine import getEngine
from juncture.saga.exceptions import BadParameter, IncorrectURL
from juncture.saga.storage import paths
from juncture.saga.stored.places import tidy
from juncture.saga.url import Url

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Generator
    from contextlib import AbstractContextManager
    from typing import Any, TypeVar

    from juncture.saga.adaptors.sql_replica.catalogue import Entry
    from juncture.saga.adaptors.sql_replica.database import Database

    Found = TypeVar("Found")


class Place:
    """A name in a catalogue.

    Args:
        adaptor: The adaptor of the catalogue.
        database: The catalogue's.
        where: What stands before the name in the paths of URLs.
        path: The name, absolute.
        base: A URL of the catalogue; what its path is does not matter.
    """

    __slots__ = ("adaptor", "base", "database", "path", "where")

    def __init__(
        self, adaptor: ReplicaAdaptor, database: Database, where: str, path: str, base: Url
    ) -> None:
        self.adaptor = adaptor
        self.database = database
        self.where = where
        self.path = path
        self.base = base

    def url(self) -> Url:
        """Return the URL of the name."""
        found = Url(self.base)
        found.path = paths.url_path(self.where.rstrip("/") + self.path)
        return found

    def at(self, path: str) -> Place:
        """Return another name of the same catalogue."""
        return Place(self.adaptor, self.database, self.where, path, self.base)

    def folder(self) -> Place:
        """Return the directory in which the name is."""
        return self.at(posixpath.dirname(self.path))

    @property
    def name(self) -> str:
        """The last part of the path."""
        return posixpath.basename(self.path)

    def find(self, name: Url | str, session: Any) -> Place:
        """Return the place of a name that is relative to this one, or of a URL of a catalogue.

        Raises:
            BadParameter: it is neither text nor a URL, or no name of a catalogue.
        """
        if isinstance(name, str) and not paths.is_url(name):
            return self.at(tidy(paths.joined(self.path, name)))
        url = Url(name)
        if not url.scheme and not url.host:
            return self.at(tidy(paths.joined(self.path, paths.path_of(url))))
        with suppress(IncorrectURL):
            for adaptor in getEngine().adaptors_for("replica.LogicalFile", url.scheme):
                if isinstance(adaptor, ReplicaAdaptor):
                    return opened(adaptor, url, session)
        raise BadParameter(
            f"`{url.masked()}` is not in a catalogue in a database",
            hint="`replicate`, `upload` and `download` copy what logical files stand for",
        )

    def entry(self, *, follow: bool = True) -> Entry | None:
        """Return the entry of the name, without a transaction unless it is a matter of links.

        Raises:
            BadParameter: links lead round in a circle.
        """
        rows = found_by(self.database.look, self.path)
        if not rows:
            return None
        entry = entry_of(rows[0])
        if entry.leads_to is None or (entry.path == self.path and not follow):
            return entry
        with self.reading() as catalogue:
            return catalogue.find(self.path, follow=follow)

    def look(self, *, follow: bool = True) -> Entry:
        """Return the entry of the name.

        Raises:
            DoesNotExist: there is none, or nothing where its link leads.
        """
        entry = self.entry(follow=follow)
        if entry is None:
            raise missing(self.path)
        return entry

    def look_with(self, what: str, **values: Any) -> tuple[Entry, list[tuple[Any, ...]]]:
        """Return the entry, and what it has, as both are at one moment.

        Args:
            what: `locations`, `attributes`, `attribute` or `children`.
            values: What else that query is asked with.

        Raises:
            DoesNotExist: there is no such name, or nothing where its link leads.
        """
        rows = self.database.look(f"entry-{what}", path=as_bytes(self.path), **values)
        if rows and entry_of(rows[0][:5]).leads_to is None:
            return with_rows(rows)
        with self.reading() as catalogue:
            return catalogue.look_with(what, self.path, **values)

    def reading(self) -> AbstractContextManager[Catalogue]:
        """Return a transaction that changes nothing."""
        return _transaction(self.database, READ)

    def writing(self) -> AbstractContextManager[Catalogue]:
        """Return a transaction that changes single names, or what they have."""
        return _transaction(self.database, WRITE)

    @contextmanager
    def asking(
        self, purpose: str, first: Callable[[Catalogue], Found]
    ) -> Generator[tuple[Catalogue, Found], None, None]:
        """Return a transaction, with what is asked first in it: that costs no more than to begin.

        Args:
            purpose: READ or WRITE.
            first: What is asked; it changes nothing.
        """
        transaction = self.database.transaction(purpose, lambda each: first(Catalogue(each)))
        with transaction as (connection, found):
            yield Catalogue(connection), found

    def changing_tree(self) -> AbstractContextManager[Catalogue]:
        """Return a transaction that changes many names at once."""
        return _transaction(self.database, TREE)


@contextmanager
def _transaction(database: Database, purpose: str) -> Generator[Catalogue, None, None]:
    with database.transaction(purpose, lambda each: each.settle()) as (connection, _):
        yield Catalogue(connection)


def opened(adaptor: ReplicaAdaptor, url: Url, session: Any) -> Place:
    """Return the place of a URL that an adaptor serves."""
    where, path = adaptor.split(url)
    database = adaptor.database_for(url, where, session)
    return Place(adaptor, database, where, tidy(path), url)
