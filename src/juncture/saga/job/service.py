# pyright: reportPrivateUsage=false
"""A place that runs jobs, named by a URL.

Everything that a service makes stays on the service's adaptor. Closing a service lets go of what it
holds; jobs go on, and any later process finds them by id.
"""

from __future__ import annotations

from juncture._util.typed import overload
from juncture.saga.constants import SYNC
from juncture.saga.engine.bound import ApiObject
from juncture.saga.exceptions import BadParameter, IncorrectState
from juncture.saga.job.description import Description
from juncture.saga.url import Url

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from typing_extensions import Self

    from juncture.saga.cpi.base import AdaptorBase, Base
    from juncture.saga.job.job import Job
    from juncture.saga.session import Session
    from juncture.saga.task.task import Task

    _Ids = list[str]  # in the class, `list` is a method

DEFAULT_URL = "fork://localhost"


class Service(ApiObject):
    """A job service.

    Args:
        rm: Its URL; None means this host.
        session: The credentials it may use; None means the user's own.
        _adaptor: An adaptor to stay on.
        _adaptor_state: What its class then receives in `init_instance`, instead of URL and session.
        _adaptor_name: The name of the one adaptor to try.
        _ttype: A task type: `_init_task` is then the task of making the object.

    Raises:
        IncorrectURL: no adaptor serves the scheme.
        SagaException: every adaptor declined; `exceptions` lists them and why.
    """

    _api_type = "job.Service"

    __slots__ = ("__weakref__", "_adaptor", "_closed", "_init_task", "_session", "_url")

    def __init__(
        self,
        rm: Url | str | None = None,
        session: Session | None = None,
        *,
        _adaptor: AdaptorBase | Base | None = None,
        _adaptor_state: dict[str, Any] | None = None,
        _adaptor_name: str | None = None,
        _ttype: int | None = None,
    ) -> None:
        from juncture.saga.session import session_of

        self._url = Url(DEFAULT_URL if rm is None else rm)
        self._session = session_of(session)
        self._closed = False
        self._bind(
            self._url.scheme,
            (self._url, self._session),
            adaptor=_adaptor,
            adaptor_state=_adaptor_state,
            adaptor_name=_adaptor_name,
            ttype=_ttype,
        )

    @overload
    @classmethod
    def create(
        cls, rm: Url | str | None = None, session: Session | None = None, ttype: int = SYNC
    ) -> Task[Self]: ...
    @overload
    @classmethod
    def create(
        cls, rm: Url | str | None = None, session: Session | None = None, *, ttype: None
    ) -> Self: ...
    @classmethod
    def create(
        cls, rm: Url | str | None = None, session: Session | None = None, ttype: int | None = SYNC
    ) -> Any:
        """Return a task whose result is the service."""
        service = cls(rm, session, _ttype=ttype)
        return service._init_task if ttype is not None else service

    @overload
    def create_job(self, jd: Any, ttype: None = None) -> Job: ...
    @overload
    def create_job(self, jd: Any, ttype: int) -> Task[Job]: ...
    def create_job(self, jd: Any, ttype: int | None = None) -> Any:
        """Return a new job for a description, of which it keeps a copy.

        Raises:
            BadParameter: there is no executable, or the adaptor cannot serve an attribute.
        """
        return self._call("create_job", ttype, self._checked(jd))

    @overload
    def run_job(self, cmd: str, host: str | None = None, ttype: None = None) -> Job: ...
    @overload
    def run_job(self, cmd: str, host: str | None = None, *, ttype: int) -> Task[Job]: ...
    def run_job(self, cmd: str, host: str | None = None, ttype: int | None = None) -> Any:
        """Return a running job for a shell command line."""
        if not cmd:
            raise BadParameter("a job needs a command, found an empty one")
        return self._call("run_job", ttype, cmd, host, default=self._run_shell)

    @overload
    def list(self, ttype: None = None) -> _Ids: ...
    @overload
    def list(self, ttype: int) -> Task[_Ids]: ...
    def list(self, ttype: int | None = None) -> Any:
        """Return the ids of the jobs that the service knows."""
        return self._call("list", ttype)

    @overload
    def get_url(self, ttype: None = None) -> Url: ...
    @overload
    def get_url(self, ttype: int) -> Task[Url]: ...
    def get_url(self, ttype: int | None = None) -> Any:
        """Return the service's URL, a copy."""
        return self._call("get_url", ttype, default=lambda: Url(self._url))

    @overload
    def get_job(self, job_id: str, ttype: None = None) -> Job: ...
    @overload
    def get_job(self, job_id: str, ttype: int) -> Task[Job]: ...
    def get_job(self, job_id: str, ttype: int | None = None) -> Any:
        """Return the job of an id, from this or an earlier process.

        Raises:
            DoesNotExist: the service knows no such job.
        """
        if not isinstance(job_id, str):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise BadParameter(f"a job id is text, found {job_id!r}", api_object=self)
        return self._call("get_job", ttype, job_id)

    @overload
    def get_self(self, ttype: None = None) -> Job: ...
    @overload
    def get_self(self, ttype: int) -> Task[Job]: ...
    def get_self(self, ttype: int | None = None) -> Any:
        """Return the job in which this program runs."""
        return self._call("get_self", ttype)

    def close(self) -> None:
        """Let go of everything that the service holds; jobs go on. A second call does nothing."""
        if self._closed:
            return
        self._closed = True
        if self._adaptor is not None:
            self._call("close", None, default=lambda: None)
            self._adaptor = None

    @property
    def url(self) -> Url:
        """The service's URL."""
        return self._url

    @property
    def jobs(self) -> _Ids:
        """The ids of the jobs that the service knows."""
        return self.list()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<job service {self._url.masked()}>"

    def _checked(self, jd: Any) -> Description:
        if not (isinstance(jd, Description) or hasattr(jd, "keys")):
            raise BadParameter(
                f"a job is described by a Description or a dictionary, found {jd!r}",
                api_object=self,
            )
        own = jd.clone() if isinstance(jd, Description) else Description(jd)
        if not own.executable:
            raise BadParameter(
                "a job description needs an `executable`",
                api_object=self,
                hint="name a program: a path, or what is found in PATH",
            )
        if self._adaptor is None:
            raise self._unbound()
        served = self._adaptor._adaptor.info.capabilities.get("jdes_attributes")
        if served is not None:
            names = {own._attributes_names.get(key) for key in served}
            over = [own._attributes_row(key).key for key in own if key not in names]
            if over:
                raise BadParameter(
                    f"the adaptor `{self._adaptor.get_adaptor_name()}` cannot serve "
                    + ", ".join(f"`{key}`" for key in over),
                    api_object=self,
                    hint="leave the attributes out, or use another back end",
                )
        return own

    def _run_shell(self, cmd: str, host: str | None = None) -> Any:
        jd = Description(executable="/bin/sh", arguments=["-c", cmd])
        if host:
            jd.candidate_hosts = [host]
        job = self.create_job(jd)
        job.run()
        return job

    def _unbound(self) -> IncorrectState:
        if self._closed:
            return IncorrectState(f"{self!r} is closed")
        return ApiObject._unbound(self)
