"""The CPIs of `resource.Manager` and of the resources it hands out.

A resource is named by an id, and its state is one of NEW, PENDING, ACTIVE, CANCELED, EXPIRED,
FAILED and UNKNOWN. What is acquired stays acquired until `destroy`, also when the client ends.
"""

from __future__ import annotations

from juncture.saga.cpi.base import Base
from juncture.saga.cpi.decorators import SYNC, stub

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class Manager(Base):
    """A place where resources can be acquired."""

    cpi_type = "resource.Manager"

    @SYNC
    def init_instance(self, url: Any, session: Any) -> None:
        """Take the manager's URL and session, and check that both can be served."""

    @stub
    def get_url(self) -> Any:
        """Return the URL of the manager; without this it is the URL the user gave."""

    @stub
    def list(self, rtype: Any = None) -> Any:
        """Return the ids of the resources, of one type or of all."""

    @stub
    def get_description(self, rid: str) -> Any:
        """Return the description of a resource."""

    @stub
    def list_templates(self, rtype: Any = None) -> Any:
        """Return the names of templates."""

    @stub
    def get_template(self, name: str) -> Any:
        """Return a template as a description."""

    @stub
    def list_images(self, rtype: Any = None) -> Any:
        """Return the names of images."""

    @stub
    def get_image(self, name: str) -> Any:
        """Return what an image is."""

    @stub
    def acquire(self, spec: Any) -> Any:
        """Return a new resource for a description."""

    @stub
    def acquire_by_id(self, rid: str) -> Any:
        """Return the resource of an id.

        Raises:
            DoesNotExist: the manager knows no such resource.
        """

    @stub
    def destroy(self, rid: str) -> None:
        """Give a resource back."""

    @stub
    def close(self) -> None:
        """Let go of everything that the manager holds; resources stay acquired."""


class Resource(Base):
    """One resource; `init_instance` receives what the manager passed as `_adaptor_state`."""

    cpi_type = "resource.Resource"

    @SYNC
    def init_instance(self, state: dict[str, Any]) -> None:
        """Take what the manager passed as `_adaptor_state`."""

    @stub
    def reconfig(self, descr: Any) -> None:
        """Change the resource to another description."""

    @stub
    def destroy(self) -> None:
        """Give the resource back."""

    @stub
    def wait(self, state: Any = None, timeout: float | None = None) -> Any:
        """Return whether the resource reached one of the states in time; None means a final one."""

    @stub
    def get_id(self) -> Any:
        """Return the id."""

    @stub
    def get_rtype(self) -> Any:
        """Return COMPUTE, STORAGE or NETWORK."""

    @stub
    def get_state(self) -> Any:
        """Return the state."""

    @stub
    def get_state_detail(self) -> Any:
        """Return the back end's own word for the state."""

    @stub
    def get_access(self) -> Any:
        """Return the URL by which the resource is used, or None while it cannot be."""

    @stub
    def get_manager(self) -> Any:
        """Return the manager's URL."""

    @stub
    def get_description(self) -> Any:
        """Return the description that the resource fulfils."""


class Compute(Resource):
    """A resource that runs jobs."""

    cpi_type = "resource.Compute"


class Storage(Resource):
    """A resource that keeps files."""

    cpi_type = "resource.Storage"


class Network(Resource):
    """A resource that connects others."""

    cpi_type = "resource.Network"
