"""The shell room by the names adaptors have always used (`rs.utils.pty_shell.PTYShell`)."""

from __future__ import annotations

_MODULES = ("pty_process", "pty_shell")

TYPE_CHECKING = False
if TYPE_CHECKING:
    from juncture.saga.utils import pty_process, pty_shell

__all__ = ["pty_process", "pty_shell"]


def __getattr__(name: str) -> object:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value: object = __import__(f"{__name__}.{name}", fromlist=(name,))
    globals()[name] = value
    return value
