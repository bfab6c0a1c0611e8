"""Which flags a call takes, and what they say (GFD.90, sections 4.2 and 4.3).

CREATE_PARENTS and EXCLUSIVE speak of what CREATE makes; TRUNCATE, APPEND and what creates need
WRITE, and bring it along where the caller named neither READ nor WRITE.
"""

from __future__ import annotations

from juncture.saga import constants
from juncture.saga.constants import (
    APPEND,
    BINARY,
    CREATE,
    CREATE_PARENTS,
    DEREFERENCE,
    EXCLUSIVE,
    LOCK,
    OVERWRITE,
    READ,
    READ_WRITE,
    RECURSIVE,
    TRUNCATE,
    WRITE,
)
from juncture.saga.exceptions import BadParameter

_NAMES = {
    getattr(constants, name): name
    for name in (
        *("OVERWRITE", "RECURSIVE", "DEREFERENCE", "CREATE", "EXCLUSIVE", "LOCK"),
        *("CREATE_PARENTS", "TRUNCATE", "APPEND", "READ", "WRITE", "BINARY"),
    )
}

_OPEN = CREATE | EXCLUSIVE | CREATE_PARENTS | LOCK | READ_WRITE | DEREFERENCE
OPEN_FILE = _OPEN | TRUNCATE | APPEND | BINARY
OPEN_DIRECTORY = _OPEN
COPY = OVERWRITE | RECURSIVE | DEREFERENCE | CREATE_PARENTS | BINARY
SYNC = DEREFERENCE | CREATE_PARENTS | RECURSIVE | OVERWRITE | BINARY
LINK = OVERWRITE | CREATE_PARENTS | DEREFERENCE
REMOVE = RECURSIVE | DEREFERENCE
MAKE = CREATE_PARENTS | EXCLUSIVE | CREATE
LIST = RECURSIVE | DEREFERENCE
WRITING = APPEND | TRUNCATE | BINARY
PERMISSIONS = RECURSIVE | DEREFERENCE


def check(flags: object, allowed: int, method: str) -> int:
    """Return flags that a call takes; None means none of them.

    Raises:
        BadParameter: they are no flags, or the call has no use for one of them.
    """
    if flags is None:
        return 0
    if not isinstance(flags, int) or flags < 0:
        raise BadParameter(f"flags of `{method}` are numbers joined with `|`, found {flags!r}")
    wrong = flags & ~allowed
    if wrong:
        known = ", ".join(name for flag, name in _NAMES.items() if flag & allowed)
        raise BadParameter(
            f"`{method}` has no use for {named(wrong)}", hint=f"it takes {known or 'no flags'}"
        )
    return flags


def named(flags: int) -> str:
    """Return the names of flags, for a message."""
    names = [f"`{name}`" for flag, name in _NAMES.items() if flags & flag]
    unknown = flags & ~sum(_NAMES)
    return " and ".join([*names, *([str(unknown)] if unknown else [])])


def opening(flags: object, allowed: int) -> int:
    """Return the flags with which something is opened, with what they bring along.

    Raises:
        BadParameter: they contradict each other, or are none for this.
    """
    flags = check(flags, allowed, "open")
    if flags & CREATE_PARENTS:
        flags |= CREATE
    if flags & EXCLUSIVE and not flags & CREATE:
        raise BadParameter("`EXCLUSIVE` goes with `CREATE`: what is not made cannot be new")
    changes = flags & (TRUNCATE | APPEND)
    if changes and flags & READ_WRITE == READ:
        raise BadParameter(
            f"{named(changes)} changes a file that is opened for reading alone",
            hint="add `WRITE`, or give `READ_WRITE`",
        )
    if changes | flags & CREATE and not flags & READ_WRITE:
        flags |= WRITE
    return flags
