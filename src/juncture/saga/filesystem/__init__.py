"""Files and folders of files (GFD.90, section 4.3)."""

from __future__ import annotations

from juncture._util.lazy import lazy_names
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

__getattr__, __dir__ = lazy_names(globals(), _ROOMS)
