"""Which adaptors there are: load a module, keep what it offers, or why it cannot be used.

A module that cannot be imported, made, checked or validated is kept with its reason and hides no
other. Adaptors for one type and scheme are tried in the order: registered by the program, listed in
the configuration, shipped, entry point; within these in the order in which they came.
"""

from __future__ import annotations

import os
import sys

from juncture.saga.cpi import base, options
from juncture.saga.cpi.decorators import ASYNC_SUFFIX
from juncture.saga.engine import known, validation
from juncture.saga.exceptions import BadParameter, NoSuccess, SagaException

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from juncture.saga.cpi.base import AdaptorBase, Base

PROGRAM, CONFIGURED, SHIPPED, ENTRY_POINT = range(4)


class Entry:
    """One adaptor class that serves one API type."""

    __slots__ = ("adaptor", "cpi_class", "origin")

    def __init__(self, adaptor: AdaptorBase, cpi_class: type[Base], origin: int) -> None:
        self.adaptor = adaptor
        self.cpi_class = cpi_class
        self.origin = origin

    def __repr__(self) -> str:
        return f"{self.cpi_class.__module__}.{self.cpi_class.__name__}"


class Record:
    """One adaptor module: usable, or why not."""

    __slots__ = (
        "adaptor",
        "error",
        "module",
        "name",
        "notes",
        "origin",
        "report",
        "schemas",
        "why_not",
    )

    def __init__(self, module: str, origin: int) -> None:
        self.module = module
        self.name = module
        self.origin = origin
        self.adaptor: AdaptorBase | None = None
        self.error: SagaException | None = None
        self.report: validation.Report | None = None
        self.schemas: list[str] = []
        self.notes: list[str] = []
        self.why_not = ""
        """Why it cannot be used, and what to do about it; or an empty string."""

    @property
    def usable(self) -> bool:
        """Whether objects can be bound to it."""
        return self.error is None

    def as_dict(self) -> dict[str, Any]:
        """Return what a person may want to know, as plain values."""
        declared = self.adaptor.option_declarations if self.adaptor else {}
        return {
            "name": self.name,
            "module": self.module,
            "version": self.adaptor.info.version if self.adaptor else "",
            "schemes": self.schemas,
            "types": [cpi.type for cpi in self.adaptor.info.cpis] if self.adaptor else [],
            "usable": self.usable,
            "why_not": self.why_not,
            "notes": [*self.notes, *(self.adaptor.opts.unknown_settings() if self.adaptor else ())],
            "needs": self.adaptor.needs() if self.adaptor and self.usable else {},
            "missing": dict(self.report.missing) if self.report else {},
            "options": [
                {
                    "name": each.name,
                    "type": each.type.__name__,
                    "default": each.default,
                    "valid_options": list(each.valid_options),
                    "env_variable": each.env_variable,
                    "documentation": each.documentation,
                }
                for each in declared.values()
            ],
        }


class Registry:
    """The adaptors that were loaded; the engine's lock guards it."""

    def __init__(self) -> None:
        self.classes: dict[str, dict[str, list[Entry]]] = {}
        """API type -> scheme -> classes in the order in which they are tried."""
        self.records: dict[str, Record] = {}
        self._configured = False
        self._scanned: set[str] = set()
        self._found: dict[tuple[str, str], tuple[Entry, ...]] = {}

    def find(self, api_type: str, scheme: str) -> tuple[Entry, ...]:
        """Return the classes for a type and a scheme, having loaded what may have some."""
        if base.announced:
            self.take_announced()
        found = self._found.get((api_type, scheme))
        if found is None:
            found = tuple(self._look_for(api_type, scheme))
            if found:  # what is not there yet may be registered later
                self._found[api_type, scheme] = found
        return found

    def _look_for(self, api_type: str, scheme: str) -> list[Entry]:
        self.load_configured()
        for module in self.known_modules(api_type, scheme):
            self.load(module, SHIPPED)
        found = self.classes.get(api_type, {}).get(scheme, [])
        if not found and scheme not in self._scanned:
            self._scanned.add(scheme)
            self.load_entry_points(scheme)
            found = self.classes.get(api_type, {}).get(scheme, [])
        return found

    @staticmethod
    def known_modules(api_type: str, scheme: str) -> tuple[str, ...]:
        """Return the shipped modules for a type and a scheme."""
        return known.KNOWN.get(api_type.partition(".")[0], {}).get(scheme, ())

    def unusable(self, api_type: str, scheme: str) -> list[Record]:
        """Return the adaptors which would serve a type and a scheme, and cannot be used."""
        shipped = self.known_modules(api_type, scheme)
        return [
            record
            for record in self.records.values()
            if not record.usable and (record.module in shipped or scheme in record.schemas)
        ]

    def schemes(self, api_type: str) -> list[str]:
        """Return the schemes that a type is served for, as far as that is known without loading."""
        served = set(self.classes.get(api_type, {}))
        for scheme, modules in known.KNOWN.get(api_type.partition(".")[0], {}).items():
            if not all(module in self.records for module in modules):
                served.add(scheme)
        return sorted(served)

    def serving(self, scheme: str) -> list[str]:
        """Return the API packages that have a scheme, as far as that is known without loading."""
        loaded = {kind for kind, schemes in self.classes.items() if scheme in schemes}
        types = [*known.KNOWN, *sorted(loaded)]
        return list(
            dict.fromkeys(kind.partition(".")[0] for kind in types if scheme in self.schemes(kind))
        )

    def load_all(self) -> None:
        """Load everything there is, for a listing."""
        self.take_announced()
        self.load_configured()
        for schemes in known.KNOWN.values():
            for modules in schemes.values():
                for module in modules:
                    self.load(module, SHIPPED)
        self.load_entry_points(None)

    def load_configured(self) -> None:
        """Load the modules that the configuration and the environment name, once."""
        if self._configured:
            return
        self._configured = True
        names = [name for name in os.environ.get(known.VARIABLE, "").split(":") if name]
        for path, content in options.read_files():
            listed = content.get(known.FILE_KEY, [])
            if not isinstance(listed, list):
                raise BadParameter(f"`{known.FILE_KEY}` in `{path}` is a list, found {listed!r}")
            names += [str(name) for name in listed]  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
        for name in names:
            self.load(name, CONFIGURED)

    def load_entry_points(self, scheme: str | None) -> None:
        """Load the entry points named after a scheme, or all of them when there is none such.

        `scheme.anything` is named after it, too: names of a distribution are unique.
        """
        from importlib.metadata import entry_points

        points = list(entry_points(group=known.ENTRY_POINTS))
        named = [each for each in points if f"{each.name}.".startswith(f"{scheme}.")]
        for point in named or points:
            self.load(point.value.partition(":")[0], ENTRY_POINT)

    def load(self, module: str, origin: int) -> Record:
        """Import an adaptor module and keep what it offers, or why it cannot be used."""
        record = self.records.get(module)
        if record is not None:
            return record
        record = self.records[module] = Record(module, origin)
        try:
            __import__(module)
            self._admit(record, sys.modules[module].Adaptor())
        except (Exception, SystemExit) as error:  # noqa: BLE001 - a broken adaptor hides no other
            self._refuse(record, error)
        return record

    def take_announced(self) -> None:
        """Admit the adaptors that were made without the engine."""
        while base.announced:
            adaptor = base.announced.pop(0)
            module = type(adaptor).__module__
            if any(record.adaptor is adaptor for record in self.records.values()):
                continue
            name = module if module not in self.records else f"{module}.{type(adaptor).__name__}"
            record = self.records[name] = Record(name, PROGRAM)
            try:
                self._admit(record, adaptor)
            except Exception as error:  # noqa: BLE001 - as in `load`
                self._refuse(record, error)

    def _admit(self, record: Record, adaptor: AdaptorBase) -> None:
        if adaptor in base.announced:
            base.announced.remove(adaptor)
        names = dict.fromkeys([record.module, type(adaptor).__module__])
        modules = [sys.modules[name] for name in names if name in sys.modules]
        record.report = validation.validate(adaptor, *modules)
        if record.report.faults and not hasattr(adaptor, "_info"):
            raise BadParameter("; ".join(record.report.faults))
        record.adaptor = adaptor
        record.name = adaptor.get_name()
        record.schemas = adaptor.get_schemas()
        record.notes = record.report.notes
        if record.report.faults:
            raise BadParameter("; ".join(record.report.faults))
        adaptor.sanity_check()
        self._log(record)
        self._found.clear()
        for declared, cpi_class in record.report.classes:
            entry = Entry(adaptor, cpi_class, record.origin)
            for scheme in declared.schemas:
                entries = self.classes.setdefault(declared.type, {}).setdefault(scheme, [])
                entries.append(entry)
                entries.sort(key=lambda each: each.origin)

    @staticmethod
    def _refuse(record: Record, error: BaseException) -> None:
        why = str(error) or type(error).__name__
        if not isinstance(error, SagaException):
            why = f"{type(error).__name__}: {why}"
        hint = getattr(error, "hint", "")
        record.error = NoSuccess(
            f"the adaptor `{record.name}` cannot be used: {why}",
            error,
            hint=hint,
            adaptor=record.name,
        )
        record.why_not = f"{why} ({hint})" if hint else why
        import logging

        # An adaptor that works may decline to work here; one that does not work is an error.
        report = record.report
        declined = record.adaptor is not None and report is not None and not report.faults
        level = logging.INFO if declined else logging.ERROR
        logging.getLogger(__name__).log(level, "%s", record.error)

    @staticmethod
    def _log(record: Record) -> None:
        if not record.notes:
            return
        import logging

        logger = logging.getLogger(__name__)
        for note in record.notes:
            logger.warning("the adaptor `%s`: %s", record.name, note)


def has_async(cpi_class: type[Base], method: str) -> bool:
    """Say whether an adaptor class has the asynchronous form of a method."""
    return hasattr(cpi_class, method + ASYNC_SUFFIX)
