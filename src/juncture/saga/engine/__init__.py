"""Which adaptor serves this object? Known table, discovery, registry, validation, binding.

This room decides for a URL's scheme; it knows no back end and quotes nothing. `getEngine()` returns
the one engine of the process.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from juncture.saga.engine.engine import Engine, getEngine

_ROOMS = {"Engine": "engine", "getEngine": "engine"}

__all__ = ["Engine", "getEngine"]


def __getattr__(name: str) -> object:
    room = _ROOMS.get(name)
    if room is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(__import__(f"{__name__}.{room}", fromlist=(name,)), name)
    globals()[name] = value
    return value
