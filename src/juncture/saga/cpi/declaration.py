"""The typed form of what an adaptor module says about itself.

`_ADAPTOR_INFO` and `_ADAPTOR_OPTIONS` are plain dictionaries, as adaptor authors have always
written them. They are read once, when the adaptor is made; everything else sees the value objects
below. Schemes may be listed for each class or once at the top. `rs.job.Service`,
`radical.saga.job.Service` and `juncture.saga.job.Service` are one type.

Of the capabilities, `files` is read here: what an adaptor of files promises beyond reading and
listing, as a list of `FILE_CAPABILITIES`, or as `{scheme: list}` where schemes differ. The traits
of stores are among them.
"""

from __future__ import annotations

from juncture.saga import exceptions

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_PREFIXES = ("juncture.saga.", "radical.saga.", "saga.", "rs.")
_OPTION_KEYS = frozenset(
    ("category", "name", "type", "default", "valid_options", "documentation", "env_variable"),
)
_INFO_KEYS = frozenset(("name", "version", "schemas", "capabilities", "cpis", "documentation"))
FILE_CAPABILITIES = {
    "writes": "files can be made and written",
    "directories": "directories can be made, and stay when they are empty",
    "names": "every name that POSIX allows",
    "exclusive": "of many who make a file with EXCLUSIVE at a time, one does",
    "replaces": "who reads a file while it is replaced gets the old one or the new one",
    "links": "symbolic links",
    "modes": "POSIX permissions",
    "times": "times of last change that can be set",
    "random": "bytes can be read and written anywhere in a file",
    "appends": "a writer can go on at the end of what is there",
    "whole": "a written file is there when its writer is closed, whole or not at all",
    "holes": "a writer can leave holes in a file",
}
"""What `capabilities["files"]` may list; the traits of `storage.values` have the same meaning."""
OPTION_TYPES: tuple[type, ...] = (bool, int, float, str, list, dict)


class CpiDeclaration:
    """One class of an adaptor: which API type it serves for which schemes."""

    __slots__ = ("class_name", "schemas", "type")

    def __init__(self, api_type: str, class_name: str, schemas: tuple[str, ...]) -> None:
        self.type = api_type
        self.class_name = class_name
        self.schemas = schemas


class OptionDeclaration:
    """One option of an adaptor."""

    __slots__ = (
        "category",
        "default",
        "documentation",
        "env_variable",
        "name",
        "type",
        "valid_options",
    )

    def __init__(self, name: str, kind: type, entry: dict[str, Any], adaptor: str) -> None:
        self.name = name
        self.type = kind
        self.category = str(entry.get("category") or adaptor)
        self.default: Any = entry.get("default")
        self.valid_options: tuple[Any, ...] = tuple(entry.get("valid_options") or ())
        self.documentation = str(entry.get("documentation") or "")
        self.env_variable = str(entry.get("env_variable") or "")


class AdaptorInfo:
    """What an adaptor offers."""

    __slots__ = ("capabilities", "cpis", "name", "schemas", "version")

    def __init__(
        self,
        name: str,
        version: str,
        cpis: tuple[CpiDeclaration, ...],
        schemas: tuple[str, ...],
        capabilities: dict[str, Any],
    ) -> None:
        self.name = name
        self.version = version
        self.cpis = cpis
        self.schemas = schemas
        self.capabilities = capabilities


def type_name(name: str) -> str:
    """Return the one spelling of an API type: `job.Service` for `rs.job.Service`."""
    for prefix in _PREFIXES:
        if name.startswith(prefix):
            name = name[len(prefix) :]
            break
    return "Context" if name == "context.Context" else name


def read_info(info: Any) -> AdaptorInfo:
    """Return the typed form of an `_ADAPTOR_INFO`.

    Raises:
        BadParameter: something is missing, misspelled or of the wrong type; all of it is named.
    """
    if not isinstance(info, dict):
        raise exceptions.BadParameter(f"_ADAPTOR_INFO is a dictionary, found {info!r}")
    faults: list[str] = []
    entries: dict[str, Any] = dict(info)  # pyright: ignore[reportUnknownArgumentType]
    _check_keys(entries, _INFO_KEYS, "_ADAPTOR_INFO", faults)
    name = _text(entries, "name", "_ADAPTOR_INFO", faults)
    version = _text(entries, "version", "_ADAPTOR_INFO", faults)
    schemas = _texts(entries.get("schemas", ()), "_ADAPTOR_INFO['schemas']", faults)
    capabilities: Any = entries.get("capabilities") or {}
    if not isinstance(capabilities, dict):
        faults.append("_ADAPTOR_INFO['capabilities'] is a dictionary")
        capabilities = {}
    _check_files(capabilities.get("files", ()), faults)  # pyright: ignore[reportUnknownMemberType, reportUnknownArgumentType]
    cpis = _read_cpis(entries.get("cpis"), schemas, faults)
    if faults:
        raise exceptions.BadParameter(f"adaptor `{name or '?'}`: " + "; ".join(faults))
    every = tuple(dict.fromkeys([*schemas, *(each for cpi in cpis for each in cpi.schemas)]))
    return AdaptorInfo(name, version, cpis, every, dict(capabilities))  # pyright: ignore[reportUnknownArgumentType]


def read_options(options: Any, adaptor: str) -> dict[str, OptionDeclaration]:
    """Return the typed form of an `_ADAPTOR_OPTIONS` by option name.

    Raises:
        BadParameter: an option is malformed; everything wrong is named.
    """
    faults: list[str] = []
    declared: dict[str, OptionDeclaration] = {}
    if not isinstance(options, (list, tuple)):
        raise exceptions.BadParameter(
            f"adaptor `{adaptor}`: _ADAPTOR_OPTIONS is a list, found {options!r}"
        )
    for row in _items(options):
        option = _read_option(row, adaptor, faults)
        if option is not None:
            if option.name in declared:
                faults.append(f"option `{option.name}` is declared twice")
            declared[option.name] = option
    if faults:
        raise exceptions.BadParameter(f"adaptor `{adaptor}`: " + "; ".join(faults))
    return declared


def _read_cpis(rows: Any, shared: tuple[str, ...], faults: list[str]) -> tuple[CpiDeclaration, ...]:
    if not isinstance(rows, (list, tuple)) or not rows:
        faults.append("_ADAPTOR_INFO['cpis'] is a list of at least one class")
        return ()
    found: list[CpiDeclaration] = []
    for row in _items(rows):
        if not isinstance(row, dict):
            faults.append(f"an entry of 'cpis' is a dictionary, found {row!r}")
            continue
        entry: dict[str, Any] = dict(row)  # pyright: ignore[reportUnknownArgumentType]
        where = f"cpi `{entry.get('class', '?')}`"
        _check_keys(entry, frozenset(("type", "class", "schemas")), where, faults)
        api_type = _text(entry, "type", where, faults)
        class_name = _text(entry, "class", where, faults)
        schemas = _texts(entry.get("schemas", shared), f"{where}: 'schemas'", faults)
        if not schemas:
            faults.append(f"{where} serves no scheme: 'schemas' is missing here and at the top")
        found.append(CpiDeclaration(type_name(api_type), class_name, schemas))
    return tuple(found)


def _read_option(row: Any, adaptor: str, faults: list[str]) -> OptionDeclaration | None:
    if not isinstance(row, dict):
        faults.append(f"an option is a dictionary, found {row!r}")
        return None
    entry: dict[str, Any] = dict(row)  # pyright: ignore[reportUnknownArgumentType]
    where = f"option `{entry.get('name', '?')}`"
    _check_keys(entry, _OPTION_KEYS, where, faults)
    name = _text(entry, "name", where, faults)
    kind = entry.get("type", str)
    if kind not in OPTION_TYPES:
        faults.append(
            f"{where}: 'type' is one of bool, int, float, str, list, dict, found {kind!r}"
        )
        return None
    valid = tuple(entry.get("valid_options") or ())
    default = entry.get("default")
    if default is not None and not has_type(default, kind):
        faults.append(f"{where}: the default {default!r} is not of type {kind.__name__}")
    if valid and default is not None and default not in valid:
        faults.append(f"{where}: the default {default!r} is not one of {list(valid)!r}")
    return OptionDeclaration(name, kind, entry, adaptor)


def has_type(value: Any, kind: type) -> bool:
    """Say whether `value` is of an option's type; a bool is no int, and an int is a float."""
    if isinstance(value, bool):
        return kind is bool
    return isinstance(value, (int, float) if kind is float else kind)


def _check_keys(
    entry: dict[str, Any], known: frozenset[str], where: str, faults: list[str]
) -> None:
    unknown = [key for key in entry if key not in known]
    if not unknown:
        return
    from difflib import get_close_matches

    for key in unknown:
        near = get_close_matches(str(key), sorted(known), n=1)
        faults.append(f"{where} knows no `{key}`" + (f", did you mean `{near[0]}`" * bool(near)))


def _check_files(declared: Any, faults: list[str]) -> None:
    rows: dict[Any, Any] = {"": declared}
    if isinstance(declared, dict):
        rows = dict(declared)  # pyright: ignore[reportUnknownArgumentType]
    for scheme, row in rows.items():
        where = f"_ADAPTOR_INFO['capabilities']['files']{f'[{scheme!r}]' if scheme else ''}"
        words = _texts(row, where, faults)
        _check_keys(dict.fromkeys(words), frozenset(FILE_CAPABILITIES), where, faults)


def _items(value: Any) -> list[Any]:
    return [*value]


def _text(entry: dict[str, Any], key: str, where: str, faults: list[str]) -> str:
    value = entry.get(key)
    if isinstance(value, str) and value:
        return value
    faults.append(f"{where}: '{key}' is a text, found {value!r}")
    return ""


def _texts(value: Any, where: str, faults: list[str]) -> tuple[str, ...]:
    if isinstance(value, (list, tuple)):
        texts = _items(value)
        if all(isinstance(text, str) and text for text in texts):
            return tuple(text.lower() for text in texts)
    faults.append(f"{where} is a list of texts, found {value!r}")
    return ()
