"""What a back-end adaptor implements: one class for each API class it serves.

An adaptor module has a class `Adaptor` which derives from `AdaptorBase`, and one class for each API
class, which derives from the CPI of that name: `cpi.job.Service` for `job.Service`. Names are
imported when they are first used. This room knows tasks and values, and neither engine nor API.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from juncture.saga.cpi import (
        advert,
        attributes,
        base,
        context,
        decorators,
        filesystem,
        job,
        namespace,
        replica,
        resource,
    )
    from juncture.saga.cpi.base import AdaptorBase, Base, Singleton
    from juncture.saga.cpi.context import Context
    from juncture.saga.cpi.decorators import ASYNC, ASYNC_CALL, SYNC, SYNC_CALL

_ROOMS = {
    "ASYNC": "decorators",
    "ASYNC_CALL": "decorators",
    "AdaptorBase": "base",
    "Base": "base",
    "Context": "context",
    "SYNC": "decorators",
    "SYNC_CALL": "decorators",
    "Singleton": "base",
}

__all__ = [
    "ASYNC",
    "ASYNC_CALL",
    "SYNC",
    "SYNC_CALL",
    "AdaptorBase",
    "Base",
    "Context",
    "Singleton",
    "advert",
    "attributes",
    "base",
    "context",
    "decorators",
    "filesystem",
    "job",
    "namespace",
    "replica",
    "resource",
]


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module = __import__(f"{__name__}.{_ROOMS.get(name, name)}", fromlist=(name,))
    value: object = getattr(module, name) if name in _ROOMS else module
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
