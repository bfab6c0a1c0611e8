"""A JSON array on standard output that is written as its items are found.

Whoever reads it line by line has each item on a line of its own; whoever reads it whole has one
document. It is closed whatever ends the command; only a mistake on the command line, or one of
ours, leaves nothing at all.
"""

from __future__ import annotations

import sys
from json import JSONEncoder

from juncture.errors import JunctureError, UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from typing_extensions import Self

encoded = JSONEncoder().encode


class Rows:
    """The array; a context manager, the end of which is its own."""

    def __init__(self) -> None:
        self._is_begun = False

    def begin(self) -> str:
        """Return what goes before an item; who writes the item by itself writes both at once."""
        if self._is_begun:
            return ",\n  "
        self._is_begun = True
        sys.stdout.write("[\n  ")
        return ""

    def add(self, item: Any) -> None:
        """Write an item."""
        text = encoded(item)
        sys.stdout.write(self.begin() + text)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: object, error: BaseException | None, _: object) -> None:
        if isinstance(error, BrokenPipeError):
            return
        if self._is_begun:
            sys.stdout.write("\n]\n")
        elif _is_told(error):
            sys.stdout.write("[]\n")


def _is_told(error: BaseException | None) -> bool:
    """Return whether the document is due although nothing is in it."""
    known = error is None or isinstance(error, (KeyboardInterrupt, JunctureError))
    return known and not isinstance(error, UsageError)
