"""Names of directories: light sequences of URLs, patterns, and searches.

A listing keeps names alone and makes a URL of one when somebody asks for it, so that a hundred
thousand cost what their texts cost. Its order is that of the back end.
"""

from __future__ import annotations

import posixpath
import threading
from collections.abc import Sequence
from contextlib import suppress
from itertools import islice

from juncture.saga.constants import DEREFERENCE, RECURSIVE
from juncture.saga.exceptions import BadParameter, DoesNotExist, NoSuccess
from juncture.saga.storage import paths
from juncture.saga.storage.values import DIRECTORY
from juncture.saga.stored import patterns
from juncture.saga.stored.written import whole

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Any

    from juncture.saga.stored.places import Place
    from juncture.saga.url import Url

_MOST_AT_ONCE = 1024


class Listing(Sequence["Url"]):
    """Names as URLs that are relative to a directory; names that come later are waited for.

    Several may go through it at a time. When the rest did not come, whoever gets there learns it.
    """

    __slots__ = ("_failure", "_guard", "_names", "_rest")

    def __init__(self, names: Iterable[str]) -> None:
        self._names: list[str] = names if isinstance(names, list) else []
        self._rest: Iterator[str] | None = None if isinstance(names, list) else iter(names)
        self._guard = threading.Lock()
        self._failure: BaseException | None = None

    def _all(self) -> list[str]:
        if self._rest is not None:
            self._take(None)
        return self._names

    def _take(self, known: int | None, most: int = 0) -> None:
        """Take all names that are left, or some more unless there are more than are known."""
        with self._guard:
            if self._rest is None or known not in {None, len(self._names)}:
                return
            if self._failure is not None:
                raise NoSuccess("the listing is not whole: list again") from self._failure
            before = len(self._names)
            try:
                self._names += self._rest if known is None else islice(self._rest, most)
            except BaseException as error:
                self._failure = error
                raise
            if known is None or len(self._names) == before:
                self._rest = None

    def __reduce__(self) -> tuple[type[Listing], tuple[list[str]]]:
        return Listing, (self._all(),)

    def __len__(self) -> int:
        return len(self._all())

    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, slice):
            return Listing(self._all()[index])
        return paths.relative_url(self._all()[int(index)])

    def __iter__(self) -> Iterator[Url]:
        if self._rest is None:
            return map(paths.relative_url, self._names)
        return self._as_they_come()

    def _as_they_come(self) -> Iterator[Url]:
        names, number, more = self._names, 0, 1
        while True:
            # A list iterator goes on with what is appended meanwhile, here or by somebody else.
            for name in islice(names, number, None):
                number += 1
                yield paths.relative_url(name)
            if self._rest is None and len(names) == number:
                return
            self._take(number, more)
            more = min(2 * more, _MOST_AT_ONCE)

    def __contains__(self, value: object) -> bool:
        if isinstance(value, str):
            return value in self._all()
        return any(url == value for url in self)

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Listing):
            return self._all() == other._all()
        if isinstance(other, Sequence) and not isinstance(other, str):
            return list(self) == list(other)  # pyright: ignore[reportUnknownArgumentType]
        return NotImplemented

    __hash__ = None  # type: ignore[assignment] # it is compared by what it holds

    def __repr__(self) -> str:
        return f"{[str(url) for url in self]!r}"


def names(place: Place, pattern: str | None, flags: int) -> Listing:
    """Return the names in a directory; with RECURSIVE those below it too, as relative paths."""
    if pattern is None and not flags & RECURSIVE:
        return Listing(place.store.names(place.path))
    matches = patterns.matcher(pattern)
    if flags & RECURSIVE:
        return Listing([path for path in below(place, flags) if matches(path)])
    if pattern is not None and "/" in pattern:
        return Listing(
            [path for each in patterns.spelled_out(pattern) for path in _at(place, each)]
        )
    return Listing([name for name in place.store.names(place.path) if matches(name)])


def _at(place: Place, pattern: str) -> Iterator[str]:
    """Yield the relative paths that match a pattern part by part, as a shell does.

    Raises:
        BadParameter: the pattern leads out of the directory.
    """
    parts = posixpath.normpath(pattern).split("/")
    if not parts[0] or parts[0] == "..":
        raise BadParameter(f"a listing has what is in `{place.path}`, and {pattern!r} is not")
    found = [""]
    for part in parts:
        matches = patterns.matcher(part)
        further: list[str] = []
        for folder in found:
            inner = place.at(paths.joined(place.path, folder))
            with suppress(DoesNotExist, BadParameter):  # it is no directory
                below = sorted(name for name in inner.store.names(inner.path) if matches(name))
                further += [f"{folder}{name}/" for name in below]
        found = further
    for path in found:
        yield path.removesuffix("/")


def find(place: Place, pattern: str, flags: int) -> Listing:
    """Return the relative paths whose last part matches a pattern, or that match one with `/`."""
    matches = patterns.matcher(pattern)
    if flags & RECURSIVE:
        return Listing([path for path in below(place, flags) if matches(path)])
    return Listing([name for name in place.store.names(place.path) if matches(name)])


def below(place: Place, flags: int) -> Iterator[str]:
    """Yield the relative paths of all that is below a directory."""
    if not flags & DEREFERENCE:
        for path, _ in place.store.walk(place.path):
            yield path
        return
    from juncture.saga.exceptions import SagaException
    from juncture.saga.storage.tree import walk

    folders = {""}
    for path, found in walk(place.store, place.path, dereference=True):
        if isinstance(found, SagaException):
            if path in folders:
                raise found
        elif found.kind == DIRECTORY:
            folders.add(path)
        yield path  # a link that leads nowhere is a name as well


def entry(place: Place, number: int) -> Url:
    """Return the name at a position of the sorted listing.

    Raises:
        BadParameter: there are not so many.
    """
    number = whole(number, "the number of an entry")
    found = sorted(place.store.names(place.path))
    try:
        return paths.relative_url(found[number])
    except IndexError as error:
        raise BadParameter(
            f"`{place.path}` has {len(found)} names, there is no number {number}"
        ) from error
