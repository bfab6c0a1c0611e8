# pyright: reportPrivateUsage=false
"""What entries and directories have in common: where they are, their attributes and their TTL.

A method that is one run of the script has a plan, `_plan_<method>`, which says what run that is:
calls make it, and bulk calls make many at once.
"""

from __future__ import annotations

from juncture.saga.adaptors.redis_advert import places, values, watching
from juncture.saga.adaptors.redis_advert.bulk import Call
from juncture.saga.adaptors.redis_advert.failures import text
from juncture.saga.adaptors.redis_advert.listener import listener_of
from juncture.saga.adaptors.redis_advert.places import Place
from juncture.saga.constants import (
    ATTRIBUTE,
    CHANGE,
    CREATE,
    CREATE_PARENTS,
    DELETE,
    EXCLUSIVE,
    LOCK,
    NEW,
    OVERWRITE,
    READ,
    READ_WRITE,
    RECURSIVE,
    TRUNCATE,
    WRITE,
)
from juncture.saga.exceptions import BadParameter, PermissionDenied
from juncture.saga.exceptions import NotImplemented as Lacking
from juncture.saga.storage.logs import debug
from juncture.saga.storage.values import DIRECTORY, FILE
from juncture.saga.stored import flags, patterns
from juncture.saga.stored.placed import Placed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, NoReturn

    from juncture.saga.url import Url

TOLD_ONLY = frozenset({ATTRIBUTE, CHANGE, NEW, DELETE})
"""Names of attributes that are only for callbacks."""

_OPEN = CREATE | EXCLUSIVE | CREATE_PARENTS | LOCK | READ_WRITE | TRUNCATE
_COPY = OVERWRITE | RECURSIVE | CREATE_PARENTS
_LETTERS = {
    CREATE: "c",
    EXCLUSIVE: "x",
    CREATE_PARENTS: "p",
    TRUNCATE: "t",
    OVERWRITE: "o",
    RECURSIVE: "r",
}
_KINDS = {b"d": DIRECTORY, b"e": FILE}
_LONGEST = 1e10
"""Seconds: three hundred years. More than that is a slip, or `inf`."""


class Node(Placed[Place]):
    """A name on a server, to which an API object is bound."""

    _kind = ""

    # Where it is --------------------------------------------------------------------------------

    def _begin(self, url: Url, given: int, session: Any) -> None:
        """Look whether it is there, or make it, as the flags say."""
        flags.check(given, _OPEN, "open")
        self._session = session
        self._access = given & READ_WRITE
        self._closed = False
        self._callbacks = watching.Registered()
        self._open(places.opened(self._adaptor, url, session), given)

    def _open(self, place: Place, given: int) -> None:
        given = flags.opening(given, _OPEN)
        if given & LOCK:
            raise Lacking(
                "an advert cannot be locked", hint="each call is done whole or not at all"
            )
        place.server.call("open", place.path, self._kind, letters(given))
        self._place = place

    def _here(self, access: int = 0) -> Place:
        """Return the place, if the object is open, and was opened for this.

        Raises:
            IncorrectState: it was closed.
            PermissionDenied: it was opened for something else.
        """
        here = super()._here()
        if access and self._access and not self._access & access:
            wanted = "READ" if access == READ else "WRITE"
            raise PermissionDenied(
                f"`{here.path}` was opened without `{wanted}`",
                hint="open it with `READ_WRITE`, or without either flag",
            )
        return here

    def _find(self, name: Any, access: int = 0) -> Place:
        self._here(access)
        return super()._find(name)

    def close(self, timeout: float | None = None) -> None:
        """Let go of it, and of its callbacks."""
        super().close(timeout)
        self._callbacks.clear()
        if self._place.server.listener is not None:
            listener_of(self._place.server).drop(self)

    # Plans --------------------------------------------------------------------------------------

    def plan(self, method: str) -> Callable[..., Call]:
        """Return what plans the calls of a method."""
        return getattr(self, f"_plan_{method}")  # type: ignore[no-any-return]

    def _stat(self, place: Place) -> Call:
        return Call(place.server, "stat", place.path, read=lambda reply: reply)

    def _kind_of(self, name: Any, *, follow: bool) -> str:
        del follow  # there are no links
        return _KINDS[self._stat(self._find(name)).make()[0]]

    def _mtime(self, place: Place) -> float:
        return int(self._stat(place).make()[1]) / 1e6

    def _read_link(self, name: Any) -> NoReturn:
        place = self._find(name)
        self._stat(place).make()
        raise BadParameter(f"`{place.path}` is no link: adverts have none")

    # Lifetime -----------------------------------------------------------------------------------

    @staticmethod
    def _to_end(place: Place, ttl: Any) -> Call:
        return Call(place.server, "ttl", place.path, milliseconds(ttl))

    @staticmethod
    def _left(place: Place) -> Call:
        return Call(place.server, "left", place.path, read=seconds)

    # Attributes ---------------------------------------------------------------------------------

    def _special(self, key: str) -> tuple[Callable[[Any], Call], Callable[[], Call]] | None:
        """Return what plans setting and getting an attribute that stands for something else."""
        raise NotImplementedError

    def _plan_set_attribute(self, key: str, val: Any, ttl: float | None = None) -> Call:
        special = self._special(checked_key(key))
        if key in TOLD_ONLY:
            raise BadParameter(f"`{key}` is not set: it is told to callbacks")
        if special is not None:
            if ttl is not None:
                raise BadParameter(f"`{key}` has no TTL of its own")
            return special[0](val)
        if val is None:
            return self._plan_remove_attribute(key)
        here = self._here(WRITE)
        data = values.encoded(val, f"the attribute `{key}`")
        return Call(here.server, "put", here.path, key, data, milliseconds(ttl))

    def _plan_get_attribute(self, key: str) -> Call:
        special = self._special(checked_key(key))
        if key in TOLD_ONLY:
            raise BadParameter(f"`{key}` has no value: it is told to callbacks")
        if special is not None:
            return special[1]()
        here = self._here(READ)
        read: Callable[[list[Any]], Any] = lambda reply: values.decoded(reply[0])  # noqa: E731
        return Call(here.server, "get", here.path, key, read=read)

    def _plan_remove_attribute(self, key: str) -> Call:
        if self._special(checked_key(key)) is not None or key in TOLD_ONLY:
            raise BadParameter(f"the attribute `{key}` is not removed")
        here = self._here(WRITE)
        return Call(here.server, "unset", here.path, key)

    def _plan_get_attributes(self) -> Call:
        here = self._here(READ)
        return Call(here.server, "fields", here.path, read=fields)

    def _plan_list_attributes(self) -> Call:
        here = self._here(READ)
        return Call(
            here.server, "fields", here.path, read=lambda reply: sorted(map(text, reply[::2]))
        )

    def set_attribute(self, key: str, val: Any, ttl: float | None = None) -> None:
        """Set an attribute, which may end after so many seconds; None takes it away."""
        self._plan_set_attribute(key, val, ttl).make()

    def get_attribute(self, key: str) -> Any:
        """Return an attribute's value."""
        return self._plan_get_attribute(key).make()

    def remove_attribute(self, key: str) -> None:
        """Take an attribute away."""
        self._plan_remove_attribute(key).make()

    def get_attributes(self) -> dict[str, Any]:
        """Return all attributes, as they are at one moment."""
        found: dict[str, Any] = self._plan_get_attributes().make()
        return found

    def list_attributes(self) -> list[str]:
        """Return the names of the attributes, sorted."""
        found: list[str] = self._plan_list_attributes().make()
        return found

    def find_attributes(self, pattern: str) -> list[str]:
        """Return the names of attributes that match `name` or `name=value`."""
        matches = attribute_matcher(pattern)
        return [key for key, value in self.get_attributes().items() if matches(key, value)]

    def attribute_exists(self, key: str) -> bool:
        """Return whether there is an attribute of this name."""
        return checked_key(key) in self.list_attributes()

    # Callbacks ----------------------------------------------------------------------------------

    def add_callback(self, key: str, cb: Any) -> int:
        """Have `cb(object, key, value)` called when the server tells of a change."""
        return watching.add(self, self._here(READ), checked_key(key), cb)

    def remove_callback(self, key: str, id: int | None = None) -> None:  # noqa: A002 - SAGA's name
        """Forget one callback, or all of the key's when `id` is None."""
        place = self._here()
        for number in self._callbacks.removed(key, id):
            listener_of(place.server).remove(*number)

    # Copies and moves ---------------------------------------------------------------------------

    def _copy(self, source: Place, name: Any, given: int, *, moves: bool = False) -> Place:
        given = flags.check(given, _COPY, "move" if moves else "copy")
        target = self._target(name)
        marks = letters(given) + ("m" if moves else "")
        if source.server is target.server:
            reply = source.server.call("copy", source.path, target.path, marks)
            return target.at(text(reply[0]))
        return _carried(source, target, marks)

    @staticmethod
    def _plan_removal(place: Place, given: int) -> Call:
        given = flags.check(given, RECURSIVE, "remove")
        return Call(place.server, "remove", place.path, letters(given))


def letters(given: int) -> str:
    """Return flags as the script takes them."""
    return "".join(letter for flag, letter in _LETTERS.items() if given & flag)


def checked_key(key: Any) -> str:
    """Return the name of an attribute.

    Raises:
        BadParameter: no attribute can have it.
    """
    if not isinstance(key, str) or not key or "\0" in key:
        raise BadParameter(f"the name of an attribute is text without NUL, found {key!r}")
    return key


def milliseconds(ttl: Any) -> str:
    """Return a TTL as the script takes it; nothing means never.

    Raises:
        BadParameter: it is no number of seconds from now on.
    """
    if ttl is None:
        return ""
    if isinstance(ttl, bool) or not isinstance(ttl, (int, float)) or ttl != ttl:  # noqa: PLR0124 - NaN
        raise BadParameter(f"a TTL is a number of seconds, or None for never, found {ttl!r}")
    if ttl == 0:
        raise BadParameter("a TTL is more than 0 seconds, or None for never", hint="use `remove`")
    if ttl < 0 or ttl > _LONGEST:
        return ""
    return str(max(1, round(ttl * 1000)))


def seconds(reply: list[Any]) -> float | None:
    """Return the seconds that a reply says are left, or None."""
    return int(reply[0]) / 1000 if reply[0] else None


def fields(reply: list[Any]) -> dict[str, Any]:
    """Return attributes, sorted by name, from a reply of names and values."""
    found = {
        text(key): values.decoded(value) for key, value in zip(reply[::2], reply[1::2], strict=True)
    }
    return {key: found[key] for key in sorted(found)}


def attribute_matcher(pattern: Any) -> Callable[[str, Any], bool]:
    """Return a function that says whether a name and its value match `name` or `name=value`."""
    if not isinstance(pattern, str):
        raise BadParameter(f"a pattern for attributes is text, found {pattern!r}")
    name, equals, value = pattern.partition("=")
    names = _whole(name)
    if not equals:
        return lambda key, _: names(key)
    wanted = _whole(value)
    return lambda key, found: names(key) and any(wanted(each) for each in values.texts(found))


def _whole(pattern: str) -> Callable[[str], bool]:
    import fnmatch

    each = patterns.spelled_out(pattern)
    return lambda found: any(fnmatch.fnmatchcase(found, one) for one in each)


def _carried(source: Place, target: Place, marks: str) -> Place:
    """Copy or move between two servers: read the whole, write the whole, remove what was read."""
    version, *nodes = source.server.call("export", source.path)
    if source.path == "/":
        raise BadParameter(f"the root of {source.server.name} is not copied as a whole")
    if nodes[0][1] == b"d" and not {"r", "m"} & {*marks}:
        raise BadParameter(
            f"`{source.path}` is a directory", hint="give `RECURSIVE` to copy it with all in it"
        )
    words: list[bytes] = []
    for relative, kind, left, own in nodes:
        words += (relative, kind, left, str(len(own) // 3).encode(), *own)
    names = (source.path, source.server.name, target.path, target.server.name)
    debug(__name__, "%d adverts go with `%s` of %s to `%s` of %s", len(nodes), *names)
    reply = target.server.call("import", target.path, source.name, marks, *words)
    if "m" in marks:
        source.server.call("remove", source.path, "r", version)
    return target.at(text(reply[0]))
