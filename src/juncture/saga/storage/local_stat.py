"""From the operating system's `stat` to ours; names of accounts are looked up once each."""

from __future__ import annotations

import grp
import pwd
import stat as modes

from juncture.saga.storage.values import DIRECTORY, FILE, LINK, OTHER, Stat

TYPE_CHECKING = False
if TYPE_CHECKING:
    import os

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
        _users.get(found.st_uid) or _user(found.st_uid),
        _groups.get(found.st_gid) or _group(found.st_gid),
    )


def _user(number: int) -> str:
    try:
        name = pwd.getpwuid(number).pw_name
    except KeyError:
        name = str(number)
    _users[number] = name
    return name


def _group(number: int) -> str:
    try:
        name = grp.getgrgid(number).gr_name
    except KeyError:
        name = str(number)
    _groups[number] = name
    return name
