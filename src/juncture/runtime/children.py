"""The children of this process, for whoever must end them and need not have made any.

What makes children (`juncture.runtime.process`) costs more to import than a short `run` takes, so
this module asks only if it was imported.
"""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

GRACE_S = 5.0
"""How long children have to end by themselves once cleanup is through."""

on_callback_error: list[Callable[[BaseException], None]] = []
"""Functions told when code that is called with an application's output raised, in the thread that
reads the output."""


def terminate_all(grace_s: float) -> None:
    """End every child that `juncture.runtime.process` has made.

    Args:
        grace_s: Seconds between SIGTERM and SIGKILL; 0 kills at once.
    """
    spawn = sys.modules.get("juncture.runtime._spawn")
    if spawn is not None:
        spawn.terminate_all(grace_s)
