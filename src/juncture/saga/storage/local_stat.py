"""From the operating system's `stat` to ours; names of accounts are looked up once each."""

from __future__ import annotations

import grp
import pwd
import stat as modes

from juncture.saga.storage.values import DIRECTORY, FILE, LINK, OTHER, Stat

TYPE_CHECKING = False
if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Sequence

_BY_FORMAT = {modes.S_IFREG: FILE, modes.S_IFDIR: DIRECTORY, modes.S_IFLNK: LINK}
_users: dict[int, str] = {}
_groups: dict[int, str] = {}


def from_system(found: os.stat_result) -> Stat:
    """Return all that is known of a name."""
    mode = found.st_mode
    kind = _BY_FORMAT.get(modes.S_IFMT(mode), OTHER)
    return Stat(
        kind,
        None if kind in {DIRECTORY, LINK} else found.st_size,
        found.st_mtime,
        modes.S_IMODE(mode),
        _users.get(found.st_uid) or _name(found.st_uid, _users, pwd.getpwuid),
        _groups.get(found.st_gid) or _name(found.st_gid, _groups, grp.getgrgid),
    )


def _name(number: int, known: dict[int, str], look_up: Callable[[int], Sequence[object]]) -> str:
    try:
        name = str(look_up(number)[0])
    except KeyError:
        name = str(number)
    known[number] = name
    return name
