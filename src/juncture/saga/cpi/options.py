"""What an adaptor's options are, and who outranks whom.

Defaults < system file < user file < environment variable < session option < URL query. The files
are `/etc/juncture/saga.toml` and `saga.toml` in the user's configuration folder. Their table
`[options."<category>"]` holds the options of one adaptor. Every value is checked against the
declared type and `valid_options`; a wrong one is an error that says where it stands. An adaptor
reads its options in its constructor, so they are in this room and not in the engine's.
"""

from __future__ import annotations

import os
import sys

from juncture.saga import exceptions
from juncture.saga.cpi.declaration import has_type

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from juncture.saga.cpi.declaration import OptionDeclaration

SYSTEM_FILE = "/etc/juncture/saga.toml"
_TRUE = frozenset(("true", "1", "yes", "on"))
_FALSE = frozenset(("false", "0", "no", "off"))


def user_file() -> str:
    """Return the path of the user's file, whether it exists or not."""
    if sys.platform == "darwin":
        from platformdirs import user_config_dir

        return os.path.join(user_config_dir("juncture"), "saga.toml")
    # On Linux platformdirs says the same, and takes 50 ms to import.
    base = os.environ.get("XDG_CONFIG_HOME") or os.path.expanduser("~/.config")
    return os.path.join(base, "juncture", "saga.toml")


def read_files() -> list[tuple[str, dict[str, Any]]]:
    """Return path and content of each configuration file that exists, weakest first.

    Raises:
        BadParameter: a file is not readable or not TOML.
    """
    found: list[tuple[str, dict[str, Any]]] = []
    for path in (SYSTEM_FILE, user_file()):
        try:
            stream = open(path, "rb")  # noqa: SIM115 - a missing file is the common case
        except FileNotFoundError:
            continue
        except OSError as error:
            raise exceptions.BadParameter(
                f"the configuration `{path}` cannot be read: {error.strerror}"
            ) from error
        with stream:
            found.append((path, _parse(path, stream)))
    return found


def _parse(path: str, stream: Any) -> dict[str, Any]:
    toml: Any = __import__("tomllib" if sys.version_info >= (3, 11) else "tomli")
    try:
        return toml.load(stream)  # type: ignore[no-any-return]
    except ValueError as error:
        raise exceptions.BadParameter(
            f"the configuration `{path}` is not TOML: {error}", hint="correct or remove the file"
        ) from error


class Options:
    """The options of one adaptor as a mapping; values are worked out when they are first read."""

    __slots__ = ("_adaptor", "_declared", "_files", "_values")

    def __init__(self, adaptor: str, declared: dict[str, OptionDeclaration]) -> None:
        self._adaptor = adaptor
        self._declared = declared
        self._files: list[tuple[str, dict[str, Any]]] | None = None
        self._values: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:
        if name not in self._values:
            self._values[name] = self._general(self._declaration(name))
        return self._values[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._declared)

    def __len__(self) -> int:
        return len(self._declared)

    def __contains__(self, name: object) -> bool:
        return name in self._declared

    def keys(self) -> list[str]:
        """Return the names of the options."""
        return list(self._declared)

    def get(self, name: str, default: Any = None) -> Any:
        """Return an option, or `default` when the adaptor has none of that name."""
        return self[name] if name in self._declared else default

    def get_for(self, name: str, *, session: Any = None, url: Any = None) -> Any:
        """Return an option as it is for one session and one URL."""
        declared = self._declaration(name)
        for where, value in (
            ("the URL query", _from_query(url, name)),
            ("the session", _from_session(session, declared)),
        ):
            if value is not None:
                return checked(declared, value, where)
        return self[name]

    def unknown_settings(self) -> list[str]:
        """Return a sentence for each setting in the files that the adaptor does not have."""
        categories = {each.category for each in self._declared.values()} | {self._adaptor}
        return [
            f"`{path}` sets `{key}` of `{category}`, which has no such option"
            for path, content in self._read()
            for category in sorted(categories)
            for key in _table(content, category)
            if key not in self._declared
        ]

    def check_query(self, url: Any) -> None:
        """Refuse a URL whose query has anything but options; for adaptors that use it so.

        Raises:
            BadParameter: the adaptor has no option of that name.
        """
        query = getattr(url, "query", None)
        if query:
            from urllib.parse import parse_qsl

            for name, _ in parse_qsl(query, keep_blank_values=True):
                if name not in self._declared:
                    raise exceptions.BadParameter(
                        f"the adaptor `{self._adaptor}` has no option `{name}`, found in the URL"
                        " query",
                        hint=self._nearest(name),
                    )

    def _declaration(self, name: str) -> OptionDeclaration:
        try:
            return self._declared[name]
        except KeyError:
            raise exceptions.DoesNotExist(
                f"the adaptor `{self._adaptor}` has no option `{name}`", hint=self._nearest(name)
            ) from None

    def _nearest(self, name: str) -> str:
        from difflib import get_close_matches

        near = get_close_matches(name, list(self._declared), n=1)
        return f"did you mean `{near[0]}`" if near else "`juncture adaptor list` shows them"

    def _read(self) -> list[tuple[str, dict[str, Any]]]:
        if self._files is None:
            self._files = read_files()
            if self._files and (unknown := self.unknown_settings()):
                import logging

                for sentence in unknown:
                    logging.getLogger(__name__).warning("%s", sentence)
        return self._files

    def _general(self, declared: OptionDeclaration) -> Any:
        if declared.env_variable:
            text = os.environ.get(declared.env_variable)
            if text is not None:
                return checked(declared, text, f"the variable {declared.env_variable}")
        for path, content in reversed(self._read()):
            table = _table(content, declared.category)
            if declared.name in table:
                return checked(declared, table[declared.name], f"`{path}`")
        return declared.default


def checked(declared: OptionDeclaration, value: Any, where: str) -> Any:
    """Return `value` in the option's type.

    Raises:
        BadParameter: it cannot be had in that type, or is not one of `valid_options`.
    """
    found = _from_text(declared.type, value) if isinstance(value, str) else value
    if not has_type(found, declared.type):
        raise exceptions.BadParameter(
            f"the option `{declared.name}` of `{declared.category}` is of type "
            f"{declared.type.__name__}, found {value!r} in {where}"
        )
    if declared.valid_options and found not in declared.valid_options:
        raise exceptions.BadParameter(
            f"the option `{declared.name}` of `{declared.category}` is one of "
            f"{list(declared.valid_options)!r}, found {found!r} in {where}"
        )
    return found


def _from_text(kind: type, text: str) -> Any:
    """Return what a text means in a type, or None when it means nothing there."""
    if kind is str:
        return text
    if kind is bool:
        word = text.strip().lower()
        return True if word in _TRUE else False if word in _FALSE else None
    if kind is list:
        return [part.strip() for part in text.split(",") if part.strip()]
    if kind is dict:
        pairs = [part.partition("=") for part in text.split(",") if part.strip()]
        return {key.strip(): value.strip() for key, _, value in pairs}
    try:
        return kind(text)
    except ValueError:
        return None


def _from_query(url: Any, name: str) -> str | None:
    query = getattr(url, "query", None)
    if not query or name not in query:
        return None
    from urllib.parse import parse_qsl

    return dict(parse_qsl(query, keep_blank_values=True)).get(name)


def _from_session(session: Any, declared: OptionDeclaration) -> Any:
    given = getattr(session, "options", None)
    return given.get(declared.category, {}).get(declared.name) if given else None


def _table(content: dict[str, Any], category: str) -> dict[str, Any]:
    """Return the table of a category; its dots may be quoted in the file or be nested tables."""
    options = content.get("options")
    if not isinstance(options, dict):
        return {}
    tables: dict[str, Any] = options  # pyright: ignore[reportUnknownVariableType]
    if category in tables:
        table: Any = tables[category]
    else:
        table = tables
        for part in category.split("."):
            table = table.get(part) if isinstance(table, dict) else None  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
    return table if isinstance(table, dict) else {}  # pyright: ignore[reportUnknownVariableType]
