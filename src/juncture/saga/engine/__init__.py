"""Which adaptor serves this object? Known table, discovery, registry, validation, binding.

This room decides for a URL's scheme; it knows no back end and quotes nothing. `getEngine()` returns
the one engine of the process.
"""

from __future__ import annotations

from juncture._util.lazy import lazy_names

TYPE_CHECKING = False
if TYPE_CHECKING:
    from juncture.saga.engine.engine import Engine, getEngine

_ROOMS = {"Engine": "engine", "getEngine": "engine"}

__all__ = ["Engine", "getEngine"]

__getattr__, __dir__ = lazy_names(globals(), _ROOMS)
