"""Resources at `new-name://` URLs: what jobs can run on, for a while.

`Adaptor` is made once in a process and is the place for what its objects share. There is one
`NewNameManager` for each `resource.Manager` of a program, and one `NewNameCompute` for each
resource that it hands out. A method that a class leaves out says so when it is called;
`juncture.saga.cpi.resource` says what each promises.
"""

from typing import Any

import juncture.saga as rs
from juncture.saga.cpi import SYNC

_ADAPTOR_NAME = "new_name.resource"
_ADAPTOR_SCHEMAS = ["new-name"]
_ADAPTOR_OPTIONS: list[dict[str, Any]] = []
_ADAPTOR_INFO: dict[str, Any] = {
    "name": _ADAPTOR_NAME,
    "version": "v0.1",
    "schemas": _ADAPTOR_SCHEMAS,
    "cpis": [
        {"type": "rs.resource.Manager", "class": "NewNameManager"},
        {"type": "rs.resource.Compute", "class": "NewNameCompute"},
    ],
}


class Adaptor(rs.cpi.AdaptorBase):
    """The adaptor."""

    def __init__(self) -> None:
        rs.cpi.AdaptorBase.__init__(self, _ADAPTOR_INFO, _ADAPTOR_OPTIONS)

    def sanity_check(self) -> None:
        """Raise an exception that says why the adaptor cannot be used on this host."""


class NewNameManager(rs.cpi.resource.Manager):
    """A place where resources can be acquired."""

    @SYNC
    def init_instance(self, url: Any, session: Any) -> None:
        """Connect, or raise BadParameter to leave the URL to another adaptor."""
        self.url = url

    @SYNC
    def acquire(self, spec: Any) -> Any:
        """Acquire what a description asks for, or raise NoSuccess when there is none of it.

        Its id is `f"[{self.url}]-[native id]"`; with it in `state`, return
        `rs.resource.Compute(_adaptor=self._adaptor, _adaptor_state=state)`.
        """
        raise rs.NotImplemented("new-name does not acquire resources yet")

    @SYNC
    def acquire_by_id(self, rid: str) -> Any:
        """Return the resource of an id, from this or an earlier process, or raise DoesNotExist."""
        raise rs.NotImplemented("new-name does not find resources yet")

    @SYNC
    def list(self, rtype: Any = None) -> Any:
        """Return the ids of the resources, of one type or of all."""
        raise rs.NotImplemented("new-name does not list resources yet")


class NewNameCompute(rs.cpi.resource.Compute):
    """A resource that runs jobs; `get_id`, `get_description` and others say what it is."""

    @SYNC
    def init_instance(self, state: dict[str, Any]) -> None:
        """Take what `acquire` passed on, or find `state["resource_id"]`, or raise DoesNotExist."""
        self.resource = state

    @SYNC
    def get_state(self) -> Any:
        """Return `rs.resource.ACTIVE` when it can be used, CANCELED after `destroy`."""
        raise rs.NotImplemented("new-name does not know states yet")

    @SYNC
    def get_access(self) -> Any:
        """Return the URL of the job service to use it by, or None while it cannot be."""
        raise rs.NotImplemented("new-name does not give access yet")

    @SYNC
    def wait(self, state: Any = None, timeout: float | None = None) -> Any:
        """Return whether it reached one of the states in time; None means a final one."""
        raise rs.NotImplemented("new-name does not wait yet")

    @SYNC
    def destroy(self) -> None:
        """Give the resource back."""
        raise rs.NotImplemented("new-name does not give back yet")
