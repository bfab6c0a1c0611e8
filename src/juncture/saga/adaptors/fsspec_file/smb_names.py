"""Names that SMB has not (MS-FSCC, 2.1.5), or that servers change without a word."""

from __future__ import annotations

_NEVER = frozenset('"*:<>?\\|') | frozenset(map(chr, range(32)))
_DEVICES = frozenset(("con", "prn", "aux", "nul")) | {
    f"{device}{number}" for device in ("com", "lpt") for number in range(1, 10)
}


def why_never(path: str) -> str:
    """Return why nothing can have this path, or an empty text."""
    for part in path.split("/"):
        if bad := _NEVER.intersection(part):
            return f"{min(bad)!r} is in it"
        if part.endswith((".", " ")):
            return "a dot or a blank is at the end"
        if part.partition(".")[0].lower() in _DEVICES:
            return "it is that of a device"
        if any("\ud800" <= letter <= "\udfff" for letter in part):
            return "it is no Unicode"
    return ""
