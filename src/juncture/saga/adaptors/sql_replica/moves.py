"""Copies, moves, links and removals of names of catalogues; the bytes stay where they are.

Each is one transaction of the catalogue that changes: all of it is done, or nothing. Between two
catalogues a move ends with the removal in the first one, when the second has all; what was changed
meanwhile stays there.
"""

from __future__ import annotations

import posixpath

from juncture.saga.adaptors.sql_replica import attributes
from juncture.saga.adaptors.sql_replica.catalogue import as_bytes
from juncture.saga.constants import CREATE_PARENTS, DEREFERENCE, OVERWRITE, RECURSIVE
from juncture.saga.exceptions import AlreadyExists, BadParameter, NoSuccess
from juncture.saga.storage.logs import debug
from juncture.saga.storage.values import DIRECTORY, LINK

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from juncture.saga.adaptors.sql_replica.catalogue import Catalogue, Entry
    from juncture.saga.adaptors.sql_replica.places import Place


class Record:
    """An entry with all that belongs to it, to be written elsewhere."""

    __slots__ = ("attributes", "below", "entry", "locations")

    def __init__(self, catalogue: Catalogue, entry: Entry, below: str) -> None:
        self.entry = entry
        self.below = below
        """The path below what is copied."""
        self.locations = catalogue.connection.rows("locations", entry=entry.id)
        self.attributes = attributes.values(catalogue, entry)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Record):
            return NotImplemented
        return all(getattr(self, name) == getattr(other, name) for name in self.__slots__)

    __hash__ = None  # type: ignore[assignment] # it is compared by what it holds

    def write(self, catalogue: Catalogue, path: str, *, replace: bool) -> None:
        """Write the record; directories of both sides become one.

        Raises:
            AlreadyExists: there is something of that name.
        """
        entry = self.entry
        there = catalogue.find(path, follow=False)
        if there is not None and there.kind == DIRECTORY == entry.kind:
            made = there
        else:
            if there is not None:
                make_room(catalogue, there, replace=replace)
            made = catalogue.make(path, entry.kind, entry.leads_to, entry.size_bytes)
        for (url,) in self.locations:
            catalogue.connection.change("add-location", entry=made.id, url=url)
        for key, value in self.attributes.items():
            attributes.replace(catalogue, made, key, attributes.rows_of(key, value))


def copy(source: Place, target: Place, flags: int) -> str:
    """Copy a name to a target, into it when it is a directory; return the path of the copy."""
    with source.reading() as catalogue:
        entry, records = _records(catalogue, source, flags)
    return _write(source, target, entry, records, flags)


def _write(source: Place, target: Place, entry: Entry, records: list[Record], flags: int) -> str:
    if source.database is not target.database:
        names = (source.path, source.database.name, target.path, target.database.name)
        debug(__name__, "%d names go with `%s` of %s to `%s` of %s", len(records), *names)
    with target.writing() as catalogue:
        path = _into(catalogue, source, target)
        _check_apart(source, entry, target, path, "copied")
        if flags & CREATE_PARENTS:
            catalogue.make_parents(path)
        for record in records:
            where = posixpath.join(path, record.below) if record.below else path
            record.write(catalogue, where, replace=bool(flags & OVERWRITE))
        return path


def _records(catalogue: Catalogue, source: Place, flags: int) -> tuple[Entry, list[Record]]:
    follow = bool(flags & DEREFERENCE)
    entry = catalogue.look(source.path, follow=follow)
    if entry.kind == DIRECTORY and not flags & RECURSIVE:
        raise BadParameter(
            f"`{source.path}` is a directory", hint="give `RECURSIVE` to copy it with all in it"
        )
    return entry, list(_walk(catalogue, entry, "", follow=follow, above=()))


def _walk(
    catalogue: Catalogue, entry: Entry, below: str, *, follow: bool, above: tuple[int, ...]
) -> Any:
    """Yield records of an entry and of all below it, links among them followed if asked."""
    if entry.id in above:
        raise BadParameter(f"`{entry.path}` is in itself, by a link")
    yield Record(catalogue, entry, below)
    if entry.kind == DIRECTORY:
        for child in catalogue.children(entry):
            name = posixpath.join(below, child.name)
            found = catalogue.look(child.path) if follow and child.kind == LINK else child
            yield from _walk(catalogue, found, name, follow=follow, above=(*above, entry.id))


def move(source: Place, target: Place, flags: int) -> Place:
    """Move a name to a target, into it when it is a directory; return where it is then."""
    if source.database is not target.database:
        return _carry(source, target, flags | RECURSIVE)
    with source.changing_tree() as catalogue:
        entry = catalogue.look(source.path, follow=bool(flags & DEREFERENCE))
        if entry.path == "/":
            raise BadParameter("the root of a catalogue is not moved")
        path = _into(catalogue, source, target)
        _check_apart(source, entry, target, path, "moved")
        if flags & CREATE_PARENTS:
            catalogue.make_parents(path)
        there = catalogue.find(path, follow=False)
        if there is not None:
            make_room(catalogue, there, replace=bool(flags & OVERWRITE))
        catalogue.rename(entry, path)
        return target.at(path)


def _carry(source: Place, target: Place, flags: int) -> Place:
    """Move between two catalogues; the first is not locked meanwhile, or two moves could be."""
    with source.reading() as catalogue:
        entry, records = _records(catalogue, source, flags)
    moved = target.at(_write(source, target, entry, records, flags))
    with source.changing_tree() as catalogue:
        entry, now = _records(catalogue, source, flags)
        if now != records:
            raise NoSuccess(
                f"`{source.path}` was changed while it was moved, and is in both catalogues now",
                hint="move it again with `OVERWRITE`",
            )
        catalogue.remove(entry, recursive=True)
    return moved


def link(source: Place, target: Place, flags: int) -> None:
    """Make a link at a target that leads to a source of the same catalogue."""
    if source.database is not target.database:
        raise BadParameter(
            f"a link in {target.database.name} cannot lead to {source.database.name}",
            hint="copy it instead",
        )
    with target.writing() as catalogue:
        entry = catalogue.look(source.path, follow=bool(flags & DEREFERENCE))
        path = _into(catalogue, source, target)
        _check_apart(source, entry, target, path, "linked")
        if flags & CREATE_PARENTS:
            catalogue.make_parents(path)
        there = catalogue.find(path, follow=False)
        if there is not None:
            make_room(catalogue, there, replace=bool(flags & OVERWRITE))
        catalogue.make(path, LINK, entry.path)


def remove(place: Place, flags: int) -> None:
    """Remove a name; a directory that is not empty needs RECURSIVE."""
    with place.changing_tree() as catalogue:  # or somebody puts something into the directory
        entry = catalogue.look(place.path, follow=bool(flags & DEREFERENCE))
        catalogue.remove(entry, recursive=bool(flags & RECURSIVE))


def make_room(catalogue: Catalogue, there: Entry, *, replace: bool) -> None:
    """Remove what is where something else is to be.

    Raises:
        AlreadyExists: it is a directory, or is not to be replaced.
    """
    if not replace or there.kind == DIRECTORY:
        raise AlreadyExists(
            f"`{there.path}` is in the catalogue already",
            hint="" if replace else "give `OVERWRITE` to replace a logical file",
        )
    catalogue.remove(there, recursive=False)


def _into(catalogue: Catalogue, source: Place, target: Place) -> str:
    """Return the target's path, or where the source comes to be when that is a directory.

    Links in the path are followed, so that two spellings of one place are seen to be one.
    """
    found = catalogue.find(target.path)
    if found is not None and found.kind == DIRECTORY:
        return posixpath.join(found.path, source.name)
    folder = catalogue.find(posixpath.dirname(target.path))
    return target.path if folder is None else posixpath.join(folder.path, target.name)


def _check_apart(source: Place, entry: Entry, target: Place, path: str, what: str) -> None:
    """Raise BadParameter when a name would be put onto or into itself."""
    if source.database is not target.database:
        return
    if path in {source.path, entry.path}:
        raise BadParameter(f"`{source.path}` cannot be {what} onto itself")
    if as_bytes(path).startswith(as_bytes(entry.path.rstrip("/")) + b"/"):
        raise BadParameter(f"`{source.path}` cannot be {what} into itself, to `{path}`")
