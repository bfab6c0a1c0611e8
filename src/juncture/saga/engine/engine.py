# pyright: reportPrivateUsage=false
"""The engine: which adaptor serves this API object, and what adaptors there are.

One engine a process. It loads adaptor modules when a scheme is first used, binds API objects to
them, and lists them. It may be used from any thread; adaptors are loaded by one thread at a time.
"""

from __future__ import annotations

import threading

from juncture.saga.constants import NOTASK
from juncture.saga.cpi.base import AdaptorBase, Base, Singleton
from juncture.saga.cpi.declaration import type_name
from juncture.saga.engine import known
from juncture.saga.engine.binding import AsyncBinding, bind, check_type, most_specific
from juncture.saga.engine.registry import PROGRAM, Registry
from juncture.saga.exceptions import BadParameter, DoesNotExist, IncorrectURL, NoSuccess
from juncture.saga.task.task import with_type

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from juncture.saga.engine.registry import Entry


class Engine(metaclass=Singleton):
    """The one engine of the process; calling the class returns it."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._registry = Registry()

    def get_adaptor(
        self,
        api: Any,
        ctype: str,
        scheme: str,
        ttype: int | None = NOTASK,
        preferred: Any = None,
        *arguments: Any,
    ) -> Any:
        """Bind an API object; the arguments are those of its constructor.

        Args:
            api: The API object.
            ctype: Its type, as `rs.job.Service`.
            scheme: The scheme of its URL.
            ttype: None to have it bound on return; else a task that ends with the API object
                comes back.
            preferred: An adaptor or its name: then no other is tried. None tries each.
            *arguments: Passed to `init_instance`.

        Returns:
            The adaptor class instance, or the task.

        Raises:
            IncorrectURL: no adaptor serves the type and scheme.
            SagaException: each adaptor declined; `exceptions` lists them all with their reasons.
        """
        return self.bind_adaptor(api, ctype, scheme, ttype, preferred, None, *arguments)

    def bind_adaptor(  # noqa: PLR0917 - the order that adaptors and API classes know
        self,
        api: Any,
        ctype: str,
        scheme: str,
        ttype: int | None = NOTASK,
        preferred_adaptor: Any = None,
        adaptor_state: dict[str, Any] | None = None,
        *arguments: Any,
    ) -> Any:
        """Bind an API object; with an adaptor state, that is all `init_instance` receives."""
        api_type = type_name(ctype)
        entries = self._candidates(api_type, scheme.lower(), preferred_adaptor)
        passed = arguments if adaptor_state is None else (adaptor_state,)
        if ttype is None:
            return bind(api, entries, passed)
        check_type(ttype)
        return with_type(AsyncBinding(api, entries, passed, ttype).task, ttype)

    def adaptors_for(self, ctype: str, scheme: str) -> list[AdaptorBase]:
        """Return the adaptors that serve a type and a scheme, in order.

        Raises:
            IncorrectURL: none does.
        """
        found = self._candidates(type_name(ctype), scheme.lower(), None)
        return [entry.adaptor for entry in found]

    def find_adaptors(self, ctype: str, scheme: str) -> list[str]:
        """Return the names of the adaptors that serve a type and a scheme, in order."""
        with self._lock:
            found = self._registry.find(type_name(ctype), scheme.lower())
            return [entry.adaptor.get_name() for entry in found]

    def get_adaptor_instance(self, name: str) -> AdaptorBase:
        """Return a loaded adaptor by name.

        Raises:
            DoesNotExist: none of that name is loaded.
        """
        with self._lock:
            self._registry.take_announced()
            for record in self._registry.records.values():
                if record.adaptor is not None and record.name == name:
                    return record.adaptor
        raise DoesNotExist(
            f"no adaptor `{name}` is loaded", hint="`juncture adaptor list` shows all"
        )

    def register_adaptor(self, adaptor: Any) -> AdaptorBase:
        """Load an adaptor from a module, a module's name, or a class, before any that were found.

        Raises:
            BadParameter: it is none of these.
            NoSuccess: it cannot be used; the message says why.
        """
        with self._lock:
            if isinstance(adaptor, type):
                made: AdaptorBase = adaptor()
                self._registry.take_announced()
                records = self._registry.records.values()
                record = next((each for each in records if each.adaptor is made), None)
            else:
                name = adaptor if isinstance(adaptor, str) else getattr(adaptor, "__name__", None)
                if not isinstance(name, str):
                    raise BadParameter(f"an adaptor is a module, its name or a class: {adaptor!r}")
                record = self._registry.load(name, PROGRAM)
        if record is None or record.adaptor is None or record.error is not None:
            raise (record and record.error) or NoSuccess(f"the adaptor {adaptor!r} was not loaded")
        return record.adaptor

    def adaptors(self) -> list[dict[str, Any]]:
        """Return what there is to know of each adaptor, after loading all: for people, and slow.

        Returns:
            Dictionaries with name, module, version, schemes, types, usable, why_not, notes, missing
            (class name -> methods it leaves out) and options.
        """
        with self._lock:
            self._registry.load_all()
            return [record.as_dict() for record in self._registry.records.values()]

    def loaded_adaptors(self) -> dict[str, dict[str, list[Entry]]]:
        """Return the registry: `rs.job.Service` -> scheme -> classes, first tried first."""
        with self._lock:
            self._registry.take_announced()
            return {
                f"rs.{api_type}": {scheme: list(entries) for scheme, entries in schemes.items()}
                for api_type, schemes in self._registry.classes.items()
            }

    @property
    def _adaptor_registry(self) -> dict[str, dict[str, list[Entry]]]:
        return self.loaded_adaptors()

    def _candidates(self, api_type: str, scheme: str, preferred: Any) -> Sequence[Entry]:
        if isinstance(preferred, Base):
            preferred = preferred._adaptor
        with self._lock:
            found = self._registry.find(api_type, scheme)
        if preferred is not None:
            found = tuple(
                entry
                for entry in found
                if preferred is entry.adaptor or preferred == entry.adaptor.get_name()
            )
        if not found:
            raise self._nobody(api_type, scheme, preferred)
        return found

    def _nobody(self, api_type: str, scheme: str, preferred: Any) -> Exception:
        by = ""
        if preferred is not None:
            by = preferred.get_name() if isinstance(preferred, AdaptorBase) else preferred
        with self._lock:
            broken = self._registry.unusable(api_type, scheme)
            schemes = self._registry.schemes(api_type)
        who = f"the adaptor `{by}` does not serve" if by else "no adaptor serves"
        why = "" if by else self._why_not(api_type, scheme)
        what = f"the scheme `{scheme}`" if scheme else "an empty scheme"
        hint = _others(scheme, schemes)
        if broken:
            hint = "; ".join(
                f"the adaptor `{record.name}` cannot be used: {record.why_not}" for record in broken
            )
        elif not scheme and api_type != "Context":
            hint = f"write `scheme://` before the rest; {hint}"
        failure = IncorrectURL(f"{who} `{api_type}` for {what}{why and f': {why}'}", hint=hint)
        return most_specific([failure, *(record.error for record in broken if record.error)])

    def _why_not(self, api_type: str, scheme: str) -> str:
        """Return what a scheme that does not serve a type is instead, or an empty text."""
        package = api_type.partition(".")[0]
        own = {"filesystem", "namespace"} if package in {"filesystem", "namespace"} else {package}
        if "filesystem" in own and scheme in known.UNSERVED:
            return known.UNSERVED[scheme]
        with self._lock:
            others = [each for each in self._registry.serving(scheme) if each not in own]
        nouns = [known.NOUNS[each] for each in others if each in known.NOUNS]
        return f"it is a scheme of {', '.join(nouns)}" if nouns else ""


def getEngine() -> Engine:  # noqa: N802 - SAGA's own name
    """Return the one engine of the process."""
    return Engine()


def _others(scheme: str, schemes: list[str]) -> str:
    from difflib import get_close_matches

    listed = "`juncture adaptor list` shows what there is"
    near = get_close_matches(scheme, schemes, n=1)
    return f"`{near[0]}` is the nearest; {listed}" if near else listed
