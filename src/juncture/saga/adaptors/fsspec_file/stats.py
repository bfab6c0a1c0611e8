"""What fsspec's `info` and `ls` tell, as the `Stat` of a store.

Each file system has names of its own for the time of the last change and for what changes with the
content; what is not told is None.
"""

from __future__ import annotations

from datetime import datetime, timezone

from juncture.saga.storage.values import DIRECTORY, FILE, LINK, OTHER, Stat

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

_KINDS = {"file": FILE, "directory": DIRECTORY, "dir": DIRECTORY, "link": LINK, "symlink": LINK}
_TIMES = (
    *("mtime", "modified", "LastModified", "last_modified", "last_write_time", "updated"),
    *("modify", "server_modified", "modificationTime", "created"),
)
_VERSIONS = (
    *("ETag", "etag", "e_tag", "md5Hash", "md5", "content_hash", "sha", "hex", "oid", "version_id"),
    *("generation", "checksum", "CRC"),
)
_FTP_TIME = "%Y%m%d%H%M%S"
_MILLISECONDS = 1e11
"""Numbers above this are milliseconds: as seconds they are thousands of years away."""


def stat_of(info: dict[str, Any]) -> Stat:
    """Return what an entry of `info` or `ls` says."""
    kind = _KINDS.get(str(info.get("type")), OTHER)
    size = info.get("size")
    version = next((info[name] for name in _VERSIONS if info.get(name)), None)
    return Stat(
        kind,
        int(size) if isinstance(size, (int, float)) and kind != DIRECTORY else None,
        next((time for name in _TIMES if (time := seconds(info.get(name))) is not None), None),
        version=None if version is None or kind == DIRECTORY else str(version),
    )


def content_range(headers: Mapping[str, str]) -> tuple[int | None, int | None]:
    """Return the begin and the whole length that `Content-Range` tells, as far as it does."""
    unit, _, text = headers.get("Content-Range", "").partition(" ")
    extent, _, total = text.partition("/")
    begin = extent.partition("-")[0]
    if unit.lower() != "bytes":
        return None, None
    return (
        int(begin) if begin.isdecimal() else None,
        int(total) if total.isdecimal() else None,
    )


def seconds(value: Any) -> float | None:
    """Return a time in seconds since the epoch, or None when it is none that is known."""
    if isinstance(value, datetime):
        moment = value if value.tzinfo else value.replace(tzinfo=timezone.utc)
        return moment.timestamp()
    if isinstance(value, (int, float)):
        return value / 1000 if value > _MILLISECONDS else float(value)
    if isinstance(value, str) and value:
        return _parsed(value)
    return None


def _parsed(text: str) -> float | None:
    try:
        if text.replace(".", "", 1).isdigit():
            moment = datetime.strptime(text[:14], _FTP_TIME).replace(tzinfo=timezone.utc)
        elif "," in text:
            from email.utils import parsedate_to_datetime

            moment = parsedate_to_datetime(text)
        else:
            moment = datetime.fromisoformat(text.replace("Z", "+00:00"))
    except (ValueError, TypeError):
        return None
    return moment.timestamp()
