# mypy: disable-error-code="override"
# pyright: reportIncompatibleMethodOverride=false, reportIncompatibleVariableOverride=false
"""`replica.LogicalDirectory` of a catalogue in a database."""

from __future__ import annotations

import posixpath

from juncture.saga import cpi
from juncture.saga.adaptors.sql_replica import attributes, copies, locations
from juncture.saga.adaptors.sql_replica.catalogue import as_text
from juncture.saga.adaptors.sql_replica.named import Named
from juncture.saga.adaptors.sql_replica.places import Place
from juncture.saga.constants import CREATE_PARENTS, DEREFERENCE, EXCLUSIVE, RECURSIVE
from juncture.saga.exceptions import AlreadyExists, BadParameter
from juncture.saga.storage.values import DIRECTORY, FILE, LINK
from juncture.saga.stored import flags, patterns
from juncture.saga.stored.listing import Listing
from juncture.saga.stored.placed import Many

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Any

    from juncture.saga.adaptors.sql_replica.catalogue import Catalogue, Entry
    from juncture.saga.url import Url


class LogicalDirectory(Named, Many[Place], cpi.replica.LogicalDirectory):
    """A directory of logical files; names are relative to it."""

    _kind = DIRECTORY

    def is_file(self, tgt: Any = None) -> bool:
        """Return whether the target is a logical file, or a link to one."""
        return self._kind_of(tgt, follow=True) == FILE

    def copy(self, src: Any, tgt: Any, given: int = 0) -> None:
        """Copy names with their locations and attributes."""
        self._copy(self._find(src), tgt, given)

    def link(self, src: Any, tgt: Any, given: int = 0) -> None:
        """Make a link at the target that leads to the source."""
        self._link(self._find(src), tgt, given)

    def move(self, src: Any, tgt: Any, given: int = 0) -> None:
        """Move a source to a target."""
        source, here = self._find(src), self._here()
        target = self._move(source, tgt, given)
        if source.database is here.database and source.path == here.path:
            self._move_to(target)

    def remove(self, tgt: Any = None, given: int = 0) -> None:
        """Remove names; the copies stay where they are."""
        self._remove(self._find(tgt), given)

    def make_dir(self, tgt: Any, given: int = 0) -> None:
        """Make a directory; with CREATE_PARENTS alone it may be there."""
        given = flags.check(given, flags.MAKE, "make_dir")
        place = self._target(tgt)
        with place.writing() as catalogue:
            if given & CREATE_PARENTS and place.path != "/":
                catalogue.make_parents(place.path)
            try:
                catalogue.make(place.path, DIRECTORY)
            except AlreadyExists:
                found = catalogue.look(place.path)
                if given & EXCLUSIVE or not given & CREATE_PARENTS or found.kind != DIRECTORY:
                    raise

    def change_dir(self, url: Any, given: int = 0) -> None:
        """Be another directory from now on."""
        given = flags.opening(given, flags.OPEN_DIRECTORY)
        place = self._target(url)
        self._open(place, given)
        self._move_to(place)

    def open(self, name: Any, given: int) -> Any:
        """Return the logical file of a name."""
        from juncture.saga.replica import LogicalFile

        return self._open_as(LogicalFile, name, given)

    def open_dir(self, name: Any, given: int) -> Any:
        """Return the directory of a name."""
        from juncture.saga.replica import LogicalDirectory as Opened

        return self._open_as(Opened, name, given)

    def _open_as(self, kind: Any, name: Any, given: int) -> Any:
        place = self._target(name)
        same = place.adaptor is self._adaptor
        return kind(place.url(), given, self._session, _adaptor=self._adaptor if same else None)

    # Names --------------------------------------------------------------------------------------

    def exists(self, path: Any) -> bool:
        """Return whether there is something of that name, be it a link to nothing."""
        return self._target(path).entry(follow=False) is not None

    def list(self, pattern: str | None = None, given: int = 0) -> Sequence[Url]:
        """Return the names in the directory that match a pattern, sorted."""
        given = flags.check(given, flags.LIST, "list")
        return self._names(pattern, None, given)

    def find(self, pattern: str, attr_pattern: Any = None, given: int = RECURSIVE) -> Sequence[Url]:
        """Return names in and below the directory by name and attributes."""
        given = flags.check(given, flags.LIST, "find")
        return self._names(pattern, attr_pattern, given)

    def get_num_entries(self) -> int:
        """Return how many names the directory has."""
        return len(self._names(None, None, 0))

    def get_entry(self, num: int) -> Url:
        """Return a name by its position in the sorted listing; less than 0 counts from the end."""
        names = self._names(None, None, 0)
        try:
            found: Url = names[num]
        except IndexError as error:
            raise BadParameter(
                f"`{self._place.path}` has {len(names)} names, there is no number {num}"
            ) from error
        return found

    def get_size(self, tgt: Any = None) -> int:
        """Return the length of a logical file, or of all that are below a directory."""
        place = self._find(tgt)
        with place.reading() as catalogue:
            entry = catalogue.look(place.path)
            files = [entry] if entry.kind == FILE else catalogue.below(entry)
            files = [each for each in files if each.kind == FILE]
            unknown = [
                (each.path, locations.of(catalogue, each))
                for each in files
                if each.size_bytes is None
            ]
        total = sum(each.size_bytes or 0 for each in files)
        return total + sum(copies.size_of(urls, path, self._session) for path, urls in unknown)

    def _names(self, pattern: str | None, attr_pattern: Any, given: int) -> Listing:
        matches = patterns.matcher(pattern)
        wanted = attributes.patterns_of(attr_pattern)
        if not wanted and not given:
            _, rows = self._with("children")
            names = [posixpath.basename(as_text(path)) for (path,) in rows]
            return Listing([name for name in names if matches(name)])
        with self._here().reading() as catalogue:
            folder = self._entry(catalogue)
            if given & DEREFERENCE:
                found = [
                    below
                    for below, entry in _followed(catalogue, folder, given)
                    if matches(below) and _has(catalogue, entry, wanted)
                ]
                return Listing(found)
            entries = catalogue.below(folder) if given & RECURSIVE else catalogue.children(folder)
            among = [each.paths(catalogue, folder) for each in wanted]
        start = len(folder.path.rstrip("/")) + 1
        return Listing(
            [
                each.path[start:]
                for each in entries
                if matches(each.path[start:]) and all(each.path in paths for paths in among)
            ]
        )


def _followed(
    catalogue: Catalogue, folder: Entry, given: int, below: str = "", above: tuple[int, ...] = ()
) -> Iterator[tuple[str, Entry]]:
    """Yield what is below a directory, links followed; links to nothing are left out."""
    for child in catalogue.children(folder):
        entry = catalogue.find(child.path) if child.kind == LINK else child
        if entry is None:
            continue
        name = posixpath.join(below, child.name)
        yield name, entry
        if entry.kind == DIRECTORY and given & RECURSIVE and entry.id not in (*above, folder.id):
            yield from _followed(catalogue, entry, given, name, (*above, folder.id))


def _has(catalogue: Catalogue, entry: Entry, wanted: list[attributes.Pattern]) -> bool:
    if not wanted:
        return True
    values = attributes.values(catalogue, entry)
    return all(any(each.matches(*pair) for pair in values.items()) for each in wanted)
