"""Public names of a package that are imported when they are first used (PEP 562).

`__getattr__, __dir__ = lazy_names(globals(), _ROOMS)` in a package's `__init__`; what type checkers
see is imported there under `TYPE_CHECKING`.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any


def lazy_names(
    package: dict[str, Any], rooms: Mapping[str, str]
) -> tuple[Callable[[str], object], Callable[[], list[str]]]:
    """Return the `__getattr__` and `__dir__` of a package.

    Args:
        package: Its globals, which have `__all__`; what was found is kept there.
        rooms: `{name: module of the package that has it}`.
    """
    path = package["__name__"]

    def find(name: str) -> object:
        room = rooms.get(name)
        if room is None:
            raise AttributeError(f"module {path!r} has no attribute {name!r}")
        value = getattr(__import__(f"{path}.{room}", fromlist=(name,)), name)
        package[name] = value
        return value

    def names() -> list[str]:
        return sorted({*package, *package["__all__"]})

    return find, names
