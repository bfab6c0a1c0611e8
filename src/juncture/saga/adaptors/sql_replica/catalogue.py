"""The names of a catalogue: a tree of directories, logical files and links, in one transaction.

Paths are absolute and in their one spelling. Links lead to paths, and may stand for directories
anywhere in a path. An entry keeps its whole path, so that a name is found, and a tree searched, in
one query.
"""

from __future__ import annotations

import posixpath
from contextlib import suppress
from dataclasses import dataclass

from juncture.saga.exceptions import AlreadyExists, BadParameter, DoesNotExist
from juncture.saga.storage.values import DIRECTORY, FILE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any

    from juncture.saga.adaptors.sql_replica.database import Connection

_MOST_LINKS = 40
_SLASH = b"/"


@dataclass(frozen=True, slots=True)
class Entry:
    """One name of a catalogue."""

    id: int
    path: str
    kind: str
    leads_to: str | None
    """What a link leads to."""
    size_bytes: int | None
    """How long a file is, if that was recorded."""

    @property
    def name(self) -> str:
        """The last part of the path."""
        return posixpath.basename(self.path)


class Catalogue:
    """The tree of names.

    Args:
        connection: A transaction.
    """

    def __init__(self, connection: Connection) -> None:
        self.connection = connection

    # What there is ------------------------------------------------------------------------------

    def find(self, path: str, *, follow: bool = True) -> Entry | None:
        """Return the entry of a name; links above it are followed in any case.

        Raises:
            BadParameter: links lead round in a circle.
        """
        asked = path
        for _ in range(_MOST_LINKS):
            rows = found_by(self.connection.rows, path)
            if not rows:
                return None
            entry = entry_of(rows[0])
            if entry.leads_to is None or (entry.path == path and not follow):
                return entry
            path = posixpath.normpath(entry.leads_to + path[len(entry.path) :])
        raise BadParameter(f"`{asked}` is a link that leads back to itself")

    def look(self, path: str, *, follow: bool = True) -> Entry:
        """Return the entry of a name.

        Raises:
            DoesNotExist: there is none, or nothing where its link leads.
        """
        entry = self.find(path, follow=follow)
        if entry is None:
            raise missing(path)
        return entry

    def look_with(
        self, what: str, path: str, *, claim: bool = False, **values: Any
    ) -> tuple[Entry, list[tuple[Any, ...]]]:
        """Return the entry of a name, and what it has.

        Args:
            what: `locations`, `attributes`, `attribute` or `children`.
            path: The name.
            claim: Whether others wait who claim it, too.
            **values: What else that query is asked with.

        Raises:
            DoesNotExist: there is no such name, or nothing where its link leads.
        """
        rows = self._rows_with(what, path, claim, values)
        if not rows or entry_of(rows[0][:5]).leads_to is not None:
            rows = self._rows_with(what, self.look(path).path, claim, values)
        return with_rows(rows)

    def _rows_with(
        self, what: str, path: str, claim: bool, values: dict[str, Any]
    ) -> list[tuple[Any, ...]]:
        name = {"path": as_bytes(path)}
        if claim:
            self.connection.claim("claim-name", [name])
        return self.connection.rows(f"entry-{what}", **name, **values)

    def files(self, paths: Iterable[str]) -> list[Entry | None]:
        """Return the logical file of each name in one go; None where `file` is to be asked."""
        found = self.connection.rows_of_many("entry", [{"path": as_bytes(path)} for path in paths])
        entries = [entry_of(rows[0]) if rows else None for rows in found]
        return [each if each is not None and each.kind == FILE else None for each in entries]

    def children(self, folder: Entry) -> list[Entry]:
        """Return what is in a directory, sorted by name."""
        return [entry_of(row) for row in self.connection.rows("children", entry=folder.id)]

    def below(self, folder: Entry) -> list[Entry]:
        """Return what is below a directory, sorted by path, each directory before what is in it."""
        return [entry_of(row) for row in self.connection.rows("below", **span(folder.path))]

    # Changes ------------------------------------------------------------------------------------

    def make(
        self, path: str, kind: str, leads_to: str | None = None, size_bytes: int | None = None
    ) -> Entry:
        """Make an entry.

        Raises:
            AlreadyExists: there is something of that name.
            DoesNotExist: the directory in which it is to be is not there.
        """
        folder, name = self._folder_of(path)
        path = posixpath.join(folder.path, name)
        made = self.connection.changed(
            "add-entry",
            parent=folder.id,
            path=as_bytes(path),
            kind=kind,
            leads_to=None if leads_to is None else as_bytes(leads_to),
            size=size_bytes,
        )
        if not made:
            raise AlreadyExists(f"`{path}` is in the catalogue already")
        return self.look(path, follow=False)

    def make_parents(self, path: str) -> None:
        """Make the directories in which a name is to be, as far as they are missing."""
        folder = posixpath.dirname(path)
        entry = self.find(folder)
        if entry is None:
            self.make_parents(folder)
            with suppress(AlreadyExists):  # somebody else made it
                self.make(folder, DIRECTORY)
        elif entry.kind != DIRECTORY:
            raise BadParameter(f"`{folder}` is no directory, `{path}` cannot be below it")

    def remove(self, entry: Entry, *, recursive: bool) -> None:
        """Remove an entry, and with `recursive` what is below it.

        Raises:
            BadParameter: it is the root, or a directory that is not empty.
        """
        if entry.path == "/":
            raise BadParameter("the root of a catalogue is not removed")
        if entry.kind == DIRECTORY and self.connection.rows("has-children", entry=entry.id):
            if not recursive:
                raise BadParameter(
                    f"`{entry.path}` is a directory that is not empty",
                    hint="give `RECURSIVE` to remove it with all that is in it",
                )
            self.connection.change("remove-below", **span(entry.path))
        self.connection.change("remove-entry", entry=entry.id)

    def rename(self, entry: Entry, path: str) -> None:
        """Give an entry, and with it all that is below it, another path that nothing has."""
        folder, name = self._folder_of(path)
        path = posixpath.join(folder.path, name)
        self.connection.change(
            "rename-entry", entry=entry.id, path=as_bytes(path), parent=folder.id
        )
        if entry.kind == DIRECTORY:
            start = len(as_bytes(entry.path)) + 1
            values = {**span(entry.path), "path": as_bytes(path), "from": start}
            self.connection.change("rename-below", **values)

    def claim(self, entries: Iterable[int]) -> None:
        """Have others wait who claim one of these entries, until the transaction ends."""
        ordered = sorted(set(entries))  # or two could wait for each other
        self.connection.claim("claim", [{"entry": each} for each in ordered])

    def set_size(self, entry: Entry, size_bytes: int | None) -> None:
        """Record how long a file is."""
        self.connection.change("set-size", entry=entry.id, size=size_bytes)

    def _folder_of(self, path: str) -> tuple[Entry, str]:
        """Return the directory in which a name is to be, and its last part."""
        parent, name = posixpath.split(path)
        if not name:
            raise AlreadyExists("`/` is in the catalogue already")
        folder = self.find(parent)
        if folder is None:
            raise DoesNotExist(
                f"`{parent}` is not in the catalogue, `{path}` cannot be made in it",
                hint="give `CREATE_PARENTS` to have it made",
            )
        if folder.kind != DIRECTORY:
            raise BadParameter(f"`{parent}` is no directory, `{path}` cannot be in it")
        return folder, name


def missing(path: str) -> DoesNotExist:
    """Return the failure for a name that is not there."""
    return DoesNotExist(f"`{path}` is not in the catalogue")


def check_directory(entry: Entry, path: str) -> Entry:
    """Return an entry that is a directory.

    Raises:
        BadParameter: it is a file.
    """
    if entry.kind != DIRECTORY:
        raise BadParameter(
            f"`{path}` is a logical file, not a directory", hint="open it as a `LogicalFile`"
        )
    return entry


def check_file(entry: Entry, path: str) -> Entry:
    """Return an entry that is a logical file.

    Raises:
        BadParameter: it is a directory.
    """
    if entry.kind != FILE:
        raise BadParameter(
            f"`{path}` is a {entry.kind}, not a logical file",
            hint="open it as a `LogicalDirectory`" if entry.kind == DIRECTORY else "",
        )
    return entry


def found_by(ask: Callable[..., list[tuple[Any, ...]]], path: str) -> list[tuple[Any, ...]]:
    """Return the row of a name, or of the first link above it: where one is, the other is not.

    Most names are there, and found by a query that is cheaper. The second one decides alone.
    """
    data = as_bytes(path)
    return ask("entry", path=data) or ask("entry-or-link-above", path=data, slash=_SLASH)


def span(path: str) -> dict[str, Any]:
    """Return between which two texts the paths below a directory are."""
    low = as_bytes(path.rstrip("/")) + _SLASH
    return {"low": low, "high": low[:-1] + b"0"}  # the letter that follows the slash


def entry_of(row: tuple[Any, ...]) -> Entry:
    """Return an entry as the database has it."""
    number, path, kind, leads_to, size = row
    return Entry(number, as_text(path), kind, None if leads_to is None else as_text(leads_to), size)


def with_rows(rows: list[tuple[Any, ...]]) -> tuple[Entry, list[tuple[Any, ...]]]:
    """Return an entry and what it has, which stands beside it in each row, or beside it alone."""
    return entry_of(rows[0][:5]), [row[5:] for row in rows if row[5] is not None]


def as_bytes(text: str) -> bytes:
    """Return text as the database has it.

    Raises:
        BadParameter: it is no text, or one that has no bytes.
    """
    try:
        return text.encode("utf-8", "surrogateescape")
    except (AttributeError, UnicodeEncodeError) as error:
        raise BadParameter(f"expected text, found {text!r}") from error


def as_text(data: bytes) -> str:
    """Return text of the database."""
    return bytes(data).decode("utf-8", "surrogateescape")
