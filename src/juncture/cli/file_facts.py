"""What is known about a name, for people and for programs."""

from __future__ import annotations

import time
from functools import lru_cache
from itertools import groupby
from typing import Any

from juncture.cli import words
from juncture.saga.exceptions import SagaException
from juncture.saga.storage.values import DIRECTORY, FILE, LINK, OTHER

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from juncture.cli.file_places import Name
    from juncture.saga.storage.values import Stat

_LETTERS = {DIRECTORY: "d", FILE: "-", LINK: "l"}
_BITS = "rwxrwxrwx"
_SPECIAL = ((0o4000, 2, "s"), (0o2000, 5, "s"), (0o1000, 8, "t"))
_HALF_YEAR_S = 182 * 86400
_CLOCK_S = 60
"""A minute; so far the clock of a host may be ahead of ours."""
_EXECUTABLE = 0o111
_END = "\x1b[0m"
_COLOURS = {DIRECTORY: "\x1b[1;34m", LINK: "\x1b[36m", OTHER: "\x1b[33m"}
_GREEN = "\x1b[1;32m"


def facts(name: Name, stat: Stat, link: str | None) -> dict[str, Any]:
    """Return what `--json` has for a name.

    Args:
        name: The name.
        stat: What is known about it.
        link: What it holds if it is a link.
    """
    found: dict[str, Any] = {
        "name": name.text,
        "url": name.url,
        "kind": stat.kind,
        "size_bytes": length(stat),
        "mtime": stat.mtime,
        "mode": None if stat.mode is None else f"{stat.mode:04o}",
        "owner": stat.owner,
        "group": stat.group,
    }
    if stat.version is not None:
        found["version"] = stat.version
    if stat.kind == LINK:
        found["link"] = link
    return found


def link(name: Name, stat: Stat) -> str | None:
    """Return what a link holds; None: it is none, or cannot be read."""
    return next(links([name])) if stat.kind == LINK else None


def links(names: Iterable[Name]) -> Iterator[str | None]:
    """Yield what each of many links holds, or None; those of a store are asked for at once."""
    for _, group in groupby(names, lambda name: id(name.store)):
        some = list(group)
        for found in some[0].store.read_link_many([name.path for name in some]):
            yield None if isinstance(found, SagaException) else found


def mode(stat: Stat) -> str:
    """Return kind and permissions as `ls -l` has them."""
    return _mode(stat.kind, stat.mode)


@lru_cache(maxsize=1024)
def _mode(kind: str, bits: int | None) -> str:
    first = _LETTERS.get(kind, "?")
    if bits is None:
        return first + "?" * len(_BITS)
    letters = [letter if bits >> (8 - place) & 1 else "-" for place, letter in enumerate(_BITS)]
    for bit, place, letter in _SPECIAL:
        if bits & bit:
            letters[place] = letter if letters[place] != "-" else letter.upper()
    return first + "".join(letters)


def length(stat: Stat) -> int | None:
    """Return the length of a file; None: it is no file, or its length is not known.

    What a directory takes, which some back ends tell, is no length of anything.
    """
    return None if stat.kind in {DIRECTORY, LINK} else stat.size_bytes


def size(stat: Stat, *, human: bool) -> str:
    """Return the length of a file, as a list has it."""
    found = length(stat)
    if found is None:
        return "-"
    return words.short_size(found) if human else str(found)


def when(stat: Stat, now: float) -> str:
    """Return the time of the last change as `ls -l` has it: the year where it is not this one."""
    if stat.mtime is None:
        return "-"
    has_year = not -_CLOCK_S <= now - stat.mtime < _HALF_YEAR_S
    return _minute(stat.mtime // _CLOCK_S, "%b %d  %Y" if has_year else "%b %d %H:%M")


@lru_cache(maxsize=1024)
def _minute(number: float, form: str) -> str:
    """Return a minute as text; files that lie together were often changed together."""
    try:
        return time.strftime(form, time.localtime(number * _CLOCK_S))
    except (OverflowError, ValueError, OSError):
        return "?"


def exactly_when(stat: Stat) -> str:
    """Return the time of the last change, to the second."""
    if stat.mtime is None:
        return "-"
    try:
        return time.strftime("%Y-%m-%d %H:%M:%S %z", time.localtime(stat.mtime))
    except (OverflowError, ValueError, OSError):
        return "?"


def coloured(text: str, stat: Stat | None) -> str:
    """Return a name in the colour of what it is."""
    if stat is None:
        return text
    colour = _COLOURS.get(stat.kind, "")
    if stat.kind == FILE and stat.mode is not None and stat.mode & _EXECUTABLE:
        colour = _GREEN
    return f"{colour}{text}{_END}" if colour else text
