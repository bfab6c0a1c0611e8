"""Have the reference show every form of a call that is declared several times.

griffe, which reads the sources for mkdocstrings, knows `typing.overload` by its name. Ours is
`juncture._util.typed.overload`, so that nothing imports `typing`; to griffe it is a function like
another, and the last definition of a method would hide the rest.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from griffe import Extension

if TYPE_CHECKING:
    from typing import Any

    from griffe import Function

OURS = "juncture._util.typed.overload"


class Overloads(Extension):
    """Collects the overloads of each function, and gives them to its definition."""

    def __init__(self) -> None:
        self._declared: dict[str, list[Function]] = {}

    def on_function_instance(self, *, func: Function, **_: Any) -> None:
        """Take an overload, or a definition that has some."""
        if any(each.callable_path == OURS for each in func.decorators):
            self._declared.setdefault(func.path, []).append(func)
        else:
            func.overloads = self._declared.pop(func.path, None) or func.overloads
