"""Whether what a thread does for a call is still wanted.

Whoever does something that takes long asks `check` between its parts, or has itself woken. A part
is one name: nothing is left half-done under a name.
"""

from __future__ import annotations

from contextlib import contextmanager
from contextvars import ContextVar

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from juncture.saga.storage.pipe import Stop

_current: ContextVar[Stop | None] = ContextVar("juncture_stop", default=None)


def check() -> None:
    """Raise Canceled if what this thread does is not wanted any more."""
    stop = _current.get()
    if stop is not None:
        stop.check()


@contextmanager
def until(stop: Stop | None) -> Generator[None]:
    """Let what this thread does in here be ended by a stop, or with None by nobody."""
    token = _current.set(stop)
    try:
        yield
    finally:
        _current.reset(token)


@contextmanager
def waking(wake: Callable[[], None]) -> Generator[None]:
    """Have something called, on any thread, if what is done in here is not wanted any more."""
    stop = _current.get()
    if stop is None:
        yield
        return
    stop.add(wake)
    try:
        yield
    finally:
        stop.drop(wake)
