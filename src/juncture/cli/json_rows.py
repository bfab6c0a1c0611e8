"""A JSON array on standard output that is written as its items are found.

Whoever reads it line by line has each item on a line of its own; whoever reads it whole has one
document. It is closed whatever ends the command, and nothing is written before its first item.
"""

from __future__ import annotations

import sys
from json import JSONEncoder

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from typing_extensions import Self

encoded = JSONEncoder().encode


class Rows:
    """The array; a context manager, the end of which is its own."""

    def __init__(self) -> None:
        self._is_begun = False

    def begin(self) -> None:
        """Write what goes before an item; who writes the item by itself calls this."""
        sys.stdout.write(",\n  " if self._is_begun else "[\n  ")
        self._is_begun = True

    def add(self, item: Any) -> None:
        """Write an item."""
        self.begin()
        sys.stdout.write(encoded(item))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: object, error: BaseException | None, _: object) -> None:
        if isinstance(error, BrokenPipeError):
            return
        if self._is_begun:
            sys.stdout.write("\n]\n")
        elif error is None:
            sys.stdout.write("[]\n")
