"""The modules of `radical.saga`, as other names of ours.

Who imports `radical.saga.job.service` gets the module `juncture.saga.job.service` itself, so that
classes, constants and the engine are the same whichever name leads to them. Modules are
imported when the program imports them; a package brings those in `WITHIN`, as it did there. What
has no module of ours is a module of this room, a file in `path/radical/saga`, or in `REFUSED` with
the reason.
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

SAME = tuple(name for name in saga.__all__ if name.islower())
"""Modules that have the same name in both, as has every module in them."""

OTHER = {
    "adaptors.cpi.advert": "saga.cpi.advert",
    "adaptors.cpi.context": "saga.cpi.context",
    "adaptors.cpi.filesystem": "saga.cpi.filesystem",
    "adaptors.cpi.job": "saga.cpi.job",
    "adaptors.cpi.namespace": "saga.cpi.namespace",
    "adaptors.cpi.replica": "saga.cpi.replica",
    "adaptors.cpi.resource": "saga.cpi.resource",
    "advert.constants": "saga.constants",
    "base": "saga.engine.bound",
    "filesystem": "compat.saga_filesystem",
    "filesystem.constants": "saga.constants",
    "filesystem.directory": "compat.saga_filesystem",
    "filesystem.file": "compat.saga_filesystem",
    "job.constants": "saga.constants",
    "namespace": "compat.saga_namespace",
    "namespace.constants": "saga.constants",
    "namespace.directory": "compat.saga_namespace",
    "namespace.entry": "compat.saga_namespace",
    "replica.constants": "saga.constants",
    "replica.logical_directory": "saga.replica.directory",
    "replica.logical_file": "saga.replica.file",
    "utils.job": "compat.saga_transfers",
    "utils.job.transfer_directives": "compat.saga_transfers",
    "utils.misc": "compat.saga_misc",
    "utils.pty_exceptions": "compat.saga_misc",
}
"""Modules that have another name in ours."""

FILES = ("adaptors", "sasync")
"""Modules that are files in `path/radical/saga`."""

REFUSED = {
    "messages": "it could not be imported there either, and nothing sends messages",
    "monitorable": "nothing there derives from `Monitorable`; jobs, tasks and attributes have "
    "`add_callback`",
    "utils.pty_shell_factory": "`PTYShell` shares the connections of its session by itself",
    "utils.test_config": "it read the settings of the tests of radical.saga",
}
"""Modules that are not here, and why."""

WITHIN = {
    "advert": ("constants", "directory", "entry"),
    "engine": ("engine",),
    "filesystem": ("constants", "directory", "file"),
    "job": ("constants", "container", "description", "job", "service"),
    "namespace": ("constants", "directory", "entry"),
    "replica": ("constants", "logical_directory", "logical_file"),
    "resource": ("constants", "description", "manager", "resource"),
    "utils": ("job", "misc", "pty_exceptions", "pty_process", "pty_shell"),
}
"""What a package there imports, so that `rs.job.service.Service` needs no further import."""

NAMES = {
    "adaptors.cpi.job": {"Self": "Job"},
    "base": {"Base": "ApiObject", "SimpleBase": "ApiObject"},
    "job": {"Self": "Job"},
    "job.job": {"Self": "Job"},
}
"""Names of a module there, and what they are in ours: `{module: {theirs: ours}}`."""

CONSTANTS = ("context", "filesystem", "job.description", "job.job", "namespace")
"""Modules that had the constants in them as well."""

ALIASES = {
    **{PREFIX + name: f"juncture.saga.{name}" for name in SAME},
    **{PREFIX + name: f"juncture.{ours}" for name, ours in OTHER.items()},
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
        alias = module.__spec__.name if module.__spec__ is not None else ""
        module.__spec__ = self._spec  # the import system has put that of the alias there
        _complete(alias.removeprefix(PREFIX), module)


class _Finder(importlib.abc.MetaPathFinder):
    """Finds the modules of the tables, and none that stands in a file of `path/radical/saga`."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        del path, target
        why_not = REFUSED.get(fullname.removeprefix(PREFIX))
        if why_not is not None:
            raise ImportError(f"juncture has no `{fullname}`: {why_not}", name=fullname)
        ours = our_name(fullname)
        if ours is None or importlib.util.find_spec(ours) is None:
            return None
        return importlib.machinery.ModuleSpec(fullname, _Loader(ours))


def _complete(name: str, module: ModuleType) -> None:
    """Give a module of ours what the one of that name had beyond it."""
    for theirs, ours in NAMES.get(name, {}).items():
        if not hasattr(module, theirs):
            setattr(module, theirs, getattr(module, ours))
    if name in CONSTANTS:
        for constant, value in vars(saga.constants).items():
            if constant.isupper() and not hasattr(module, constant):
                setattr(module, constant, value)
    for part in WITHIN.get(name, ()):
        # A package of ours may have something else under that name: `setattr` only what is new.
        found = importlib.import_module(f"{PREFIX}{name}.{part}")
        if not hasattr(module, part):
            setattr(module, part, found)


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
