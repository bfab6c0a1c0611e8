"""A place where resources can be acquired, named by a URL."""

from __future__ import annotations

from juncture._util.typed import overload
from juncture.saga.constants import SYNC
from juncture.saga.engine.bound import ApiObject
from juncture.saga.exceptions import BadParameter
from juncture.saga.resource.constants import NETWORK, STORAGE
from juncture.saga.resource.description import (
    ComputeDescription,
    Description,
    NetworkDescription,
    StorageDescription,
)
from juncture.saga.url import Url

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from typing_extensions import Self

    from juncture.saga.cpi.base import AdaptorBase, Base
    from juncture.saga.resource.resource import Resource
    from juncture.saga.session import Session
    from juncture.saga.task.task import Task

    _Names = list[str]  # in the class, `list` is a method


class Manager(ApiObject):
    """A resource manager.

    Args:
        url: Its URL; None means this host.
        session: The credentials that may be used; None means the user's own.
        _adaptor: An adaptor to stay on.
        _adaptor_state: What its class then receives in `init_instance`, instead of URL and session.
        _adaptor_name: The name of the one adaptor to try.
        _ttype: A task type: `_init_task` is then the task of making the object.
    """

    _api_type = "resource.Manager"

    __slots__ = ("__weakref__", "_adaptor", "_init_task", "_session", "_url")

    def __init__(
        self,
        url: Url | str | None = None,
        session: Session | None = None,
        *,
        _adaptor: AdaptorBase | Base | None = None,
        _adaptor_state: dict[str, Any] | None = None,
        _adaptor_name: str | None = None,
        _ttype: int | None = None,
    ) -> None:
        from juncture.saga.session import session_of

        session = session_of(session)
        self._url = Url("local://localhost" if url is None else url)
        self._session = session
        self._bind(
            self._url.scheme,
            (self._url, session),
            adaptor=_adaptor,
            adaptor_state=_adaptor_state,
            adaptor_name=_adaptor_name,
            ttype=_ttype,
        )

    @overload
    @classmethod
    def create(
        cls, url: Url | str | None = None, session: Session | None = None, ttype: int = SYNC
    ) -> Task[Self]: ...
    @overload
    @classmethod
    def create(
        cls, url: Url | str | None = None, session: Session | None = None, *, ttype: None
    ) -> Self: ...
    @classmethod
    def create(
        cls, url: Url | str | None = None, session: Session | None = None, ttype: int | None = SYNC
    ) -> Any:
        """Return a task whose result is the manager."""
        made = cls(url, session, _ttype=ttype)
        return made._init_task if ttype is not None else made

    @overload
    def get_url(self, ttype: None = None) -> Url: ...
    @overload
    def get_url(self, ttype: int) -> Task[Url]: ...
    def get_url(self, ttype: int | None = None) -> Any:
        """Return the manager's URL, a copy."""
        return self._call("get_url", ttype, default=lambda: Url(self._url))

    @overload
    def list(self, rtype: int | None = None, ttype: None = None) -> _Names: ...
    @overload
    def list(self, rtype: int | None = None, *, ttype: int) -> Task[_Names]: ...
    def list(self, rtype: int | None = None, ttype: int | None = None) -> Any:
        """Return the ids of the resources, of one type or of all."""
        return self._call("list", ttype, rtype)

    @overload
    def get_description(self, rid: str, ttype: None = None) -> Description: ...
    @overload
    def get_description(self, rid: str, ttype: int) -> Task[Description]: ...
    def get_description(self, rid: str, ttype: int | None = None) -> Any:
        """Return the description of a resource."""
        return self._call("get_description", ttype, rid)

    @overload
    def list_templates(self, rtype: int | None = None, ttype: None = None) -> _Names: ...
    @overload
    def list_templates(self, rtype: int | None = None, *, ttype: int) -> Task[_Names]: ...
    def list_templates(self, rtype: int | None = None, ttype: int | None = None) -> Any:
        """Return the names of templates."""
        return self._call("list_templates", ttype, rtype)

    @overload
    def get_template(self, name: str, ttype: None = None) -> Description: ...
    @overload
    def get_template(self, name: str, ttype: int) -> Task[Description]: ...
    def get_template(self, name: str, ttype: int | None = None) -> Any:
        """Return a template as a description."""
        return self._call("get_template", ttype, name)

    @overload
    def list_images(self, rtype: int | None = None, ttype: None = None) -> _Names: ...
    @overload
    def list_images(self, rtype: int | None = None, *, ttype: int) -> Task[_Names]: ...
    def list_images(self, rtype: int | None = None, ttype: int | None = None) -> Any:
        """Return the names of images."""
        return self._call("list_images", ttype, rtype)

    @overload
    def get_image(self, name: str, ttype: None = None) -> str: ...
    @overload
    def get_image(self, name: str, ttype: int) -> Task[str]: ...
    def get_image(self, name: str, ttype: int | None = None) -> Any:
        """Return what an image is."""
        return self._call("get_image", ttype, name)

    @overload
    def acquire(self, spec: Any, ttype: None = None) -> Resource: ...
    @overload
    def acquire(self, spec: Any, ttype: int) -> Task[Resource]: ...
    def acquire(self, spec: Any, ttype: int | None = None) -> Any:
        """Return a new resource for a description, or the one of an id.

        Raises:
            BadParameter: it is neither, or what is described cannot be had.
            DoesNotExist: there is no resource of that id.
        """
        if isinstance(spec, str):
            return self._call("acquire_by_id", ttype, spec)
        return self._call("acquire", ttype, _described(spec))

    @overload
    def destroy(self, rid: str, ttype: None = None) -> None: ...
    @overload
    def destroy(self, rid: str, ttype: int) -> Task[None]: ...
    def destroy(self, rid: str, ttype: int | None = None) -> Any:
        """Give a resource back."""
        return self._call("destroy", ttype, rid)

    def close(self) -> None:
        """Let go of everything that the manager holds; resources stay acquired."""
        if self._adaptor is not None:
            self._call("close", None, default=lambda: None)
            self._adaptor = None

    @property
    def url(self) -> Url:
        """The manager's URL."""
        return self._url

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<resource manager {self._url.masked()}>"


def _described(spec: Any) -> Description:
    if isinstance(spec, Description):
        return spec.clone()
    if not isinstance(spec, dict):
        raise BadParameter(f"a resource is acquired by a description or an id, found {spec!r}")
    values: dict[str, Any] = dict(spec)  # pyright: ignore[reportUnknownArgumentType]
    rtype = values.get("Rtype", values.get("rtype"))
    if rtype == STORAGE:
        return StorageDescription(values)
    return NetworkDescription(values) if rtype == NETWORK else ComputeDescription(values)
