# pyright: reportPrivateUsage=false
"""One call that may still be going on: its state, its result or exception, who waits for it.

How its state moves and who is told is in `watched`. All methods may be called from any thread.
Nothing here sleeps or polls.
"""

from __future__ import annotations

from itertools import count

from juncture._util.typed import Generic, T_co
from juncture.saga.async_pool import pool
from juncture.saga.constants import (
    ASYNC,
    CANCELED,
    DONE,
    FAILED,
    NEW,
    RUNNING,
    SYNC,
)
from juncture.saga.exceptions import IncorrectState, NoSuccess
from juncture.saga.task.errors import saga_error
from juncture.saga.task.states import ENDED
from juncture.saga.task.watched import Watched

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Generator
    from typing import Any

_numbers = count(1)


class Task(Watched, Generic[T_co]):
    """A call that may still be going on; of `Task[int]` the result is a number.

    An adaptor that is asynchronous by itself makes a task, keeps it, returns it, and calls
    `_set_result` and `_set_state` when the call has ended.

    Args:
        start: Called with the task by `run()`; it returns at once and has the task ended later.
        work: Called by `run()` on the pool; its value is the result. Not together with `start`.
        cancel: Called with the task by `cancel()`, so that what goes on can be ended.
    """

    __slots__ = (
        "_api_object",
        "_arguments",
        "_convert",
        "_cpi",
        "_exception",
        "_id",
        "_method",
        "_on_cancel",
        "_queued",
        "_result",
        "_start",
        "_work",
    )

    def __init__(
        self,
        start: Callable[[Task[T_co]], object] | None = None,
        *,
        work: Callable[[], T_co] | None = None,
        cancel: Callable[[Task[T_co]], object] | None = None,
    ) -> None:
        Watched.__init__(self)
        self._start = start
        self._work = work
        self._on_cancel = cancel
        self._convert: Callable[[Any], Any] | None = None
        self._queued = False
        self._result: Any = None
        self._exception: BaseException | None = None
        self._id: str | None = None
        self._api_object: Any = None
        self._cpi: Any = None
        self._method = ""
        self._arguments: tuple[Any, ...] = ()

    # What the call is ---------------------------------------------------------------------------

    @property
    def id(self) -> str | None:
        """A name for the task in this process."""
        if self._id is None:
            self._id = f"task-{next(_numbers)}"
        return self._id

    @property
    def object(self) -> Any:
        """The API object whose method was called."""
        return self._api_object

    @property
    def method(self) -> str:
        """The name of the method that was called."""
        return self._method

    @property
    def arguments(self) -> tuple[Any, ...]:
        """What the method was called with."""
        return self._arguments

    @property
    def cpi(self) -> Any:
        """The adaptor class instance that serves the call; bulk methods of adaptors read it."""
        return self._cpi

    @property
    def state(self) -> str:
        """The state, from memory."""
        return self._state

    @property
    def result(self) -> T_co | None:
        """What the call returned; None as long as it is not Done."""
        return self._result if self._state == DONE else None

    @property
    def exception(self) -> BaseException | None:
        """What the call raised, or None."""
        return self._exception

    # What a caller does -------------------------------------------------------------------------

    def run(self) -> None:
        """Start the call.

        Raises:
            IncorrectState: it was started before.
        """
        if not self._claim():
            raise IncorrectState(f"{self._name()} can be run once, it is {self._state}")
        self._begin()

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until the call has ended.

        Args:
            timeout: Seconds; None or less than 0 means for ever, 0 asks and returns.

        Returns:
            Whether it has ended.

        Raises:
            IncorrectState: the task is New.
        """
        if self._state in ENDED:
            return True
        if self._state == NEW:
            raise IncorrectState(
                f"{self._name()} is New, nothing would end it", hint="call `run()` first"
            )
        if self._queued and pool.is_member():
            self._execute()
        return self._wait_ended(timeout)

    def cancel(self, timeout: float | None = None) -> None:
        """Give the call up: it is Canceled at once, and a result that still comes is dropped.

        A call which waits in line never starts. One which runs is told so if its adaptor can be
        told; copies, moves, synchronisations and removals of files end soon. Another function on
        the pool goes on to its end unheard. A task that has ended stays as it is.
        """
        del timeout
        hook = self._on_cancel
        if hook is not None and self._state not in ENDED:
            try:
                hook(self)
            except Exception as error:
                raise saga_error(error, api_object=self._api_object) from error
        self._set_state(CANCELED)

    def get_id(self) -> str | None:
        """Return `id`."""
        return self.id

    def get_state(self) -> str:
        """Return `state`."""
        return self._state

    def get_object(self) -> Any:
        """Return `object`."""
        return self._api_object

    def get_exception(self) -> BaseException | None:
        """Return `exception`."""
        return self._exception

    def get_result(self) -> T_co:
        """Wait for the end and return what the call returned.

        Raises:
            IncorrectState: the task is New or was canceled.
            SagaException: what the call raised.
        """
        self.wait()
        self.re_raise()
        if self._state == CANCELED:
            raise IncorrectState(f"{self._name()} was canceled and has no result")
        result: T_co = self._result
        return result

    def re_raise(self) -> None:
        """Raise what the call raised, if it did."""
        if self._exception is not None:
            raise self._exception

    def __await__(self) -> Generator[Any, None, T_co]:
        """Start the call if it is New, wait, and return its result or raise its exception.

        Whoever stops awaiting leaves the call alone; `cancel()` ends it.
        """
        if self._state == NEW:
            self.run()
        yield from self._ended_future().__await__()
        return self._awaited()

    def __repr__(self) -> str:
        return f"<{self._name()}: {self._state}>"

    # What an adaptor does -----------------------------------------------------------------------

    def _set_result(self, result: Any) -> None:
        """Keep what the call returns; `_set_state(DONE)` makes it known.

        Raises:
            SagaException: it is nothing that the API can hand out.
        """
        if self._state not in ENDED:
            self._result = result if self._convert is None else self._convert(result)

    def _set_exception(self, error: BaseException) -> None:
        """Keep what the call raises; `_set_state(FAILED)` makes it known."""
        if self._state not in ENDED:
            self._exception = error

    def _finish(self, result: Any = None) -> bool:
        """End the call with a result, and say whether it was still awaited."""
        if self._convert is not None:
            try:
                result = self._convert(result)
            except Exception as error:  # noqa: BLE001 - it is the outcome of the call
                self._fail(error)
                return False
        return self._end(DONE, result, None)

    def _fail(self, error: BaseException) -> None:
        """End the call with an exception."""
        adaptor = self._cpi.get_adaptor_name() if self._cpi is not None else ""
        self._end(FAILED, None, saga_error(error, adaptor=adaptor, api_object=self._api_object))

    def _set_state(self, state: str) -> None:
        """Move to another state; a task that has ended stays as it is.

        Raises:
            IncorrectState: there is no such move.
        """
        if state == FAILED and self._exception is None:
            self._end(
                FAILED, None, NoSuccess(f"{self._name()} failed, its adaptor did not say why")
            )
            return
        with self._lock:
            self._move(state)
        self._tell()

    # How it works -------------------------------------------------------------------------------

    def _end(self, state: str, result: Any, error: BaseException | None) -> bool:
        with self._lock:
            if self._state in ENDED:
                return False
            self._result = result
            self._exception = error
            self._move(state)
        self._tell()
        return True

    def _claim(self) -> bool:
        """Make the task Running if it is New; say whether it was."""
        with self._lock:
            if self._state != NEW:
                return False
            self._move(RUNNING)
        self._tell()
        return True

    def _begin(self) -> None:
        """Have the claimed call done."""
        if self._start is not None:
            try:
                self._start(self)
            except Exception as error:  # noqa: BLE001 - it is the outcome of the call
                self._fail(error)
        elif self._work is not None:
            self._queued = True
            try:
                pool.submit(self._execute)
            except RuntimeError as error:  # no thread is left
                self._fail(error)

    def _execute(self) -> None:
        """Do the call in this thread, unless another has begun it or it was canceled."""
        with self._lock:
            if not self._queued or self._state in ENDED:
                self._queued = False
                return
            self._queued = False
        work = self._work
        assert work is not None  # noqa: S101 - only such tasks are queued
        try:
            result = work()
        except BaseException as error:  # noqa: BLE001 - whatever it is, who waits must learn of it
            self._fail(error)
        else:
            self._finish(result)

    def _awaited(self) -> T_co:
        return self.get_result()

    def _name(self) -> str:
        return f"the task `{self.id}`" + (f" of `{self._method}`" if self._method else "")

    # What a container asks ----------------------------------------------------------------------

    _submitting = False
    """Whether a job that is New is being handed to its back end."""
    _bulk_submits = False
    """Whether a bulk `run` returns when everything is submitted; else everything is under way."""

    def _bucket(self) -> Any:
        """Return what this task has in common with those that one bulk call can serve."""
        return (self._cpi._adaptor, self._method) if self._cpi is not None else None

    def _bulk(self, verb: str) -> Callable[..., Any] | None:
        """Return the adaptor's method that runs tasks like this one in bulk."""
        if verb != "run" or self._cpi is None:
            return None
        name = f"container_{self._method}"
        found = getattr(self._cpi, name, None)
        return found if found is not None else getattr(self._cpi._adaptor, name, None)

    def _asks(self) -> bool:
        """Say whether the end of the call must be asked for instead of being pushed."""
        return False


def with_type(task: Task[T_co], ttype: int) -> Task[T_co]:
    """Return a task in the state that its type asks for: Done or Failed, Running, New."""
    if ttype in (SYNC, ASYNC) and task._state == NEW and task._claim():
        if ttype == SYNC and task._start is None and task._work is not None:
            task._queued = True
            task._execute()
        else:
            task._begin()
    if ttype == SYNC:
        task.wait()
    return task
