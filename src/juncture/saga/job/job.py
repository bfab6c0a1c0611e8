# pyright: reportPrivateUsage=false
"""One job: a task whose work is done somewhere else.

Its state, its id and what else the back end says arrive by push through `_update`, so reading them
costs what an attribute costs. When the back end cannot say, the state is UNKNOWN, `state_detail`
says why and `last_seen` since when; no final state is ever made up. An adaptor that defines
`get_state` is asked instead until the job has ended.

It is one class whose calls are declared twice, as a value and as a task, and so one module although
a long one.
"""

from __future__ import annotations

from juncture._util.typed import overload
from juncture.saga.attributes import Attributes
from juncture.saga.constants import CANCELED, FAILED, FINAL, NEW, UNKNOWN
from juncture.saga.cpi.decorators import ASYNC_SUFFIX, is_stub
from juncture.saga.engine.binding import check_type
from juncture.saga.engine.bound import ApiObject, finished_task, scheme_of
from juncture.saga.exceptions import IncorrectState, NoSuccess
from juncture.saga.job.facts import ASKED, JobFacts
from juncture.saga.task.errors import saga_error
from juncture.saga.task.states import ENDED
from juncture.saga.task.task import Task, with_type

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Generator
    from typing import Any, NoReturn

    from juncture.saga.cpi.base import AdaptorBase, Base

_told: set[Job] = set()
"""Live jobs that have callbacks."""


class Job(Task["Any"], JobFacts):
    """A job of a service; `Service.create_job`, `run_job` and `get_job` make them.

    Args:
        _adaptor: The adaptor that makes the job.
        _adaptor_state: What its class receives in `init_instance`.

    Raises:
        IncorrectState: a program called the constructor.
    """

    _api_type = "job.Job"
    _bulk_submits = True

    def __init__(
        self,
        _adaptor: AdaptorBase | Base | None = None,
        _adaptor_state: dict[str, Any] | None = None,
    ) -> None:
        if _adaptor is None:
            raise IncorrectState(
                "a job is made by its service", hint="use `Service.create_job` or `get_job`"
            )
        Task.__init__(self)
        state = _adaptor_state or {}
        self._submitting = False
        self._job_id: str | None = None
        self._description: Any = state.get("job_description")
        self._service: Any = state.get("job_service")
        self._session = state.get("session")
        self._bind(scheme_of(_adaptor), (), adaptor=_adaptor, adaptor_state=state)
        self._cpi = self._adaptor
        self._api_object = self
        cpi: Any = self._adaptor
        self._state_is_asked = not is_stub(cpi.get_state)
        for method, attribute in ASKED.items():
            if not is_stub(getattr(cpi, method)):
                self._attributes_set_getter(attribute, getattr(self, method))
        if self._description is not None:
            self._description_name()

    # What is known ------------------------------------------------------------------------------

    @property
    def id(self) -> str | None:
        """The id, or None before the job was run."""
        if self._job_id is None and not is_stub(self._adaptor.get_id):
            self._job_id = self._adaptor.get_id()
        return self._job_id

    @property
    def state(self) -> str:
        """The state, as the back end last pushed it."""
        if self._state_is_asked and self._state not in ENDED:
            self.get_state()
        return self._state

    @property
    def result(self) -> int | None:
        """The exit code of a job that ended by itself."""
        return self.exit_code

    # What is done with it -----------------------------------------------------------------------

    @overload
    def run(self, ttype: None = None) -> None: ...
    @overload
    def run(self, ttype: int) -> Task[None]: ...
    def run(self, ttype: int | None = None) -> Any:
        """Submit the job.

        Raises:
            IncorrectState: it was run before.
        """
        if ttype is not None and not hasattr(self._adaptor, "run" + ASYNC_SUFFIX):
            check_type(ttype)
            task = Task(work=self.run)
            task._api_object, task._method = self, "run"
            return with_type(task, ttype)
        if not self._claim():
            raise IncorrectState(f"a job can be run once, {self!r} is {self._state}")
        return self._call("run", ttype, convert=self._submitted)

    @overload
    def wait(self, timeout: float | None = None, ttype: None = None) -> bool: ...
    @overload
    def wait(self, timeout: float | None = None, *, ttype: int) -> Task[bool]: ...
    def wait(self, timeout: float | None = None, ttype: int | None = None) -> Any:
        """Wait until the job has ended.

        Args:
            timeout: Seconds; None or less than 0 means for ever, 0 asks and returns.
            ttype: A task type, or None.

        Returns:
            Whether it has ended.

        Raises:
            IncorrectState: the job is New.
        """
        if ttype is None:
            if self._state in ENDED:
                return True
            if self._state == NEW:
                self._refuse_new("wait for")
            if self._asks():
                return bool(self._call("wait", None, timeout)) or self._state in ENDED
            return self._wait_ended(timeout)
        return self._call("wait", ttype, timeout, default=self.wait)

    @overload
    def cancel(self, timeout: float | None = None, ttype: None = None) -> None: ...
    @overload
    def cancel(self, timeout: float | None = None, *, ttype: int) -> Task[None]: ...
    def cancel(self, timeout: float | None = None, ttype: int | None = None) -> Any:
        """End the job and everything it started; one that has ended stays as it is.

        A New job becomes Canceled and can never be run.
        """
        if self._state == NEW and not self._submitting:
            self._set_state(CANCELED)
        if self._state in ENDED:
            return finished_task(None, ttype)
        return self._call("cancel", ttype, timeout)

    @overload
    def suspend(self, ttype: None = None) -> None: ...
    @overload
    def suspend(self, ttype: int) -> Task[None]: ...
    def suspend(self, ttype: int | None = None) -> Any:
        """Stop the job so that `resume` lets it go on."""
        return self._alive("suspend", ttype)

    @overload
    def resume(self, ttype: None = None) -> None: ...
    @overload
    def resume(self, ttype: int) -> Task[None]: ...
    def resume(self, ttype: int | None = None) -> Any:
        """Let a suspended job go on."""
        return self._alive("resume", ttype)

    @overload
    def signal(self, signum: int, ttype: None = None) -> None: ...
    @overload
    def signal(self, signum: int, ttype: int) -> Task[None]: ...
    def signal(self, signum: int, ttype: int | None = None) -> Any:
        """Send a signal to the job's processes."""
        return self._alive("signal", ttype, signum)

    @overload
    def checkpoint(self, ttype: None = None) -> None: ...
    @overload
    def checkpoint(self, ttype: int) -> Task[None]: ...
    def checkpoint(self, ttype: int | None = None) -> Any:
        """Have the job write a checkpoint."""
        return self._alive("checkpoint", ttype)

    @overload
    def migrate(self, jd: Any, ttype: None = None) -> None: ...
    @overload
    def migrate(self, jd: Any, ttype: int) -> Task[None]: ...
    def migrate(self, jd: Any, ttype: int | None = None) -> Any:
        """Move the job to where another description would put it."""
        return self._alive("migrate", ttype, jd)

    @overload
    def get_state(self, ttype: None = None) -> str: ...
    @overload
    def get_state(self, ttype: int) -> Task[str]: ...
    def get_state(self, ttype: int | None = None) -> Any:
        """Return the state; an adaptor that does not push is asked."""
        return self._call(
            "get_state", ttype, default=lambda: self._state, convert=self._asked_state
        )

    @overload
    def get_id(self, ttype: None = None) -> str | None: ...
    @overload
    def get_id(self, ttype: int) -> Task[str | None]: ...
    def get_id(self, ttype: int | None = None) -> Any:
        """Return `id`."""
        return self._call("get_id", ttype, default=lambda: self._job_id)

    def get_object(self) -> Any:
        """Return the service of the job, if it is known."""
        return self._service.get_api() if hasattr(self._service, "get_api") else self._service

    def get_result(self) -> int | None:
        """Wait for the end and return the exit code, or raise what its back end said."""
        self.wait()
        self.re_raise()
        return self.exit_code

    def re_raise(self) -> None:
        """Raise what made the job fail, if anything but its own exit status did."""
        if self._exception is None and not is_stub(self._adaptor.re_raise):
            self._call("re_raise", None)
        Task.re_raise(self)

    def add_callback(self, key: str, cb: Callable[..., Any]) -> int:
        """Call `cb(job, key, value)` when an attribute changes; see `Task.add_callback`."""
        if key.lower() == "state":
            cookie = Task.add_callback(self, key, cb)
            self._keep()
            return cookie
        return Attributes.add_callback(self, key, cb)

    def remove_callback(self, key: str, id: int | None = None) -> None:  # noqa: A002 - SAGA's name
        """Call one callback no more, or none of the attribute's when `id` is None."""
        if key.lower() == "state":
            Task.remove_callback(self, key, id)
            self._keep()
        else:
            Attributes.remove_callback(self, key, id)

    def __repr__(self) -> str:
        return f"<job {self._job_id or '(no id yet)'}: {self._state}>"

    def __hash__(self) -> int:
        return id(self)

    def __eq__(self, other: object) -> bool:
        return self is other

    if TYPE_CHECKING:

        def __await__(self) -> Generator[Any, None, str]:
            """Start the job if it is New, wait, and return its final state."""
            ...

    def __deepcopy__(self, memo: object) -> Job:
        """Return the job itself: there is one job, however many copies of a list hold it."""
        return self

    def __copy__(self) -> Job:
        return self

    def __reduce_ex__(self, protocol: Any) -> NoReturn:
        raise IncorrectState(
            "a job cannot be pickled", hint="send its `id`, and use `Service.get_job` over there"
        )

    # What an adaptor does -----------------------------------------------------------------------

    def _update(self, state: str | None = None, **known: Any) -> None:
        """Take what the back end says; the adaptor calls this whenever it learns something.

        Args:
            state: The new state; None when it is only about the rest.
            **known: Attributes by under_score name; `id`, `exit_code`, `started`, …
        """
        if "id" in known:
            self._job_id = known.pop("id")
        for name, value in known.items():
            self._attributes_i_set(name, value, self._UP)
        if state is not None:
            self._set_state(state)

    def _set_state(self, state: str) -> None:
        """Take a state; a job that has ended stays as it is."""
        if state == UNKNOWN and self._state != UNKNOWN and "last_seen" not in self.__dict__:
            import time

            self._attributes_i_set("last_seen", time.time(), self._UP)
        elif state != UNKNOWN and "last_seen" in self.__dict__:
            self._attributes_i_set("last_seen", None, self._UP)
        if state != self._state:
            with self._lock:
                self._move(state)
            self._keep()
        self._tell()  # also what an interrupt left untold

    def _attributes_i_set(
        self, key: str, val: Any, flow: str = Attributes._DOWN, force: bool = False
    ) -> None:
        """Set a value; a report of the state, as older adaptors make it, is one to `_set_state`."""
        if flow == self._UP and key.lower() == "state":
            self._set_state(val)
        else:
            Attributes._attributes_i_set(self, key, val, flow, force)

    def _set_lost(self, detail: str, last_seen: float | None = None) -> None:
        """Say that the state is not known any more: why, and when it was known last."""
        self._update(UNKNOWN, state_detail=detail, last_seen=last_seen)

    # How it works -------------------------------------------------------------------------------

    def _call(self, method: str, ttype: int | None, *arguments: Any, **named: Any) -> Any:
        try:
            return ApiObject._call(self, method, ttype, *arguments, **named)
        except Exception as error:
            if method == "run" and self._state == NEW:
                self._fail(error)
            raise

    def _task(self, *arguments: Any, **named: Any) -> Task:
        task = ApiObject._task(self, *arguments, **named)
        if task._method == "run":
            task._add_listener(self._run_ended)
        return task

    def _run_ended(self, task: Task) -> None:
        if task.state == FAILED and self._state == NEW and task.exception is not None:
            self._fail(task.exception)

    def _claim(self) -> bool:
        """Say whether the caller is the one that submits the job."""
        with self._lock:
            if self._state != NEW or self._submitting:
                return False
            self._submitting = True
            return True

    def _keep(self) -> None:
        """Hold on to a live job that has callbacks: a program need not keep it to be told."""
        if self._state in ENDED or not self._callbacks:
            _told.discard(self)
        elif self._state != NEW:
            _told.add(self)

    def _submitted(self, value: Any) -> Any:
        if self.state == NEW:
            self._fail(
                NoSuccess(f"{self!r} was run, and its adaptor did not say what became of it")
            )
        return value

    def _asked_state(self, state: str) -> str:
        if state != self._state:
            self._set_state(state)
        return self._state

    def _alive(self, method: str, ttype: int | None, *arguments: Any) -> Any:
        if self._state == NEW:
            self._refuse_new(method)
        if self._state in FINAL:
            raise IncorrectState(f"{self!r} has ended, it is too late to {method} it")
        return self._call(method, ttype, *arguments)

    def _refuse_new(self, what: str) -> NoReturn:
        raise IncorrectState(
            f"{self!r} is New, there is nothing to {what}", hint="call `run()` first"
        )

    def _description_name(self) -> None:
        name = getattr(self._description, "name", None)
        if name:
            self._attributes_i_set("name", name, self._UP)

    def _name(self) -> str:
        return repr(self)

    def _awaited(self) -> str:
        """Return the final state: a job that failed is an outcome, and no failure to wait."""
        return self._state

    def _fail(self, error: BaseException) -> None:
        found = saga_error(error, adaptor=self._adaptor.get_adaptor_name(), api_object=self)
        self._end(FAILED, None, found)
        self._keep()

    def _begin(self) -> None:
        self.run()

    def _bucket(self) -> Any:
        return (self._service, "job") if self._service is not None else None

    def _bulk(self, verb: str) -> Callable[..., Any] | None:
        call = getattr(self._service, f"container_{verb}", None)
        if call is None or is_stub(call):
            return None
        return call  # type: ignore[no-any-return]

    def _asks(self) -> bool:
        return not is_stub(self._adaptor.wait) or self._state_is_asked
