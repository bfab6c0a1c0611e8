"""A resource that a manager handed out; it stays acquired until `destroy`."""

from __future__ import annotations

from juncture._util.typed import overload
from juncture.saga.constants import SYNC
from juncture.saga.engine.bound import ApiObject, scheme_of
from juncture.saga.exceptions import BadParameter
from juncture.saga.url import Url

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from typing_extensions import Self

    from juncture.saga.cpi.base import AdaptorBase, Base
    from juncture.saga.resource.description import Description
    from juncture.saga.session import Session
    from juncture.saga.task.task import Task


class Resource(ApiObject):
    """A resource.

    Args:
        id: `[manager url]-[native id]`, of a resource that was acquired before.
        session: The credentials that may be used; None means the user's own.
        _adaptor: The adaptor that makes the resource.
        _adaptor_state: What its class receives in `init_instance`.
        _ttype: A task type: `_init_task` is then the task of making the object.

    Raises:
        BadParameter: the id does not say which manager it is of.
        DoesNotExist: its manager knows no such resource.
    """

    _api_type = "resource.Resource"

    __slots__ = ("__weakref__", "_adaptor", "_id", "_init_task", "_session")

    def __init__(
        self,
        id: str | None = None,  # noqa: A002 - the API's own name
        session: Session | None = None,
        *,
        _adaptor: AdaptorBase | Base | None = None,
        _adaptor_state: dict[str, Any] | None = None,
        _ttype: int | None = None,
    ) -> None:
        from juncture.saga.session import session_of

        state = _adaptor_state
        session = session_of((state or {}).get("session") if session is None else session)
        self._id = id
        self._session = session
        if _adaptor is None:
            scheme = _manager_of(id).scheme
            state = {"resource_id": id, "session": session} if state is None else state
        else:
            scheme = scheme_of(_adaptor)
        self._bind(scheme, (), adaptor=_adaptor, adaptor_state=state or {}, ttype=_ttype)

    @overload
    @classmethod
    def create(cls, id: str, session: Session | None = None, ttype: int = SYNC) -> Task[Self]: ...
    @overload
    @classmethod
    def create(cls, id: str, session: Session | None = None, *, ttype: None) -> Self: ...
    @classmethod
    def create(cls, id: str, session: Session | None = None, ttype: int | None = SYNC) -> Any:  # noqa: A002
        """Return a task whose result is the resource."""
        made = cls(id, session, _ttype=ttype)
        return made._init_task if ttype is not None else made

    @overload
    def reconfig(self, descr: Any, ttype: None = None) -> None: ...
    @overload
    def reconfig(self, descr: Any, ttype: int) -> Task[None]: ...
    def reconfig(self, descr: Any, ttype: int | None = None) -> Any:
        """Change the resource to another description."""
        return self._call("reconfig", ttype, descr)

    @overload
    def destroy(self, ttype: None = None) -> None: ...
    @overload
    def destroy(self, ttype: int) -> Task[None]: ...
    def destroy(self, ttype: int | None = None) -> Any:
        """Give the resource back."""
        return self._call("destroy", ttype)

    @overload
    def wait(self, state: Any = None, timeout: float | None = None, ttype: None = None) -> bool: ...
    @overload
    def wait(
        self, state: Any = None, timeout: float | None = None, *, ttype: int
    ) -> Task[bool]: ...
    def wait(
        self, state: Any = None, timeout: float | None = None, ttype: int | None = None
    ) -> Any:
        """Return whether the resource reached one of the states in time; None means a final one."""
        return self._call("wait", ttype, state, timeout)

    @overload
    def get_id(self, ttype: None = None) -> str: ...
    @overload
    def get_id(self, ttype: int) -> Task[str]: ...
    def get_id(self, ttype: int | None = None) -> Any:
        """Return the id."""
        return self._call("get_id", ttype, default=lambda: self._id)

    @overload
    def get_rtype(self, ttype: None = None) -> int: ...
    @overload
    def get_rtype(self, ttype: int) -> Task[int]: ...
    def get_rtype(self, ttype: int | None = None) -> Any:
        """Return COMPUTE, STORAGE or NETWORK."""
        return self._call("get_rtype", ttype)

    @overload
    def get_state(self, ttype: None = None) -> int | None: ...
    @overload
    def get_state(self, ttype: int) -> Task[int | None]: ...
    def get_state(self, ttype: int | None = None) -> Any:
        """Return the state."""
        return self._call("get_state", ttype)

    @overload
    def get_state_detail(self, ttype: None = None) -> str: ...
    @overload
    def get_state_detail(self, ttype: int) -> Task[str]: ...
    def get_state_detail(self, ttype: int | None = None) -> Any:
        """Return the back end's own word for the state."""
        return self._call("get_state_detail", ttype)

    @overload
    def get_access(self, ttype: None = None) -> str | None: ...
    @overload
    def get_access(self, ttype: int) -> Task[str | None]: ...
    def get_access(self, ttype: int | None = None) -> Any:
        """Return the URL by which the resource is used, or None while it cannot be."""
        return self._call("get_access", ttype)

    @overload
    def get_manager(self, ttype: None = None) -> Url: ...
    @overload
    def get_manager(self, ttype: int) -> Task[Url]: ...
    def get_manager(self, ttype: int | None = None) -> Any:
        """Return the manager's URL."""
        return self._call("get_manager", ttype)

    @overload
    def get_description(self, ttype: None = None) -> Description: ...
    @overload
    def get_description(self, ttype: int) -> Task[Description]: ...
    def get_description(self, ttype: int | None = None) -> Any:
        """Return the description that the resource fulfils."""
        return self._call("get_description", ttype)

    @property
    def id(self) -> str:
        """The id."""
        return self.get_id()

    @property
    def rtype(self) -> int:
        """COMPUTE, STORAGE or NETWORK."""
        return self.get_rtype()

    @property
    def state(self) -> int | None:
        """The state."""
        return self.get_state()

    @property
    def state_detail(self) -> str:
        """The back end's own word for the state."""
        return self.get_state_detail()

    @property
    def access(self) -> str | None:
        """The URL by which the resource is used."""
        return self.get_access()

    @property
    def manager(self) -> Url:
        """The manager's URL."""
        return self.get_manager()

    @property
    def description(self) -> Description:
        """The description that the resource fulfils."""
        return self.get_description()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.destroy()

    def __repr__(self) -> str:
        known = self._id or (self.get_id() if self._adaptor is not None else "(not made yet)")
        return f"<{type(self).__name__.lower()} resource {known}>"


class Compute(Resource):
    """Hosts that run jobs; `job.Service(compute.access)` runs them there."""

    _api_type = "resource.Compute"

    __slots__ = ()


class Storage(Resource):
    """A place that keeps files."""

    _api_type = "resource.Storage"

    __slots__ = ()


class Network(Resource):
    """What connects others."""

    _api_type = "resource.Network"

    __slots__ = ()


def _manager_of(resource_id: str | None) -> Url:
    head, mark, _ = (resource_id or "").partition("]-[")
    if not mark or not head.startswith("["):
        raise BadParameter(
            f"a resource id is `[manager url]-[native id]`, found {resource_id!r}",
            hint="use `Manager.acquire` for a new one",
        )
    return Url(head[1:])
