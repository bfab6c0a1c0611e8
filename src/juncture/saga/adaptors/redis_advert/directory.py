# mypy: disable-error-code="override"
# pyright: reportIncompatibleMethodOverride=false
"""`advert.Directory` on a Redis server."""

from __future__ import annotations

from juncture.saga import cpi
from juncture.saga.adaptors.redis_advert import node, values
from juncture.saga.adaptors.redis_advert.bulk import Call
from juncture.saga.adaptors.redis_advert.failures import text
from juncture.saga.adaptors.redis_advert.places import Place
from juncture.saga.constants import (
    CREATE,
    CREATE_PARENTS,
    EXCLUSIVE,
    OBJECT,
    READ,
    RECURSIVE,
    TTL,
    WRITE,
)
from juncture.saga.exceptions import BadParameter
from juncture.saga.storage import paths
from juncture.saga.stored import flags, patterns
from juncture.saga.stored.listing import Listing
from juncture.saga.stored.placed import Many

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any

    from juncture.saga.url import Url


class Directory(node.Node, Many[Place], cpi.advert.Directory):
    """A directory of adverts; names are relative to it."""

    _kind = "d"

    def init_instance(self, url: Any, given: int, session: Any) -> None:
        """Look whether it is there, or make it, as the flags say."""
        self._begin(url, given, session)

    def get_mtime(self, tgt: Any = None) -> float:
        """Return the time of the last change by the server's clock."""
        return self._mtime(self._find(tgt))

    def copy(self, src: Any, tgt: Any, given: int = 0) -> None:
        """Copy a source to a target, with attributes and what is left of each TTL."""
        self._copy(self._find(src, READ), tgt, given)

    def move(self, src: Any, tgt: Any, given: int = 0) -> None:
        """Move a source to a target."""
        source = self._find(src, WRITE)
        own = source.path == self._place.path and source.server is self._place.server
        target = self._copy(source, tgt, given, moves=True)
        if own:
            self._move_to(target)

    def _plan_remove(self, tgt: Any = None, given: int = 0) -> Call:
        return self._plan_removal(self._find(tgt, WRITE), given)

    def remove(self, tgt: Any = None, given: int = 0) -> None:
        """Remove the target."""
        self._plan_remove(tgt, given).make()

    def _plan_make_dir(self, tgt: Any, given: int = 0) -> Call:
        given = flags.check(given, CREATE | EXCLUSIVE | CREATE_PARENTS, "make_dir")
        self._here(WRITE)
        place = self._target(tgt)
        parents = given & CREATE_PARENTS and not given & EXCLUSIVE
        marks = node.letters(given | CREATE | (0 if parents else EXCLUSIVE))
        return Call(place.server, "open", place.path, "d", marks)

    def make_dir(self, tgt: Any, given: int = 0) -> None:
        """Make a directory; with CREATE_PARENTS it may be there already."""
        self._plan_make_dir(tgt, given).make()

    def change_dir(self, url: Any, given: int = 0) -> None:
        """Be another directory from now on."""
        self._open(self._target(url), given)
        self._move_to(self._place)

    def open(self, name: Any, given: int) -> Any:
        """Return the entry of a name."""
        from juncture.saga.advert import Entry

        return self._opened(Entry, name, given)

    def open_dir(self, name: Any, given: int) -> Any:
        """Return the directory of a name."""
        from juncture.saga.advert import Directory as Api

        return self._opened(Api, name, given)

    def _opened(self, kind: Any, name: Any, given: int) -> Any:
        return kind(self._target(name).url(), given, self._session, _adaptor=self._adaptor)

    def _plan_exists(self, path: Any) -> Call:
        place = self._target(path)
        return Call(place.server, "exists", place.path, read=lambda reply: reply[0] == b"1")

    def exists(self, path: Any) -> bool:
        """Return whether there is something of that name."""
        return bool(self._plan_exists(path).make())

    def _plan_list(self, pattern: str | None = None, given: int = 0) -> Call:
        given = flags.check(given, RECURSIVE, "list")
        here = self._here(READ)
        matches = patterns.matcher(pattern)

        def read(reply: Iterable[Any]) -> Listing:
            return Listing([name for name in map(text, reply) if matches(name)])

        if given & RECURSIVE:
            return Call(here.server, "walk", here.path, "1", read=lambda reply: read(reply[::2]))
        return Call(here.server, "list", here.path, read=lambda reply: read(reply[0]))

    def list(self, pattern: str | None = None, given: int = 0) -> Any:
        """Return the names in the directory that match a pattern."""
        return self._plan_list(pattern, given).make()

    def find(
        self, pattern: str, attr_pattern: Any = None, obj_type: Any = None, given: int = RECURSIVE
    ) -> Any:
        """Return names in and below the directory by name, attributes and type of the object."""
        given = flags.check(given, RECURSIVE, "find")
        matches, kind = patterns.matcher(pattern), values.wanted_type(obj_type)
        wanted = [node.attribute_matcher(each) for each in _attribute_patterns(attr_pattern)]
        here = self._here(READ)
        reply = here.server.call("walk", here.path, "1" if given & RECURSIVE else "0")
        names = [
            name
            for name, found in zip(map(text, reply[::2]), reply[1::2], strict=True)
            if matches(name) and kind in {None, found.decode()}
        ]
        return Listing(_with_attributes(here, names, wanted) if wanted else names)

    def get_num_entries(self) -> int:
        """Return how many names the directory has."""
        here = self._here(READ)
        return int(here.server.call("count", here.path)[0])

    def get_entry(self, num: int) -> Url:
        """Return a name by its position in the sorted listing; less than 0 counts from the end."""
        here = self._here(READ)
        found = here.server.call("nth", here.path, str(int(num)))[0]
        if not found:
            raise BadParameter(f"`{here.path}` has no name with the number {num}")
        return paths.relative_url(text(found[0]))

    def _plan_set_ttl(self, tgt: Any = None, ttl: Any = None) -> Call:
        return self._to_end(self._find(tgt, WRITE), ttl)

    def set_ttl(self, tgt: Any = None, ttl: float | None = None) -> None:
        """Let the target, with all that is in it, end after so many seconds; None means never."""
        self._plan_set_ttl(tgt, ttl).make()

    def _plan_get_ttl(self, tgt: Any = None) -> Call:
        return self._left(self._find(tgt, READ))

    def get_ttl(self, tgt: Any = None) -> float | None:
        """Return the seconds that the target has left, or None."""
        found: float | None = self._plan_get_ttl(tgt).make()
        return found

    def _special(self, key: str) -> tuple[Callable[[Any], Call], Callable[[], Call]] | None:
        if key == TTL:
            return lambda ttl: self._plan_set_ttl(None, ttl), self._plan_get_ttl
        if key == OBJECT:
            raise BadParameter("a directory keeps no object", hint="make an entry in it")
        return None


def _attribute_patterns(given: Any) -> list[str]:
    """Return patterns, all of which must match: a text, several, or names and their values."""
    if given is None:
        return []
    if isinstance(given, str):
        return [given]
    if isinstance(given, dict):
        return [f"{name}={value}" for name, value in given.items()]  # pyright: ignore[reportUnknownVariableType]
    if not isinstance(given, (list, tuple, set, frozenset)):
        raise BadParameter(f"a pattern for attributes is text, found {given!r}")
    return [*given]


def _with_attributes(here: Place, names: list[str], wanted: Any) -> list[str]:
    """Return those of the names that have what each pattern asks for."""
    calls = [("fields", (paths.joined(here.path, name),)) for name in names]
    found: list[str] = []
    for name, reply in zip(names, here.server.call_many(calls), strict=True):
        if isinstance(reply, Exception):
            if not isinstance(reply, KeyError):  # one that is gone meanwhile is not found
                raise reply
            continue
        has = node.fields(reply).items()
        if all(any(matches(key, value) for key, value in has) for matches in wanted):
            found.append(name)
    return found
