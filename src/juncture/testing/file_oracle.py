"""What a test of files looks at instead of asking the adaptor: another way to the same directory.

An adopter who has one gives it to the kit as the fixture `oracle`: any object with these methods.
`FolderOracle` is for directories that this host sees, too. Nothing here may use `juncture.saga`.
"""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Protocol

    class Oracle(Protocol):
        """The directory under test behind the adaptor's back; paths are relative to it."""

        def put(self, path: str, data: bytes) -> None:
            """Write a file; directories that are missing are made."""
            ...

        def get(self, path: str) -> bytes:
            """Return what is in a file."""
            ...

        def names(self, folder: str) -> list[str]:
            """Return the names in a directory, in any order; an empty text: the one under test."""
            ...


class FolderOracle:
    """A directory of this host.

    Args:
        path: Where it is.
        uid: The number of the user who is to own what is put there; None: whoever runs this.
    """

    def __init__(self, path: str | os.PathLike[str], uid: int | None = None) -> None:
        self.path = os.fspath(path)
        self.uid = uid

    def put(self, path: str, data: bytes) -> None:
        """Write a file; directories that are missing are made."""
        above = self.path
        for part in path.split("/")[:-1]:
            above = os.path.join(above, part)
            if not os.path.isdir(above):
                os.mkdir(above)
                self._own(above)
        place = os.path.join(self.path, path)
        with open(place, "wb") as file:
            file.write(data)
        self._own(place)

    def get(self, path: str) -> bytes:
        """Return what is in a file."""
        with open(os.path.join(self.path, path), "rb") as file:
            return file.read()

    def names(self, folder: str) -> list[str]:
        """Return the names in a directory."""
        return os.listdir(os.path.join(self.path, folder))

    def _own(self, place: str) -> None:
        if self.uid is not None:
            os.chown(place, self.uid, -1)
