"""The modules of `radical.saga`, as other names of ours.

Who imports `radical.saga.job.service` gets the module `juncture.saga.job.service` itself, so that
classes, constants and the engine are the same whichever name leads to them. Modules are
imported when the program imports them. What has no module of ours is a file in
`path/radical/saga`.
"""

from __future__ import annotations

import importlib
import importlib.abc
import importlib.machinery
import importlib.util
import sys

from juncture import saga

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import ModuleType

PREFIX = "radical.saga."
_OURS = "juncture.saga."

SAME = tuple(name for name in saga.__all__ if name.islower())
"""Modules that have the same name in both, as has every module in them."""

OTHER = {
    "adaptors.cpi.advert": "cpi.advert",
    "adaptors.cpi.context": "cpi.context",
    "adaptors.cpi.filesystem": "cpi.filesystem",
    "adaptors.cpi.job": "cpi.job",
    "adaptors.cpi.namespace": "cpi.namespace",
    "adaptors.cpi.replica": "cpi.replica",
    "adaptors.cpi.resource": "cpi.resource",
    "advert.constants": "constants",
    "filesystem.constants": "constants",
    "job.constants": "constants",
    "namespace.constants": "constants",
    "replica.constants": "constants",
    "replica.logical_directory": "replica.directory",
    "replica.logical_file": "replica.file",
}
"""Modules that have another name in ours."""

FILES = ("adaptors", "sasync")
"""Modules that are files in `path/radical/saga`."""

ALIASES = {
    PREFIX + name: _OURS + ours for name, ours in [*zip(SAME, SAME, strict=True), *OTHER.items()]
}


class _Loader(importlib.abc.Loader):
    """Hands out a module of ours, and leaves it what it says of itself."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._spec: importlib.machinery.ModuleSpec | None = None

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> ModuleType:
        del spec
        module = importlib.import_module(self._name)
        self._spec = module.__spec__
        return module

    def exec_module(self, module: ModuleType) -> None:
        module.__spec__ = self._spec  # the import system has put that of the alias there


class _Finder(importlib.abc.MetaPathFinder):
    """Finds the modules of the tables, and none that stands in a file of `path/radical/saga`."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        del path, target
        ours = our_name(fullname)
        if ours is None or importlib.util.find_spec(ours) is None:
            return None
        return importlib.machinery.ModuleSpec(fullname, _Loader(ours))


def our_name(fullname: str) -> str | None:
    """Return the name of our module for one of `radical.saga`, or None when no table has it."""
    if fullname in ALIASES:
        return ALIASES[fullname]
    package, _, name = fullname.rpartition(".")
    return f"{ALIASES[package]}.{name}" if package in ALIASES else None


def install() -> None:
    """Have the names found, before the files of the packages that they name are looked through."""
    if not any(isinstance(finder, _Finder) for finder in sys.meta_path):
        sys.meta_path.insert(0, _Finder())


def member(name: str) -> object:
    """Return what `radical.saga` has under a name.

    Raises:
        AttributeError: it has nothing of that name.
    """
    if PREFIX + name in ALIASES or name in FILES:
        return importlib.import_module(PREFIX + name)
    try:
        return getattr(saga, name)
    except AttributeError:
        raise AttributeError(f"module 'radical.saga' has no attribute {name!r}") from None
