"""What `typing` has, for modules that cannot afford to import it.

Type checkers see `typing`'s own; the interpreter sees names that do nothing.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Generic, overload

    from typing_extensions import TypeVar

    T_co = TypeVar("T_co", covariant=True, default=Any)
else:
    T_co = None

    def overload(declared):  # noqa: ANN001, ANN202 - the other branch has its types
        """Return what is decorated, which the real definition replaces."""
        return declared

    class Generic:
        """A base class: `Class[Type]` is the class itself."""

        __slots__ = ()

        def __class_getitem__(cls, _parameter):  # noqa: ANN001, ANN204 - as above
            return cls


__all__ = ["Generic", "T_co", "overload"]
