"""Path mapping rules: rewrite a path of the submitting host into one of this host.

The document is Open Job Description's `{"path_mapping_rules": [rule, …]}`. Rules are tried in list
order and the first that matches wins, not the longest. A rule matches by whole components, and a
path that no rule matches is returned byte for byte. Nothing here looks at a file system: a path is
text, and `..` is kept because only the host that owns the path could resolve it.

POSIX and Windows paths compare as `pathlib` compares them. A URI follows RFC 0006 of Open Job
Description and RFC 3986: scheme and authority compare without case (ASCII only), the rest exactly
and verbatim, since to an object store `a//b` and `a/b` are two objects.
"""

from __future__ import annotations

import ntpath
import os
import sys
from dataclasses import dataclass, field

from juncture.errors import DataError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any

POSIX = "Posix"
LINUX = "Linux"
MACOS = "macOS"
WINDOWS = "Windows"
URI = "URI"

_ALIASES = {
    "posix": POSIX,
    "darwin": MACOS,
    "macos": MACOS,
    "mac": MACOS,
    "mac os": MACOS,
    "os x": MACOS,
    "nt": WINDOWS,
    "uri": URI,
}
_ALIAS_PREFIXES = {"linux": LINUX, "win": WINDOWS}

_REQUIRED_KEYS = ("source_path_format", "source_path", "destination_path")
_KEYS = (*_REQUIRED_KEYS, "destination_os")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PathMappingRule:
    r"""One rule: what lies under `source_path` is found under `destination_path`.

    >>> rule = PathMappingRule(
    ...     source_path_format="windows",
    ...     source_path="Z:\\movie",
    ...     destination_path="/mnt/movie",
    ...     destination_os="linux",
    ... )
    >>> rule.apply(path=r"z:/MOVIE\a\b.png")
    (True, '/mnt/movie/a/b.png')

    Args:
        source_path_format: How the source is written, a name that `canonical_format` knows; kept
            in its canonical form.
        source_path: Path or URI on the submitting host.
        destination_path: Path on the host that runs the adaptor.
        destination_os: How the destination is written; empty means as on this host.

    Raises:
        DataError: a value is empty, not text, or an unknown format.
    """

    source_path_format: str
    source_path: str
    destination_path: str
    destination_os: str = ""
    _source: tuple[str, ...] = field(init=False, repr=False)
    _destination: str = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Check the values and take the paths apart once."""
        for key in _KEYS:
            value: object = getattr(self, key)
            if not isinstance(value, str) or not (value or key == "destination_os"):
                raise _rule_error(f"`{key}` must be text that is not empty")
        source_format = canonical_format(self.source_path_format, key="source_path_format")
        destination_os = canonical_format(self.destination_os or _host(), key="destination_os")
        if destination_os == URI:
            raise DataError(
                "`destination_os` must be an operating system, found `URI`",
                hint="a rule maps to a file path; only its source can be a URI",
            )
        store = object.__setattr__  # the class is frozen, and this is still its construction
        store(self, "source_path_format", source_format)
        store(self, "destination_os", destination_os)
        store(self, "_source", _parse_source(source_format, self.source_path))
        store(self, "_destination", _normalise(destination_os, self.destination_path))

    @classmethod
    def from_dict(cls, rule: Mapping[str, Any]) -> PathMappingRule:
        """Make a rule from its document.

        Raises:
            DataError: a key is missing or unknown, or a value is not usable.
        """
        for key in _REQUIRED_KEYS:
            if key not in rule:
                raise _rule_error(f"the rule has no `{key}`")
        for key in rule:
            if key not in _KEYS:
                raise _rule_error(f"`{key}` is not a key of a rule")
        return cls(**rule)

    def to_dict(self) -> dict[str, str]:
        """Return the rule's document, formats in canonical form; `from_dict` reads it back."""
        return {
            "source_path_format": self.source_path_format,
            "source_path": self.source_path,
            "destination_os": self.destination_os,
            "destination_path": self.destination_path,
        }

    def apply(self, path: str) -> tuple[bool, str]:
        """Rewrite a path if the rule matches it.

        Returns:
            (True, path on this host), or (False, the path as it was given).
        """
        keys, parts = _SPLIT[_kind(self.source_path_format)](path)
        depth = len(self._source)
        if tuple(keys[:depth]) != self._source:
            return False, path
        rest = parts[depth:]
        if self.source_path_format == WINDOWS:  # the root, where a rule names a bare drive
            rest = [part for part in rest if part != "\\"]
        return True, _join(self.destination_os, self._destination, rest)

    def __eq__(self, other: object) -> bool:
        """Compare paths as written and kinds of format: `linux` and `macos` are one kind."""
        if isinstance(other, PathMappingRule):
            return self._identity() == other._identity()
        return NotImplemented

    def __hash__(self) -> int:
        """Hash what `==` compares."""
        return hash(self._identity())

    def _identity(self) -> tuple[str, str, str, str]:
        kinds = _kind(self.source_path_format), _kind(self.destination_os)
        return (*kinds, self.source_path, self.destination_path)


def parse_rules(document: Mapping[str, Any]) -> list[PathMappingRule]:
    """Read the rules out of their document.

    Args:
        document: `{"path_mapping_rules": [rule, …]}`; `version` and keys of later versions are
            ignored, and an empty document has no rules.

    Returns:
        The rules in the order in which they are tried.

    Raises:
        DataError: the document or a rule is malformed; names the rule's index and key.
    """
    rules = document.get("path_mapping_rules")
    if rules is None and not document.keys() - {"version", "path_mapping_rules"}:
        return []
    if not isinstance(rules, list):
        raise DataError(
            "the path mapping rules have no list `path_mapping_rules`",
            hint='write {"path_mapping_rules": [{…}, …]}',
        )
    return [_parse_rule(index, rule) for index, rule in enumerate(rules)]  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]


def map_path(rules: Iterable[PathMappingRule], path: str) -> str:
    """Return the path as the first matching rule rewrites it, or unchanged."""
    for rule in rules:
        matched, mapped = rule.apply(path)
        if matched:
            return mapped
    return path


def canonical_format(name: str, *, key: str = "source_path_format") -> str:
    """Return the one spelling of a path format.

    Args:
        name: `posix`, `linux…`, `darwin`, `macos`, `mac`, `mac os`, `os x`, `nt`, `win…` or `uri`,
            in any case, with or without spaces around.
        key: Where the name stands, for the error.

    Raises:
        DataError: the name is none of these.
    """
    wanted = name.strip().lower()
    if wanted in _ALIASES:
        return _ALIASES[wanted]
    for prefix, canonical in _ALIAS_PREFIXES.items():
        if wanted.startswith(prefix):
            return canonical
    raise DataError(
        f"`{key}` is an unknown format {name!r}",
        hint="write `posix`, `linux`, `macos`, `windows` or, for a source, `uri`",
    )


def _rule_error(message: str) -> DataError:
    required = ", ".join(f"`{key}`" for key in _REQUIRED_KEYS)
    return DataError(message, hint=f"a rule has {required} and may have `destination_os`")


def _parse_rule(index: int, rule: object) -> PathMappingRule:
    where = f"path_mapping_rules[{index}]"
    if not isinstance(rule, dict):
        raise _rule_error(f"{where}: a rule must be an object")
    try:
        return PathMappingRule.from_dict(rule)  # pyright: ignore[reportUnknownArgumentType]
    except DataError as error:
        raise DataError(f"{where}: {error.message}", hint=error.hint) from error


def _host() -> str:
    """Return the name of this host's format; a POSIX system without an own name is `posix`."""
    try:
        return canonical_format(sys.platform)
    except DataError:
        return os.name


def _kind(canonical: str) -> str:
    """Return which of the three ways to take a path apart a format means."""
    return canonical if canonical in (URI, WINDOWS) else POSIX


# A splitter returns what is compared and what is kept, two lists of the same length: an anchor and
# then the components. What it cannot read has no parts, and so matches no rule.


def _split_posix(path: str) -> tuple[list[str], list[str]]:
    anchor = path[: len(path) - len(path.lstrip("/"))]
    if anchor != "//":  # exactly two slashes are another root (POSIX 4.13)
        anchor = anchor[:1]
    parts = [anchor, *(part for part in path.split("/") if part not in ("", "."))]
    return parts, parts


def _split_windows(path: str) -> tuple[list[str], list[str]]:
    drive, rest = ntpath.splitdrive(path.replace("/", "\\"))
    # The root is a part of its own, so that a rule for `Z:` covers `Z:\x` and `Z:x`.
    rooted = rest.startswith("\\") or drive.startswith("\\")
    anchor = [drive, "\\"] if rooted and drive else ["\\"] if rooted else [drive]
    parts = [*anchor, *(part for part in rest.split("\\") if part not in ("", "."))]
    return [part.lower() for part in parts], parts


def _split_uri(path: str) -> tuple[list[str], list[str]]:
    scheme, separator, rest = path.partition("://")
    letters = scheme.translate({ord(mark): "a" for mark in "+-."})
    if not (separator and scheme[:1].isalpha() and letters.isalnum() and scheme.isascii()):
        return [], []
    authority, *parts = rest.split("/")
    anchor = f"{scheme}://{authority}"
    # Only bytes fold ASCII letters alone: to `str.lower` the Kelvin sign is a `k`.
    key = anchor.encode("utf-8", "surrogatepass").lower().decode("utf-8", "surrogatepass")
    return [key, *parts], [anchor, *parts]


_SPLIT = {POSIX: _split_posix, WINDOWS: _split_windows, URI: _split_uri}


def _parse_source(source_format: str, path: str) -> tuple[str, ...]:
    """Return what the parts of a path must begin with for the rule to match."""
    keys, _ = _SPLIT[_kind(source_format)](path)
    if not keys:
        raise DataError(
            "`source_path` must be a URI, as `source_path_format` says",
            hint="a URI begins with a scheme and `://`, as `s3://bucket/folder` does",
        )
    while source_format == URI and not keys[-1]:  # `s3://b/a/` covers what `s3://b/a` does
        keys.pop()
    return tuple(keys)


def _normalise(destination_os: str, path: str) -> str:
    """Return a destination as its system writes it, so that parts can be put behind it."""
    anchor, *parts = _SPLIT[_kind(destination_os)](path)[1]
    if _kind(destination_os) == POSIX:
        return anchor + "/".join(parts) or "."
    # A bare drive means its root: `Z:x` would depend on where a process stands on that drive.
    root = "\\" if anchor not in ("", "\\") else ""
    return anchor + root + "\\".join(part for part in parts if part != "\\") or "."


def _join(destination_os: str, destination: str, rest: list[str]) -> str:
    """Put parts behind a destination; none of them can replace its drive or root."""
    separator = "/"
    if destination_os == WINDOWS:
        separator = "\\"
        trailing = rest[-1:] == [""]  # only a URI keeps its last slash
        rest = [piece for part in rest for piece in part.split("\\") if piece]
        rest += [""] * trailing
    if not rest:
        return destination
    glue = "" if destination.endswith(separator) else separator
    return destination + glue + separator.join(rest)
