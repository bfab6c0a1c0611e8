"""What logical files and directories have in common: where they are, and what is known of them."""

from __future__ import annotations

from contextlib import contextmanager

from juncture.saga.adaptors.sql_replica import attributes, moves, places
from juncture.saga.adaptors.sql_replica.catalogue import as_bytes, check_directory, check_file
from juncture.saga.adaptors.sql_replica.database import WRITE as WRITING
from juncture.saga.adaptors.sql_replica.database import NoCatalogue
from juncture.saga.adaptors.sql_replica.places import Place
from juncture.saga.constants import CREATE, CREATE_PARENTS, EXCLUSIVE, LOCK, READ_WRITE, WRITE
from juncture.saga.exceptions import AlreadyExists, BadParameter, IncorrectState, PermissionDenied
from juncture.saga.exceptions import NotImplemented as Lacking
from juncture.saga.storage.values import DIRECTORY
from juncture.saga.stored import flags
from juncture.saga.stored.placed import Placed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Generator
    from typing import Any

    from juncture.saga.adaptors.sql_replica.catalogue import Catalogue, Entry
    from juncture.saga.url import Url


class Named(Placed[Place]):
    """A name in a catalogue, to which an API object is bound."""

    _flags: int
    _kind: str

    # Where it is --------------------------------------------------------------------------------

    def init_instance(self, url: Any, given: int, session: Any) -> None:
        """Look whether it is there, or make it, as the flags say."""
        self._flags = flags.opening(given, flags.OPEN_DIRECTORY)
        self._session = session
        self._closed = False
        self._place = places.opened(self._adaptor, url, session)
        self._open(self._place, self._flags)

    def _open(self, place: Place, given: int) -> None:
        """Look whether a name is there, or make it."""
        if given & LOCK:
            raise Lacking(f"`{place.path}` is in a catalogue, whose names cannot be locked")
        if not given & CREATE:
            self._checked(place.look(), place.path)
            return
        try:
            self._create(place, given)
        except NoCatalogue:
            place.database.make()
            self._create(place, given)

    def _create(self, place: Place, given: int) -> None:
        with place.writing() as catalogue:
            there = None if given & EXCLUSIVE else catalogue.find(place.path)
            if there is not None:
                self._checked(there, place.path)
                return
            if given & CREATE_PARENTS and place.path != "/":
                catalogue.make_parents(place.path)
            try:
                catalogue.make(place.path, self._kind)
            except AlreadyExists:
                if given & EXCLUSIVE:
                    raise
                self._checked(catalogue.look(place.path), place.path)  # somebody else made it

    def _checked(self, entry: Entry, path: str) -> Entry:
        """Return an entry of the object's kind."""
        return (check_directory if self._kind == DIRECTORY else check_file)(entry, path)

    def _writable(self) -> Place:
        """Return the place, if the object was opened for writing."""
        place = self._here()
        if not self._flags & WRITE:
            raise PermissionDenied(
                f"`{place.path}` was opened for reading alone",
                hint=f"open it with {flags.named(READ_WRITE)}",
            )
        return place

    # What is known ------------------------------------------------------------------------------

    def _kind_of(self, name: Any, *, follow: bool) -> str:
        return self._find(name).look(follow=follow).kind

    def _read_link(self, name: Any) -> Url:
        place = self._find(name)
        found = place.look(follow=False)
        if found.leads_to is None:
            raise BadParameter(f"`{place.path}` is no link")
        return place.at(found.leads_to).url()

    # What can be done ---------------------------------------------------------------------------

    def _copy(self, source: Place, target: Any, given: int) -> None:
        given = flags.check(given, flags.COPY, "copy")
        moves.copy(source, self._target(target), given)

    def _link(self, source: Place, target: Any, given: int) -> None:
        given = flags.check(given, flags.LINK, "link")
        moves.link(source, self._target(target), given)

    def _move(self, source: Place, target: Any, given: int) -> Place:
        given = flags.check(given, flags.COPY, "move")
        return moves.move(source, self._target(target), given)

    def _remove(self, place: Place, given: int) -> None:
        given = flags.check(given, flags.REMOVE, "remove")
        moves.remove(place, given)

    # Attributes ---------------------------------------------------------------------------------

    def set_attribute(self, key: str, val: Any) -> None:
        """Set an attribute; a list makes it a vector."""
        rows = attributes.rows_of(key, val)
        with self._changing(self._writable(), "attribute", key=as_bytes(key)) as (
            catalogue,
            entry,
            _,
        ):
            attributes.replace(catalogue, entry, key, rows)

    def get_attribute(self, key: str) -> str:
        """Return the text that an attribute holds."""
        found = self._attribute(key)
        if not isinstance(found, str):
            raise IncorrectState(
                f"the attribute `{key}` holds a list", hint="use `get_vector_attribute`"
            )
        return found

    def set_vector_attribute(self, key: str, val: Any) -> None:
        """Set an attribute that holds a list."""
        if isinstance(val, str) or not hasattr(val, "__iter__"):
            raise BadParameter(f"a vector attribute holds a list, found {val!r}")
        self.set_attribute(key, list(val))

    def get_vector_attribute(self, key: str) -> list[str]:
        """Return the list that an attribute holds."""
        found = self._attribute(key)
        if isinstance(found, str):
            raise IncorrectState(f"the attribute `{key}` holds no list", hint="use `get_attribute`")
        return found

    def remove_attribute(self, key: str) -> None:
        """Take an attribute away."""
        with self._changing(self._writable(), "attribute", key=as_bytes(key)) as (
            catalogue,
            entry,
            rows,
        ):
            if not rows:
                raise attributes.missing(entry.path, key)
            attributes.replace(catalogue, entry, key, [])

    def list_attributes(self) -> list[str]:
        """Return the names of the attributes."""
        return sorted(self._attributes())

    def find_attributes(self, pattern: Any) -> list[str]:
        """Return the names of the attributes which match one of the patterns."""
        wanted = attributes.patterns_of(pattern)
        return sorted(
            key
            for key, value in self._attributes().items()
            if any(each.matches(key, value) for each in wanted)
        )

    def attribute_exists(self, key: str) -> bool:
        """Return whether there is an attribute of that name."""
        return key in self._attributes()

    def attribute_is_readonly(self, key: str) -> bool:
        """Return whether the attribute cannot be set through this object."""
        return not self.attribute_is_writeable(key)

    def attribute_is_writeable(self, key: str) -> bool:
        """Return whether the attribute can be set through this object."""
        self._attribute(key)
        return bool(self._flags & WRITE)

    def attribute_is_removable(self, key: str) -> bool:
        """Return whether the attribute can be taken away through this object."""
        return self.attribute_is_writeable(key)

    def attribute_is_vector(self, key: str) -> bool:
        """Return whether the attribute holds a list."""
        return not isinstance(self._attribute(key), str)

    def _attribute(self, key: str) -> attributes.Value:
        entry, rows = self._with("attribute", key=as_bytes(key))
        if not rows:
            raise attributes.missing(entry.path, key)
        return attributes.by_name(rows)[key]

    def _attributes(self) -> dict[str, attributes.Value]:
        return attributes.by_name(self._with("attributes")[1])

    def _with(self, what: str, **values: Any) -> tuple[Entry, list[tuple[Any, ...]]]:
        """Return the entry, and what it has; see `Place.look_with`."""
        place = self._here()
        entry, rows = place.look_with(what, **values)
        return self._checked(entry, place.path), rows

    @contextmanager
    def _changing(
        self, place: Place, what: str, **values: Any
    ) -> Generator[tuple[Catalogue, Entry, list[tuple[Any, ...]]], None, None]:
        """Return a transaction in which an entry is claimed, the entry, and what it has."""

        def first(catalogue: Catalogue) -> tuple[Entry, list[tuple[Any, ...]]]:
            entry, rows = catalogue.look_with(what, place.path, claim=True, **values)
            return self._checked(entry, place.path), rows

        with place.asking(WRITING, first) as (catalogue, (entry, rows)):
            yield catalogue, entry, rows

    def _entry(self, catalogue: Catalogue) -> Entry:
        path = self._place.path
        return self._checked(catalogue.look(path), path)
