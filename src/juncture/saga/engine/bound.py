# pyright: reportPrivateUsage=false
"""What every API object has in common: it is bound to one adaptor class instance, and forwards.

Every forwarded method takes `ttype`: None gives the plain value, a task type gives a task. When the
adaptor class has `<method>_async`, that is called with the task type first; else its synchronous
form runs on the pool. What an adaptor raises that is not SAGA's own becomes a NoSuccess with its
cause. What a caller's own function raises comes out of a plain call as it is.
"""

from __future__ import annotations

from juncture.saga.constants import SYNC
from juncture.saga.cpi.base import Base
from juncture.saga.cpi.decorators import ASYNC_SUFFIX, is_stub
from juncture.saga.engine.binding import check_type
from juncture.saga.engine.engine import getEngine
from juncture.saga.exceptions import IncorrectState, NoSuccess
from juncture.saga.task.errors import CallerError, saga_error
from juncture.saga.task.task import Task, with_type

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, ClassVar

    from juncture.saga.cpi.base import AdaptorBase
    from juncture.saga.session import Session


class ApiObject:
    """An object that an adaptor class instance serves."""

    __slots__ = ()

    _api_type: ClassVar[str] = ""

    _adaptor: Any
    _session: Any
    _init_task: Any

    @property
    def session(self) -> Session:
        """The session in which the object acts."""
        session: Session = self._session
        return session

    def get_session(self) -> Session:
        """Return `session`."""
        return self.session

    def _bind(
        self,
        scheme: str,
        arguments: tuple[Any, ...],
        *,
        adaptor: AdaptorBase | Base | None = None,
        adaptor_state: dict[str, Any] | None = None,
        adaptor_name: str | None = None,
        ttype: int | None = None,
    ) -> None:
        """Bind to an adaptor, or with a task type begin to: `_init_task` is the task then."""
        self._adaptor = None
        self._init_task = None
        bound = getEngine().bind_adaptor(
            self,
            self._api_type,
            scheme,
            ttype,
            adaptor_name if adaptor is None else adaptor,
            adaptor_state,
            *arguments,
        )
        if ttype is None:
            self._adaptor = bound
        else:
            self._init_task = bound

    def _call(
        self,
        method: str,
        ttype: int | None,
        *arguments: Any,
        default: Callable[..., Any] | None = None,
        convert: Callable[[Any], Any] | None = None,
    ) -> Any:
        """Have the adaptor do a method.

        Args:
            method: Its name in the CPI.
            ttype: A task type, or None for the plain value.
            *arguments: What the CPI declares, all of them.
            default: What to call when the adaptor leaves the method out; it takes the arguments.
            convert: Applied to what the synchronous form, or a bulk call instead, returns.
        """
        cpi = self._adaptor
        if cpi is None:
            raise self._unbound()
        serve = getattr(cpi, method)
        if default is not None and is_stub(serve):
            serve = default
        if ttype is None:
            value = self._served(cpi, serve, arguments)
            return value if convert is None else convert(value)
        check_type(ttype)
        return with_type(self._task(cpi, method, ttype, serve, arguments, convert), ttype)

    def _served(self, cpi: Base, serve: Callable[..., Any], arguments: tuple[Any, ...]) -> Any:
        try:
            return serve(*arguments)
        except CallerError as error:
            theirs = error.theirs
        except Exception as error:
            found = saga_error(error, adaptor=cpi.get_adaptor_name(), api_object=self)
            if found is error:
                raise
            raise found from error
        raise theirs  # out here, so that its cause and context stay the caller's own

    def _task(  # noqa: PLR0917 - one caller, which has them all
        self,
        cpi: Base,
        method: str,
        ttype: int,
        serve: Callable[..., Any],
        arguments: tuple[Any, ...],
        convert: Callable[[Any], Any] | None,
    ) -> Task:
        form = getattr(cpi, method + ASYNC_SUFFIX, None)
        if form is None:
            task = Task(work=lambda: serve(*arguments))
            task._convert = convert  # also of what a bulk call hands out
        else:
            try:
                task = form(ttype, *arguments)
            except Exception as error:  # noqa: BLE001 - a call that returns a task fails in the task
                task = Task()
                task._fail(saga_error(error, adaptor=cpi.get_adaptor_name(), api_object=self))
            if not isinstance(task, Task):
                raise NoSuccess(f"`{method}{ASYNC_SUFFIX}` returns a task, it returned {task!r}")
        if task._cpi is None:
            task._api_object, task._cpi = self, cpi
            task._method, task._arguments = method, arguments
        return task  # pyright: ignore[reportUnknownVariableType]

    def _unbound(self) -> IncorrectState:
        name = f"{self._api_type} object"
        task = getattr(self, "_init_task", None)
        if task is not None:
            return IncorrectState(
                f"the {name} is not made yet, its task is {task.state}",
                hint="wait for the task of `create`, and take its result",
            )
        return IncorrectState(f"the {name} is closed")


def scheme_of(adaptor: AdaptorBase | Base) -> str:
    """Return the scheme under which an adaptor binds the objects it makes itself."""
    return (adaptor._adaptor if isinstance(adaptor, Base) else adaptor).get_schemas()[0]


def finished_task(value: Any, ttype: int | None = SYNC) -> Any:
    """Return a task that already has its result, or with None the value itself."""
    if ttype is None:
        return value
    task = Task()
    task._finish(value)
    return task
