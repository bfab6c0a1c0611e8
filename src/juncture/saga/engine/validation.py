"""Hold an adaptor's classes against their CPIs, when it is loaded.

A fault makes the adaptor unusable: a class that is not there, or derives from another CPI. A note
is for a person: a public method that looks like a misspelled one of the CPI, which would never be
called, or an asynchronous form without a task type. Methods that are left out are listed and no
fault.
"""

from __future__ import annotations

from juncture.saga.cpi.base import Base
from juncture.saga.cpi.decorators import ASYNC_SUFFIX, FORM, is_stub

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from juncture.saga.cpi.base import AdaptorBase
    from juncture.saga.cpi.declaration import CpiDeclaration

_CPI_MODULES = ("job", "context", "resource", "namespace", "filesystem", "replica", "advert")


class Report:
    """What was found about one adaptor."""

    __slots__ = ("classes", "faults", "missing", "notes")

    def __init__(self) -> None:
        self.faults: list[str] = []
        self.notes: list[str] = []
        self.missing: dict[str, list[str]] = {}
        """Class name -> CPI methods that it leaves out."""
        self.classes: list[tuple[CpiDeclaration, type[Base]]] = []


def validate(adaptor: AdaptorBase, *modules: Any) -> Report:
    """Return what is wrong and what is worth saying about the classes of an adaptor.

    Args:
        adaptor: The adaptor.
        *modules: Where its classes are looked for, the first one first.
    """
    report = Report()
    if not isinstance(adaptor, _adaptor_base()):
        report.faults.append("the class `Adaptor` does not derive from `cpi.AdaptorBase`")
        return report
    for declared in adaptor.info.cpis:
        places = (getattr(module, declared.class_name, None) for module in modules)
        found = next((each for each in places if each is not None), None)
        if not isinstance(found, type):
            report.faults.append(_no_class(declared, modules))
            continue
        expected = cpi_class(declared.type)
        if expected is None:
            report.faults.append(_no_type(declared))
        elif not issubclass(found, expected):
            report.faults.append(
                f"the class `{declared.class_name}` does not derive from `cpi.{expected.cpi_type}`"
            )
        else:
            report.classes.append((declared, found))
            _compare(found, report)
    return report


def cpi_class(api_type: str) -> type[Base] | None:
    """Return the CPI of an API type as `job.Service`, or None."""
    from juncture.saga import cpi

    room, _, name = api_type.rpartition(".")
    module = getattr(cpi, (room or name).lower(), None) if api_type else None
    found = getattr(module, name, None)
    return found if isinstance(found, type) and issubclass(found, Base) else None


def _compare(found: type[Base], report: Report) -> None:
    """Name what a class leaves out, and what it probably meant to have."""
    missing = sorted(name for name in found.cpi_methods if is_stub(getattr(found, name)))
    report.missing[found.__name__] = [
        name for name in missing if not hasattr(found, name + ASYNC_SUFFIX)
    ]
    known = found.cpi_methods
    for name, method in _own_methods(found):
        plain = name.removesuffix(ASYNC_SUFFIX)
        form = getattr(method, FORM, "")
        if form == "sync" and name.endswith(ASYNC_SUFFIX):
            report.notes.append(f"`{found.__name__}.{name}` is asynchronous and marked @SYNC")
        elif form == "async" and not name.endswith(ASYNC_SUFFIX):
            report.notes.append(
                f"`{found.__name__}.{name}` is marked @ASYNC, not named `{name}_async`"
            )
        elif name.endswith(ASYNC_SUFFIX) and plain in known and not _takes_type(method):
            report.notes.append(f"`{found.__name__}.{name}` does not take `ttype` first")
        if plain in known or (name.startswith("container_") and not form):
            continue
        near = _nearest(plain, missing)
        if near:
            report.notes.append(
                f"`{found.__name__}.{name}` is no method of `cpi.{found.cpi_type}`, "
                f"the nearest that is missing is `{near}`"
            )
        elif form:
            report.notes.append(
                f"`{found.__name__}.{name}` is marked @{form.upper()} and is no method of "
                f"`cpi.{found.cpi_type}`"
            )


def _own_methods(found: type[Base]) -> list[tuple[str, Any]]:
    return [
        (name, method)
        for cls in found.__mro__
        if "cpi_type" not in vars(cls) and cls is not object
        for name, method in vars(cls).items()
        if callable(method) and (not name.startswith("_") or hasattr(method, FORM))
    ]


def _takes_type(method: Any) -> bool:
    code = getattr(method, "__code__", None)
    return code is None or (code.co_argcount > 1 and code.co_varnames[1] == "ttype")


_NEAR = 0.8


def _nearest(name: str, names: list[str]) -> str:
    # The methods of a class that are no CPI's are compared too; most are far from every name, which
    # their letters alone show, and then `difflib` need not be imported.
    names = [other for other in names if _may_be_near(name, other)]
    if not names:
        return ""
    from difflib import get_close_matches

    near = get_close_matches(name, names, n=1, cutoff=_NEAR)
    return near[0] if near else ""


def _may_be_near(one: str, other: str) -> bool:
    """Say whether two names have as many letters in common as near ones must."""
    least = _NEAR * (len(one) + len(other))
    if 2 * min(len(one), len(other)) < least:
        return False
    common = sum(min(one.count(letter), other.count(letter)) for letter in {*one})
    return 2 * common >= least


def _no_class(declared: CpiDeclaration, modules: tuple[Any, ...]) -> str:
    near = _nearest(declared.class_name, [name for module in modules for name in dir(module)])
    return f"the class `{declared.class_name}` for `{declared.type}` is not in the module" + (
        f", the nearest name is `{near}`" if near else ""
    )


def _no_type(declared: CpiDeclaration) -> str:
    from juncture.saga import cpi

    names = ["Context"]
    for room in _CPI_MODULES:
        names += [
            f"{room}.{name}"
            for name in dir(getattr(cpi, room))
            if cpi_class(f"{room}.{name}") is not None and room != "context"
        ]
    near = _nearest(declared.type, names)
    return f"there is no API type `{declared.type}`" + (f", did you mean `{near}`" * bool(near))


def _adaptor_base() -> type:
    from juncture.saga.cpi.base import AdaptorBase

    return AdaptorBase
