"""Commands and bytes on one host, here or behind ssh; shell words are quoted here and nowhere else.

`Channel` runs commands through a long-lived `sh` without a terminal; `PTYProcess` and `PTYShell` are
for programs that need one. All that goes to a host in a session shares one ssh connection.
"""

from __future__ import annotations

_HOMES = {
    "Channel": "channel",
    "Pending": "pending",
    "Result": "pending",
    "Stream": "pending",
}

TYPE_CHECKING = False
if TYPE_CHECKING:
    from juncture.saga.shell.channel import Channel
    from juncture.saga.shell.pending import Pending, Result, Stream

__all__ = ["Channel", "Pending", "Result", "Stream"]


def __getattr__(name: str) -> object:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value: object = getattr(__import__(f"{__name__}.{home}", fromlist=(name,)), name)
    globals()[name] = value
    return value
