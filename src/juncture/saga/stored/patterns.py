"""Shell patterns for names: `*`, `?`, `[…]` and `{a,b}` (GFD.90, section 4.2).

A pattern with a slash is held against whole relative paths, part by part, one without against their
last part. A dot at the beginning of a name is a letter like any other, and so is every letter in
its own case.
"""

from __future__ import annotations

from juncture.saga.exceptions import BadParameter

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

_SPECIAL = frozenset("*?[{")


def is_pattern(text: object) -> bool:
    """Return whether a text, unless it is a name, may mean several."""
    return isinstance(text, str) and not _SPECIAL.isdisjoint(text)


def matcher(pattern: str | None) -> Callable[[str], object]:
    """Return a function that says whether a relative path matches; none matches everything."""
    if pattern in (None, "", "*"):
        return lambda _: True
    if not isinstance(pattern, str):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise BadParameter(f"a pattern is text, found {pattern!r}")
    import fnmatch
    import re

    def compiled(part: str) -> Callable[[str], object]:
        return re.compile(fnmatch.translate(part)).match

    if "/" not in pattern:
        whole = "|".join(fnmatch.translate(each) for each in spelled_out(pattern))
        match = re.compile(whole).match
        return lambda path: match(path[path.rfind("/") + 1 :])
    alternatives = [[compiled(part) for part in each.split("/")] for each in spelled_out(pattern)]

    def matches(path: str) -> bool:
        parts = path.split("/")
        return any(
            len(parts) == len(each)
            and all(match(part) for match, part in zip(each, parts, strict=True))
            for each in alternatives
        )

    return matches


def spelled_out(pattern: str) -> list[str]:
    """Return the patterns that one with braces stands for.

    >>> spelled_out("a{b,c{d,e}}f")
    ['abf', 'acdf', 'acef']
    >>> spelled_out("a{b")
    ['a{b']
    """
    start = pattern.find("{")
    while start >= 0:
        parts, end = _parts(pattern, start)
        if len(parts) > 1:
            head = pattern[:start]
            tails = spelled_out(pattern[end + 1 :])
            return [
                head + inner + tail
                for part in parts
                for inner in spelled_out(part)
                for tail in tails
            ]
        start = pattern.find("{", start + 1)
    return [pattern]


def _parts(pattern: str, start: int) -> tuple[list[str], int]:
    """Return what stands between commas in the braces that open at `start`, and where they end."""
    depth = 0
    begin = start + 1
    parts: list[str] = []
    for number in range(start, len(pattern)):
        letter = pattern[number]
        if letter == "{":
            depth += 1
        elif letter == "," and depth == 1:
            parts.append(pattern[begin:number])
            begin = number + 1
        elif letter == "}":
            depth -= 1
            if depth == 0:
                return [*parts, pattern[begin:number]], number
    return [], len(pattern)
