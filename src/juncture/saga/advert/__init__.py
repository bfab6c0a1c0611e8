"""Small data under names, for a while (GFD.177)."""

from __future__ import annotations

from juncture.saga.constants import (
    ATTRIBUTE,
    CHANGE,
    CREATE,
    CREATE_PARENTS,
    DELETE,
    DEREFERENCE,
    EXCLUSIVE,
    LOCK,
    NEW,
    OBJECT,
    OVERWRITE,
    READ,
    READ_WRITE,
    RECURSIVE,
    TRUNCATE,
    TTL,
    WRITE,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from juncture.saga.advert.directory import Directory
    from juncture.saga.advert.entry import Entry

_ROOMS = {"Directory": "directory", "Entry": "entry"}

__all__ = [
    "ATTRIBUTE",
    "CHANGE",
    "CREATE",
    "CREATE_PARENTS",
    "DELETE",
    "DEREFERENCE",
    "EXCLUSIVE",
    "LOCK",
    "NEW",
    "OBJECT",
    "OVERWRITE",
    "READ",
    "READ_WRITE",
    "RECURSIVE",
    "TRUNCATE",
    "TTL",
    "WRITE",
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
