"""`overload` for modules that cannot afford `typing` when they are imported.

Type checkers see `typing.overload`; the interpreter sees a function that does nothing.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import overload
else:

    def overload(declared):  # noqa: ANN001, ANN202 - the other branch has its types
        """Return what is decorated, which the real definition replaces."""
        return declared


__all__ = ["overload"]
