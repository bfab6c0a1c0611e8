"""Making an adaptor: its documents, its configuration, its log level, its versions."""

from __future__ import annotations

import logging
import os
import sys

import juncture
from juncture.errors import JunctureError
from juncture.runtime import data
from juncture.runtime.configuration import runtime_config_manager
from juncture.runtime.logs import RUNTIME_LOGGER

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from juncture.runtime.adaptor import BaseAdaptor

_logger = logging.getLogger(RUNTIME_LOGGER)


def load(adaptor_class: type[BaseAdaptor[Any]], init_data: str, rules: str) -> BaseAdaptor[Any]:
    """Make an adaptor from its documents, as text.

    Raises:
        DataError: a document or the configuration is malformed.
    """
    logging.getLogger().setLevel(runtime_config_manager().build_config().log_level)
    _logger.info("juncture version: %s", juncture.__version__)
    _logger.info("%s version: %s", adaptor_class.__name__, version_of(adaptor_class))
    missing = sorted(getattr(adaptor_class, "__abstractmethods__", ()))
    if missing:
        raise JunctureError(
            f"{adaptor_class.__name__} does not define {', '.join(missing)}",
            hint="an adaptor must define what its base class leaves open",
        )
    adaptor = adaptor_class(
        data.parse_document(init_data, "init data"),
        path_mapping_data=data.parse_document(rules, "path mapping rules"),
    )
    package = adaptor_class.__module__.partition(".")[0]
    logging.getLogger(package).setLevel(adaptor.config.log_level)
    return adaptor


def version_of(adaptor_class: type[BaseAdaptor[Any]]) -> str:
    """Return the version of the package that an adaptor comes from, or `UNKNOWN`.

    The innermost package that names one counts: the outermost may be shared by distributions.
    """
    packages = adaptor_class.__module__.split(".")
    for depth in range(len(packages), 0, -1):
        name = ".".join(packages[:depth])
        for module, attribute in ((name, "__version__"), (f"{name}._version", "version")):
            version = getattr(sys.modules.get(module), attribute, None)
            if isinstance(version, str):
                return version
    return _installed_version(packages[0]) or "UNKNOWN"


def _installed_version(name: str) -> str:
    """Return the version in the name of an installed distribution's metadata directory.

    That is `importlib.metadata.version` for the usual case, without its 20 ms of imports: the name
    is that of the directory `<name>-<version>.dist-info` (PyPA, Recording installed projects).
    """
    prefix = f"{name.lower()}-"
    for directory in sys.path:
        try:
            entries = os.listdir(directory or ".")
        except OSError:
            continue
        for entry in entries:
            if entry.endswith(".dist-info") and entry.lower().startswith(prefix):
                return entry[len(prefix) : -len(".dist-info")]
    return ""
