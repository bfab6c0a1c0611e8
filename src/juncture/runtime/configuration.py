"""The configuration of the runtime and of an adaptor: files in layers, later layers win.

The layers are the default file beside the adaptor, the system's below `/etc/openjd/adaptors`, the
user's below `~/.openjd/adaptors`, and the file that an environment variable names. A layer replaces
whole top-level keys. Every layer is checked, a layer that does not exist is empty, and nothing is
ever created on disk; a home that is missing or closed to this process has no user layer.

A class of configuration says which keys it knows by `defaults` and, where a schema file would cost
too much at start-up, checks them in `check`. An adaptor adds its own so:

>>> class RenderConfiguration(AdaptorConfiguration):
...     defaults = {"samples": 16}
...
...     @property
...     def samples(self) -> int:
...         return self.value("samples")
>>> RenderConfiguration({"log_level": "DEBUG"}).samples
16

`jsonschema` is imported only where there is a schema file, `pathlib` never. Values may be secrets:
logs name keys.
"""

from __future__ import annotations

import logging
import os
import sys
from copy import deepcopy
from typing import Generic, TypeVar

from juncture.errors import DataError
from juncture.runtime import data

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any, ClassVar, Protocol

    from typing_extensions import Self

    class Options(Protocol):
        """What `config_manager_for` reads of `AdaptorConfigurationOptions`."""

        config_cls: type[AdaptorConfiguration] | None
        config_path: str | None
        schema_path: str | list[str] | None


_T = TypeVar("_T", bound="Configuration")

LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")

_FILE_HINT = "correct the file or remove it"

_logger = logging.getLogger(__name__)


class Configuration:
    """Values by key; a key that no file gives has the default of its class.

    Args:
        config: The values that were given.
    """

    defaults: ClassVar[Mapping[str, Any]] = {}
    """The keys that this class adds to those of its bases, with their defaults."""

    def __init__(self, config: Mapping[str, Any]) -> None:
        self._given = dict(config)

    @classmethod
    def from_file(
        cls, config_path: str | os.PathLike[str], schema_path: str | list[str] | None = None
    ) -> Self:
        """Read a configuration from a JSON or YAML file.

        Args:
            config_path: The file.
            schema_path: JSON schema file or files the values must satisfy; None means only `check`.

        Raises:
            DataError: the file cannot be read, is malformed or violates a schema.
        """
        path = os.fspath(config_path)
        config = cls(_read(path))
        cls.check(config.given, f"the configuration {path}")
        for schema in _schemas(schema_path):
            _validate(config.given, schema, path)
        return config

    @classmethod
    def check(cls, config: Mapping[str, Any], source: str) -> None:
        """Check the values of one layer by hand; a subclass that adds a check calls this one too.

        Args:
            config: What a layer gives, without defaults.
            source: Which layer it is, to begin an error's message with.

        Raises:
            DataError: a value cannot be used.
        """

    @property
    def given(self) -> dict[str, Any]:
        """The values that were given, without defaults; a copy."""
        return deepcopy(self._given)

    @property
    def config(self) -> dict[str, Any]:
        """All values, given or default; a copy."""
        values: dict[str, Any] = {}
        for base in reversed(type(self).__mro__):
            values.update(vars(base).get("defaults", {}))
        return deepcopy({**values, **self._given})

    def value(self, key: str) -> Any:
        """Return one value, given or default; a copy.

        Raises:
            KeyError: the key is not given and has no default.
        """
        return self.config[key]

    def override(self, other: Configuration) -> Self:
        """Return this configuration with the top-level keys of another in place of its own."""
        return type(self)({**self._given, **other.given})


class _WithLogLevel(Configuration):
    """A configuration with the key `log_level`."""

    defaults: ClassVar[Mapping[str, Any]] = {"log_level": "INFO"}

    @classmethod
    def check(cls, config: Mapping[str, Any], source: str) -> None:
        super().check(config, source)
        level = config.get("log_level", "INFO")
        if level not in LOG_LEVELS:
            found = repr(level) if isinstance(level, str) else data.kind(level)
            raise DataError(
                f"{source}: `log_level` must be a log level, found {found}",
                hint="the levels are " + ", ".join(f"`{name}`" for name in LOG_LEVELS),
            )

    @property
    def log_level(self) -> str:
        """Name of the lowest level that is logged."""
        return str(self.value("log_level"))


class AdaptorConfiguration(_WithLogLevel):
    """What every application adaptor can be configured with; adaptors derive from it."""


class RuntimeConfiguration(_WithLogLevel):
    """What the runtime itself can be configured with."""

    defaults: ClassVar[Mapping[str, Any]] = {"deactivate_telemetry": False}

    @classmethod
    def check(cls, config: Mapping[str, Any], source: str) -> None:
        """Check what the schema of the runtime would check, without a schema library."""
        super().check(config, source)
        value = config.get("deactivate_telemetry", False)
        if not isinstance(value, bool):
            raise DataError(
                f"{source}: `deactivate_telemetry` must be a boolean, found {data.kind(value)}",
                hint="write `true` or `false`",
            )

    @property
    def deactivate_telemetry(self) -> bool:
        """Kept for programs that ask; juncture sends no telemetry."""
        return bool(self.value("deactivate_telemetry"))


class ConfigurationManager(Generic[_T]):
    """Find, check and merge the layers of one configuration.

    Args:
        config_cls: Class of the configurations.
        default_config_path: File of the first layer; empty means none.
        system_config_path: File of the system's layer.
        user_config_rel_path: File of the user's layer, relative to the home directory.
        schema_path: JSON schema file or files for every layer; keys that they require may stand
            in any layer.
        additional_config_paths: Files of further layers; these must exist.
    """

    def __init__(
        self,
        *,
        config_cls: type[_T],
        default_config_path: str,
        system_config_path: str,
        user_config_rel_path: str,
        schema_path: str | list[str] | None = None,
        additional_config_paths: list[str] | None = None,
    ) -> None:
        self._config_cls = config_cls
        self._default_path = default_config_path
        self._system_path = system_config_path
        self._user_rel_path = user_config_rel_path
        self._schema_path = schema_path
        self._additional_paths = additional_config_paths or []

    def get_default_config(self) -> _T:
        """Return the first layer; it is empty when its file does not exist.

        Raises:
            DataError: the file is malformed or violates a schema; so with every layer.
        """
        return self._layer_if_exists(self._default_path) or self._config_cls({})

    def get_system_config_path(self) -> str:
        """Return where the system's layer is looked for."""
        return self._system_path

    def get_system_config(self) -> _T | None:
        """Return the system's layer, None when there is none."""
        return self._layer_if_exists(self._system_path)

    def get_user_config_path(self, username: str | None = None) -> str:
        """Return where the layer of a user is looked for; None means the user of this process.

        The path begins with `~` when the user has no home, and then names no file.
        """
        return os.path.join(os.path.expanduser("~" + (username or "")), self._user_rel_path)

    def get_user_config(self, username: str | None = None) -> _T | None:
        """Return the layer of a user, None when there is none."""
        path = self.get_user_config_path(username)
        return None if path.startswith("~") else self._layer_if_exists(path)

    def build_config(self, username: str | None = None) -> _T:
        """Return the merged configuration: default, system, user, additional; later wins.

        Raises:
            DataError: a layer is malformed or violates a schema, or all together lack a key that a
                schema requires.
        """
        config = self._config_cls({})
        for path, layer in self._layers(username):
            before, config = config.config, config.override(layer)
            changed = sorted(k for k, v in config.config.items() if (k, v) not in before.items())
            _logger.debug("configuration %s sets %s", path, ", ".join(changed) or "nothing new")
        for schema in _schemas(self._schema_path):
            _validate(config.given, schema, f"of {self._config_cls.__name__}")
        return config

    def _layers(self, username: str | None) -> Iterator[tuple[str, _T]]:
        user_path = self.get_user_config_path(username)
        for path, layer in (
            (self._default_path, self._layer_if_exists(self._default_path)),
            (self._system_path, self.get_system_config()),
            (user_path, self.get_user_config(username)),
        ):
            if layer is not None:
                yield path, layer
        for path in self._additional_paths:
            yield path, self._layer(path)

    def _layer_if_exists(self, path: str) -> _T | None:
        """Read a layer, None where this process sees no file: missing, or behind a closed door."""
        try:
            os.stat(path)
        except (OSError, ValueError):
            return None
        return self._layer(path)

    def _layer(self, path: str) -> _T:
        config = self._config_cls.from_file(path)
        for schema in _schemas(self._schema_path):
            partial = {key: value for key, value in schema.items() if key != "required"}
            _validate(config.given, partial, path)
        return config


def config_manager_for(
    adaptor_class: type, options: Options | None = None
) -> ConfigurationManager[Any]:
    """Return the manager of an adaptor's configuration.

    The defaults are `<ClassName>.json` beside the module of the class. The schema is
    `<ClassName>.schema.json` there or else in `$ADAPTOR_CONFIG_SCHEMA_PATH`; without one only the
    keys of `AdaptorConfiguration` are checked. The last layer is the file that
    `$<CLASSNAME>_CONFIG_PATH` names.

    Args:
        adaptor_class: Class of the adaptor.
        options: What to use in place of these.
    """
    name = adaptor_class.__name__
    file = getattr(sys.modules.get(adaptor_class.__module__), "__file__", None)
    folder = os.path.dirname(os.path.abspath(file)) if file else ""
    config_cls, config_path, schema_path = AdaptorConfiguration, None, None
    if options:
        config_cls = options.config_cls or config_cls
        config_path, schema_path = options.config_path, options.schema_path
    return ConfigurationManager(
        config_cls=config_cls,
        default_config_path=config_path or (folder and os.path.join(folder, f"{name}.json")),
        system_config_path=os.path.join(_system_folder(), name, f"{name}.json"),
        user_config_rel_path=os.path.join(".openjd", "adaptors", name, f"{name}.json"),
        schema_path=schema_path or _find_schema(name, folder),
        additional_config_paths=_from_environment(f"{name.upper()}_CONFIG_PATH"),
    )


def runtime_config_manager() -> ConfigurationManager[RuntimeConfiguration]:
    """Return the manager of the runtime's configuration.

    Its last layer is the file that `$RUNTIME_CONFIG_PATH` names.
    """
    return ConfigurationManager(
        config_cls=RuntimeConfiguration,
        default_config_path=os.path.join(os.path.dirname(__file__), "configuration.json"),
        system_config_path=os.path.join(_system_folder(), "runtime", "configuration.json"),
        user_config_rel_path=os.path.join(".openjd", "adaptors", "runtime", "configuration.json"),
        additional_config_paths=_from_environment("RUNTIME_CONFIG_PATH"),
    )


def _system_folder() -> str:
    if os.name == "nt":
        return os.path.join(os.environ.get("PROGRAMDATA", r"C:\ProgramData"), "openjd", "adaptors")
    return "/etc/openjd/adaptors"


def _from_environment(variable: str) -> list[str]:
    path = os.environ.get(variable)
    return [path] if path else []


def _find_schema(name: str, folder: str) -> str | None:
    for place in (folder, os.environ.get("ADAPTOR_CONFIG_SCHEMA_PATH")):
        path = os.path.join(place, f"{name}.schema.json") if place else ""
        if path and os.path.exists(path):
            return path
    return None


def _read(path: str) -> dict[str, Any]:
    text = data.read_file(path, "the configuration")
    return data.parse_document(text, f"the configuration {path}", hint=_FILE_HINT)


def _schemas(schema_path: str | list[str] | None) -> Iterator[dict[str, Any]]:
    paths = [schema_path] if isinstance(schema_path, str) else schema_path or []
    for path in paths:
        text = data.read_file(path, "the schema of the configuration")
        yield data.parse_document(text, f"the schema {path}", hint="write a JSON schema")


def _validate(config: dict[str, Any], schema: dict[str, Any], source: str) -> None:
    from juncture.runtime.validators import AdaptorDataValidator

    AdaptorDataValidator(schema, name=f"configuration {source}").validate(config)
