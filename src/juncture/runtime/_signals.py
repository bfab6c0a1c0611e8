"""SIGINT and SIGTERM for commands that must start fast.

`signal` makes enumerations of every signal, which costs as much as everything else a short command
imports; this module uses the C module under it, and is the only one that does.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    import signal as _signal
    from collections.abc import Callable
else:
    import _signal


def take_signals(handle: Callable[[int, object], None]) -> None:
    """Call a function for SIGINT and SIGTERM instead of their default actions."""
    for number in (_signal.SIGINT, _signal.SIGTERM):
        _signal.signal(number, handle)
