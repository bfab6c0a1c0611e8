"""Resources: acquire hosts, storage and networks, use them, and give them back."""

from __future__ import annotations

from juncture.saga.resource.constants import (
    ACCESS,
    ACTIVE,
    CANCELED,
    COMPUTE,
    DESCRIPTION,
    DONE,
    DURATION,
    DYNAMIC,
    END,
    EXPIRED,
    FAILED,
    FINAL,
    ID,
    IMAGE,
    MACHINE_ARCH,
    MACHINE_OS,
    MANAGER,
    MEMORY,
    NETWORK,
    NEW,
    PENDING,
    RTYPE,
    SIZE,
    START,
    STATE,
    STATE_DETAIL,
    STORAGE,
    TEMPLATE,
    UNKNOWN,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from juncture.saga.resource.description import (
        ComputeDescription,
        Description,
        NetworkDescription,
        StorageDescription,
    )
    from juncture.saga.resource.manager import Manager
    from juncture.saga.resource.resource import Compute, Network, Resource, Storage

_ROOMS = {
    "Compute": "resource",
    "ComputeDescription": "description",
    "Description": "description",
    "Manager": "manager",
    "Network": "resource",
    "NetworkDescription": "description",
    "Resource": "resource",
    "Storage": "resource",
    "StorageDescription": "description",
}

__all__ = [
    "ACCESS",
    "ACTIVE",
    "CANCELED",
    "COMPUTE",
    "DESCRIPTION",
    "DONE",
    "DURATION",
    "DYNAMIC",
    "END",
    "EXPIRED",
    "FAILED",
    "FINAL",
    "ID",
    "IMAGE",
    "MACHINE_ARCH",
    "MACHINE_OS",
    "MANAGER",
    "MEMORY",
    "NETWORK",
    "NEW",
    "PENDING",
    "RTYPE",
    "SIZE",
    "START",
    "STATE",
    "STATE_DETAIL",
    "STORAGE",
    "TEMPLATE",
    "UNKNOWN",
    "Compute",
    "ComputeDescription",
    "Description",
    "Manager",
    "Network",
    "NetworkDescription",
    "Resource",
    "Storage",
    "StorageDescription",
]


def __getattr__(name: str) -> object:
    room = _ROOMS.get(name)
    if room is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(__import__(f"{__name__}.{room}", fromlist=(name,)), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
