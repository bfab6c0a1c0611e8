"""What runs inside an application's own Python: standard library only, Python 3.9 syntax.

An application derives from `ClientInterface`, fills `self.actions` and calls `poll()`; the adaptor
that started it then drives it over one Unix socket. Nothing here knows of `juncture`. The names are
imported when they are first used, because juncture's own commands import the protocol from here.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from juncture_client.action import Action
    from juncture_client.channel import AdaptorLostError
    from juncture_client.client_interface import ClientInterface
    from juncture_client.path_mapping import PathMappingRule

__all__ = ["Action", "AdaptorLostError", "ClientInterface", "PathMappingRule"]

_ROOMS = {
    "Action": "action",
    "AdaptorLostError": "channel",
    "ClientInterface": "client_interface",
    "PathMappingRule": "path_mapping",
}


def __getattr__(name: str) -> object:
    room = _ROOMS.get(name)
    if room is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value: object = getattr(__import__(f"juncture_client.{room}", fromlist=(name,)), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
