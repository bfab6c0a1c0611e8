"""Commands and bytes on one host, here or behind ssh; shell words are quoted here and nowhere else.

`Channel` runs commands through a long-lived `sh` without a terminal; `PTYProcess` and `PTYShell`
are for programs that need one. All that goes to a host in a session shares one ssh connection.
"""

from __future__ import annotations

_HOMES = {
    "Budget": "budget",
    "Channel": "channel",
    "Master": "ssh_master",
    "PTYProcess": "pty_process",
    "PTYShell": "pty_shell",
    "Pending": "pending",
    "Result": "pending",
    "Stream": "pending",
    "is_local": "places",
    "master_for": "ssh_master",
    "master_of": "places",
    "open_channel": "places",
}

TYPE_CHECKING = False
if TYPE_CHECKING:
    from juncture.saga.shell.budget import Budget
    from juncture.saga.shell.channel import Channel
    from juncture.saga.shell.pending import Pending, Result, Stream
    from juncture.saga.shell.places import is_local, master_of, open_channel
    from juncture.saga.shell.pty_process import PTYProcess
    from juncture.saga.shell.pty_shell import PTYShell
    from juncture.saga.shell.ssh_master import Master, master_for

__all__ = [
    "Budget",
    "Channel",
    "Master",
    "PTYProcess",
    "PTYShell",
    "Pending",
    "Result",
    "Stream",
    "is_local",
    "master_for",
    "master_of",
    "open_channel",
]


def __getattr__(name: str) -> object:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value: object = getattr(__import__(f"{__name__}.{home}", fromlist=(name,)), name)
    globals()[name] = value
    return value
