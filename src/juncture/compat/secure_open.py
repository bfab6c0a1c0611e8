"""Opening a file that only its owner may read."""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import IO, Any

_OWNER_ONLY = 0o600


def secure_open(
    path: str | os.PathLike[str],
    open_mode: str,
    encoding: str | None = None,
    newline: str | None = None,
    mask: int = 0,
) -> IO[Any]:
    """Open a file; if that makes it, only its owner may read and write it.

    Args:
        path: The file.
        open_mode: As for `open`.
        encoding: As for `open`.
        newline: As for `open`.
        mask: Permission bits to add to those of the owner.
    """

    def opener(name: str, flags: int) -> int:
        return os.open(name, flags, _OWNER_ONLY | mask)

    return open(path, open_mode, encoding=encoding, newline=newline, opener=opener)
