"""Resources: acquire hosts, storage and networks, use them, and give them back."""

from __future__ import annotations

from juncture._util.lazy import lazy_names
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

__getattr__, __dir__ = lazy_names(globals(), _ROOMS)
