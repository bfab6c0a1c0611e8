"""Files and folders of files (GFD.90, section 4.3)."""

from __future__ import annotations

from juncture.saga.constants import (
    APPEND,
    BINARY,
    CREATE,
    CREATE_PARENTS,
    CURRENT,
    DEREFERENCE,
    END,
    EXCLUSIVE,
    LOCK,
    OVERWRITE,
    READ,
    READ_WRITE,
    RECURSIVE,
    START,
    TRUNCATE,
    WRITE,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from juncture.saga.filesystem.directory import Directory
    from juncture.saga.filesystem.file import File

_ROOMS = {"Directory": "directory", "File": "file"}

__all__ = [
    "APPEND",
    "BINARY",
    "CREATE",
    "CREATE_PARENTS",
    "CURRENT",
    "DEREFERENCE",
    "END",
    "EXCLUSIVE",
    "LOCK",
    "OVERWRITE",
    "READ",
    "READ_WRITE",
    "RECURSIVE",
    "START",
    "TRUNCATE",
    "WRITE",
    "Directory",
    "File",
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
