"""From what an SFTP server says of a name to ours."""

from __future__ import annotations

import stat as modes

from juncture.saga.storage.values import DIRECTORY, FILE, LINK, OTHER, Stat

TYPE_CHECKING = False
if TYPE_CHECKING:
    from juncture.saga.storage.sftp_values import Attrs

_KINDS = {modes.S_IFREG: FILE, modes.S_IFDIR: DIRECTORY, modes.S_IFLNK: LINK, 0: FILE}


def from_server(attrs: Attrs) -> Stat:
    """Return what is known of a name; owners and groups are numbers still."""
    mode = attrs.mode
    kind = FILE if mode is None else _KINDS.get(modes.S_IFMT(mode), OTHER)
    return Stat(
        kind,
        attrs.size,
        None if attrs.mtime is None else float(attrs.mtime),
        None if mode is None else modes.S_IMODE(mode),
        None if attrs.uid is None else str(attrs.uid),
        None if attrs.gid is None else str(attrs.gid),
    )
