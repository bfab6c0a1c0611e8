# mypy: disable-error-code="override"
# pyright: reportIncompatibleMethodOverride=false, reportPrivateUsage=false
"""`radical.saga.namespace`: what its entries and directories did otherwise than those of GFD.90.

A copy or a move replaces a file that is there, and CREATE makes what a target is to be in. A name
that is not there is no file, no directory and no link, and to remove it is no failure. A link is
neither a file nor a directory. A listing is a sorted list without hidden names. A directory keeps
the slash with which it was opened, and copies, links and moves itself where one name is given.
"""

from __future__ import annotations

from functools import partial

from juncture.saga import namespace
from juncture.saga.constants import (
    CREATE,
    CREATE_PARENTS,
    EXCLUSIVE,
    OVERWRITE,
    READ,
    WRITE,
    TaskType,
)
from juncture.saga.engine.binding import check_type
from juncture.saga.exceptions import DoesNotExist
from juncture.saga.stored import flags as known
from juncture.saga.task.task import Task, with_type

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from juncture.saga.url import Url

__path__: list[str] = []
"""It was a package: what is imported from in it is looked for, and found by name."""

_KINDS = ("is_dir", "is_entry", "is_file", "is_link")


def opening(flags: int) -> int:
    """Return the flags that count where something is opened; all others were ignored."""
    flags &= known.OPEN_FILE
    if not flags & (CREATE | CREATE_PARENTS):
        flags &= ~EXCLUSIVE
    # Whatever a file was opened for, it could be read and written.
    return READ if flags & ~(READ | WRITE) == 0 else flags & ~READ | WRITE


def replacing(flags: int) -> int:
    """Return the flags of a copy or a move."""
    return flags & known.COPY | OVERWRITE | (CREATE_PARENTS if flags & CREATE else 0)


def later(call: Callable[[], Any], ttype: int | None) -> Any:
    """Return what a call returns, or with a task type its task."""
    if ttype is None:
        return call()
    check_type(ttype)
    return with_type(Task(work=call), ttype)


class Entry(namespace.Entry):
    """A name, and what all that have one have in common."""

    __slots__ = ()

    def __init__(
        self, url: Url | str | None = None, flags: int | None = None, *rest: Any, **named: Any
    ) -> None:
        flags = None if flags is None else opening(flags)
        super().__init__(url, flags, *rest, **named)

    def _flagged(self, method: str, flags: int | None, ttype: int | None, *rest: Any) -> Any:
        if ttype is None and isinstance(flags, TaskType):
            flags, ttype = 0, flags
        if method in {"copy", "move"}:
            flags = replacing(flags or 0)
        elif method in {"open", "open_dir"}:
            flags = opening(flags or 0)
        return super()._flagged(method, flags or 0, ttype, *rest)

    def _call(self, method: str, ttype: int | None, *arguments: Any, **named: Any) -> Any:
        if method in _KINDS:
            return later(lambda: self._is(method, arguments), ttype)
        if method == "remove":
            return later(lambda: self._removed(arguments), ttype)
        if method == "get_url":
            named["convert"] = self._with_slash
        return super()._call(method, ttype, *arguments, **named)

    def _is(self, method: str, arguments: tuple[Any, ...]) -> bool:
        try:
            found: bool = super()._call(method, None, *arguments)
            if found and method in {"is_dir", "is_file"}:
                return not super()._call("is_link", None, *arguments)
        except DoesNotExist:
            return False
        return found

    def _removed(self, arguments: tuple[Any, ...]) -> None:
        try:
            super()._call("remove", None, *arguments)
        except DoesNotExist:
            return

    def _with_slash(self, url: Url) -> Url:
        if self._url.path.endswith("/") and not url.path.endswith("/"):
            url.path += "/"
        return url


class Directory(Entry, namespace.Directory):
    """A directory of names."""

    __slots__ = ()

    def copy(self, src: Any, tgt: Any = None, *rest: Any, **named: Any) -> Any:
        """Copy a source, or with one name this directory."""
        return super().copy(*self._pair(src, tgt), *rest, **named)  # pyright: ignore[reportUnknownVariableType]

    def link(self, src: Any, tgt: Any = None, *rest: Any, **named: Any) -> Any:
        """Make a link to a source, or with one name to this directory."""
        return super().link(*self._pair(src, tgt), *rest, **named)  # pyright: ignore[reportUnknownVariableType]

    def move(self, src: Any, tgt: Any = None, *rest: Any, **named: Any) -> Any:
        """Move a source, or with one name this directory."""
        return super().move(*self._pair(src, tgt), *rest, **named)  # pyright: ignore[reportUnknownVariableType]

    def _pair(self, source: Any, target: Any) -> tuple[Any, Any]:
        return (source, target) if target is not None else (self.get_url(), source)

    def _call(self, method: str, ttype: int | None, *arguments: Any, **named: Any) -> Any:
        if method == "list":
            pattern = arguments[0] or ""
            named["convert"] = partial(_listed, pattern=pattern)
        return super()._call(method, ttype, *arguments, **named)


def _listed(found: Any, pattern: str) -> list[Url]:
    """Return a listing as `ls` has it; hidden names are those that a pattern asks for."""
    hidden = pattern.rpartition("/")[2].startswith(".")
    return sorted(
        (url for url in found if hidden or not url.path.rpartition("/")[2].startswith(".")),
        key=str,
    )
