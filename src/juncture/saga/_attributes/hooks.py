"""What computes, checks or forwards the attribute values of one object."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any


class Hooks:
    """The hooks of one object; the global ones serve attributes without one of their own."""

    __slots__ = (
        "check",
        "getter",
        "global_caller",
        "global_getter",
        "global_lister",
        "global_setter",
        "setter",
    )

    def __init__(self) -> None:
        self.getter: dict[str, Callable[[], Any]] = {}
        self.setter: dict[str, Callable[[Any], object]] = {}
        self.check: dict[str, list[Callable[[Any], object]]] = {}
        self.global_getter: Callable[[str], Any] | None = None
        self.global_setter: Callable[[str, Any], object] | None = None
        self.global_lister: Callable[[], Any] | None = None
        self.global_caller: Callable[[str, int, Any], object] | None = None
