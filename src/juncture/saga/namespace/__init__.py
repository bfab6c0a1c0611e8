"""Names in a tree, whatever they stand for (GFD.90, section 4.2)."""

from __future__ import annotations

from juncture._util.lazy import lazy_names
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

__getattr__, __dir__ = lazy_names(globals(), _ROOMS)
