"""One name for many copies of a file (GFD.90, section 4.4)."""

from __future__ import annotations

from juncture.saga.constants import (
    CREATE,
    CREATE_PARENTS,
    DEREFERENCE,
    EXCLUSIVE,
    LOCK,
    OVERWRITE,
    READ,
    READ_WRITE,
    RECURSIVE,
    WRITE,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from juncture.saga.replica.directory import LogicalDirectory
    from juncture.saga.replica.file import LogicalFile

_ROOMS = {"LogicalDirectory": "directory", "LogicalFile": "file"}

__all__ = [
    "CREATE",
    "CREATE_PARENTS",
    "DEREFERENCE",
    "EXCLUSIVE",
    "LOCK",
    "OVERWRITE",
    "READ",
    "READ_WRITE",
    "RECURSIVE",
    "WRITE",
    "LogicalDirectory",
    "LogicalFile",
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
