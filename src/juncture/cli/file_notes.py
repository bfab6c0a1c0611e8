"""Notes of directories that are being copied, so that the same command goes on where it stopped.

`cp -r a b` makes `b` if it is not there, and `b/a` if it is: without a note, the second attempt
would be another copy. A note is a file in the folder of the notes of large copies, named after
source and target as they were given; it says which directory the content goes to. It is there while
a copy is under way or was not done, holds no secret, and counts for a week.
"""

from __future__ import annotations

import hashlib
import os
import time
from contextlib import suppress
from functools import partial

from juncture.saga.exceptions import SagaException
from juncture.saga.storage import resume, resumed
from juncture.saga.storage.values import DIRECTORY

TYPE_CHECKING = False
if TYPE_CHECKING:
    from juncture.cli.file_places import Name
    from juncture.saga.storage.transfer import Request

_COUNTS_S = 7 * 86400
_END = ".tree"


class Notes:
    """The notes of the sources of one command.

    Args:
        target: What stands at the end of the command line.
    """

    def __init__(self, target: Name) -> None:
        self._target = target
        self._resumed: set[str] = set()

    def begun(self, source: Name) -> Name | None:
        """Return where an earlier attempt was copying a source to; None: there was none."""
        path = self._path(source)
        try:
            with open(path, "rb") as note:
                folder = note.read().decode("utf-8", "surrogateescape")
            is_old = not 0 <= time.time() - os.stat(path).st_mtime < _COUNTS_S
        except OSError:
            return None
        target = self._target
        known = {target.path: target, target.below(source.place.name).path: None}
        if is_old or folder not in known:
            return None
        found = known[folder] or target.below(source.place.name)
        try:
            if found.stat().kind != DIRECTORY:
                return None
        except SagaException:
            return None  # it was removed: the copy begins anew
        self._resumed.add(path)
        return found

    def begin(self, source: Name, target: Name, request: Request, checksum: str | None) -> None:
        """Leave a note, and have a copy that was begun go on: only what differs is copied."""
        path = self._path(source)
        with suppress(SagaException):
            if source.stat(follow=request.dereference).kind != DIRECTORY:
                return
        if path in self._resumed:
            request.walk = partial(resumed.only_changed, checksum=checksum)
        with suppress(OSError):  # without a place for notes nothing is resumed
            os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
            number = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
            with os.fdopen(number, "wb") as note:
                note.write(target.path.encode("utf-8", "surrogateescape"))

    def end(self, source: Name, request: Request) -> None:
        """Take the note away: all is copied."""
        path = self._path(source)
        if path in self._resumed:
            resumed.settle(request)
        with suppress(OSError):
            os.unlink(path)

    def _path(self, source: Name) -> str:
        names = (source.store.name, source.path, self._target.store.name, self._target.path)
        text = "\0".join(names).encode("utf-8", "surrogateescape")
        return os.path.join(resume.folder(), hashlib.sha256(text).hexdigest() + _END)
