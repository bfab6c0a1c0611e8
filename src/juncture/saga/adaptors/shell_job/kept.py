"""What a host keeps of a job for those who find it again: one line of JSON.

The working directory and the local files in it are absolute, since whoever finds the job may be
elsewhere. Files are brought by clients on the machine whose paths they are, and by no other.
"""

from __future__ import annotations

import os

from juncture.saga.adaptors.shell_job.staging import Directive
from juncture.saga.exceptions import SagaException
from juncture.saga.job.description import Description

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any


class Kept:
    """What was kept of a job.

    Args:
        description: What it was made from.
        folder: Its working directory, absolute.
        directives: The files that are to be brought here when it has ended.
    """

    __slots__ = ("description", "directives", "folder")

    def __init__(self, description: Description, folder: str, directives: list[Directive]) -> None:
        self.description = description
        self.folder = folder
        self.directives = directives


def write(jd: Description, folder: str, directives: Iterable[Directive]) -> str:
    """Return the line that is to be kept of a job."""
    import json

    kept: dict[str, Any] = {"description": jd.as_dict(), "folder": folder}
    files = [(each.local, each.remote, each.append) for each in directives if not each.to_host]
    if files:
        kept.update(client=os.uname().nodename, files=files)
    return json.dumps(kept, default=str)


def read(line: str) -> Kept | None:
    """Return what was kept of a job, or None when it was removed or cannot be read."""
    import json

    try:
        kept: dict[str, Any] = json.loads(line)
        is_mine = kept.get("client") == os.uname().nodename
        files: list[tuple[str, str, bool]] = kept["files"] if is_mine else []
        return Kept(
            Description(kept["description"]),
            kept["folder"],
            [
                Directive(local, remote, to_host=False, append=append)
                for local, remote, append in files
            ],
        )
    except (ValueError, TypeError, AttributeError, LookupError, SagaException):
        return None
