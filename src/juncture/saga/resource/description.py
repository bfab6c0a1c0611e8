"""What a program wants of a resource."""

from __future__ import annotations

from juncture.saga.attributes import ANY, BOOL, FLOAT, INT, STRING, VECTOR, Attribute, Attributes
from juncture.saga.resource.constants import COMPUTE, NETWORK, STORAGE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class Description(Attributes):
    """The description of a resource of any type.

    >>> ComputeDescription(size=4).as_dict()
    {'Rtype': 1, 'Size': 4}

    Args:
        *seeds: Dictionaries or descriptions to begin with.
        **values: Attributes.
    """

    _ATTRIBUTES: tuple[Attribute, ...] = (
        Attribute("Rtype", INT, doc="COMPUTE, STORAGE or NETWORK."),
        Attribute("Template", STRING, doc="A template that the rest refines."),
        Attribute("Image", STRING, doc="The image to boot."),
        Attribute("Dynamic", BOOL, doc="Whether the resource may change while it is used."),
        Attribute("Start", ANY, doc="When it is needed."),
        Attribute("End", ANY, doc="When it is not needed any more."),
        Attribute("Duration", FLOAT, doc="How many seconds it is needed."),
    )

    rtype: int | None
    template: str | None
    image: str | None
    dynamic: bool | None
    start: Any
    end: Any
    duration: float | None


class ComputeDescription(Description):
    """The description of hosts."""

    _ATTRIBUTES = (
        Attribute("Rtype", INT, default=COMPUTE, doc="COMPUTE."),
        Attribute("MachineOS", STRING, VECTOR, doc="Operating systems that will do."),
        Attribute("MachineArch", STRING, VECTOR, doc="Architectures that will do."),
        Attribute("Size", INT, doc="Processor cores."),
        Attribute("Memory", INT, doc="Memory in MB."),
        Attribute("Access", STRING, doc="The URL by which it shall be used."),
    )

    machine_os: list[str] | None
    machine_arch: list[str] | None
    size: int | None
    memory: int | None
    access: str | None


class StorageDescription(Description):
    """The description of storage."""

    _ATTRIBUTES = (
        Attribute("Rtype", INT, default=STORAGE, doc="STORAGE."),
        Attribute("Size", INT, doc="Size in MB."),
        Attribute("Access", STRING, doc="The URL by which it shall be used."),
    )

    size: int | None
    access: str | None


class NetworkDescription(Description):
    """The description of a network."""

    _ATTRIBUTES = (
        Attribute("Rtype", INT, default=NETWORK, doc="NETWORK."),
        Attribute("Size", INT, doc="Bandwidth in Mb/s."),
        Attribute("Access", STRING, doc="The URL by which it shall be used."),
    )

    size: int | None
    access: str | None
