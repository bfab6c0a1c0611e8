"""One name for many copies of a file (GFD.90, section 4.4)."""

from __future__ import annotations

from juncture._util.lazy import lazy_names
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

__getattr__, __dir__ = lazy_names(globals(), _ROOMS)
