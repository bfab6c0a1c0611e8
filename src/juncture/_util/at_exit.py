"""What is done when the interpreter ends, in one order, whatever was opened first.

Buffers are written, then files are closed, then the connections go that both need. Modules say
what they have when they have it; nothing is kept alive by that.
"""

from __future__ import annotations

import atexit
import os
from weakref import WeakSet

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

_buffers: WeakSet[Any] = WeakSet()
_files: WeakSet[Any] = WeakSet()
_last: list[Callable[[], object]] = []


def close_buffer(buffer: Any) -> None:
    """Have a buffer closed, before any file, if nobody has done so."""
    _buffers.add(buffer)


def close_file(file: Any) -> None:
    """Have a file closed, before any connection, if nobody has done so."""
    _files.add(file)


def call_last(function: Callable[[], object]) -> None:
    """Have a function called when all files are closed; those that came last are called first."""
    _last.append(function)


def _end() -> None:
    closed = [each.close for kept in (_buffers, _files) for each in list(kept)]
    for call in (*closed, *reversed(_last)):
        try:
            call()
        except Exception:  # the others have their turn all the same
            import logging

            logging.getLogger(__name__).exception("something is lost as the interpreter ends")


def _forget() -> None:
    """In a forked child: what is open is the parent's to close."""
    _buffers.clear()
    _files.clear()


atexit.register(_end)
os.register_at_fork(after_in_child=_forget)
