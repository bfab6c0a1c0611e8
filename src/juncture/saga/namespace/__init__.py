"""Names in a tree, whatever they stand for (GFD.90, section 4.2)."""

from __future__ import annotations

from juncture.saga.constants import (
    CREATE,
    CREATE_PARENTS,
    DEREFERENCE,
    EXCLUSIVE,
    LOCK,
    OVERWRITE,
    RECURSIVE,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from juncture.saga.namespace.directory import Directory
    from juncture.saga.namespace.entry import Entry

_ROOMS = {"Directory": "directory", "Entry": "entry"}

__all__ = [
    "CREATE",
    "CREATE_PARENTS",
    "DEREFERENCE",
    "EXCLUSIVE",
    "LOCK",
    "OVERWRITE",
    "RECURSIVE",
    "Directory",
    "Entry",
]


def __getattr__(name: str) -> object:
    room = _ROOMS.get(name)
    if room is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(__import__(f"{__name__}.{room}", fromlist=(name,)), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
