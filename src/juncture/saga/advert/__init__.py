"""Small data under names, for a while (GFD.177)."""

from __future__ import annotations

from juncture._util.lazy import lazy_names
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

__getattr__, __dir__ = lazy_names(globals(), _ROOMS)
