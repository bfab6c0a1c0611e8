# pyright: reportPrivateUsage=false
"""Bind an API object to the first adaptor class that takes it.

For each candidate the class is made and its `init_instance` is called; whatever either raises is
kept, and the next one is tried. When all have declined, the most specific of their reasons is
raised and lists the others. Asynchronously, a class with `init_instance_async` is given the task
type and returns a task; other classes are initialised on the pool. Either way the next candidate is
tried when one fails, and what is made after the caller has canceled is closed.
"""

from __future__ import annotations

from juncture.saga.async_pool import pool
from juncture.saga.constants import ASYNC, CANCELED, FAILED, NEW, SYNC, TASK
from juncture.saga.cpi.decorators import is_stub
from juncture.saga.exceptions import BadParameter, NoSuccess
from juncture.saga.task.errors import saga_error
from juncture.saga.task.states import ENDED
from juncture.saga.task.task import Task

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from juncture.saga.cpi.base import Base
    from juncture.saga.engine.registry import Entry
    from juncture.saga.exceptions import SagaException

ASYNC_FORM = "init_instance_async"


def bind(api: Any, entries: Sequence[Entry], arguments: tuple[Any, ...]) -> Base:
    """Return an initialised instance of the first class that takes the object.

    Raises:
        SagaException: none did; `exceptions` lists each reason.
    """
    reasons: list[SagaException] = []
    for entry in entries:
        try:
            instance = entry.cpi_class(api, entry.adaptor)
            instance.init_instance(*arguments)
        except Exception as error:  # noqa: BLE001 - the next adaptor is tried
            reasons.append(_reason(error, entry, api))
        else:
            return instance
    raise most_specific(reasons)


def most_specific(reasons: Sequence[BaseException]) -> SagaException:
    """Return the exception that says most, listing the others."""
    first = saga_error(reasons[0])
    for reason in reasons[1:]:
        first._add_exception(reason)
    return first._get_exception_stack()


class AsyncBinding:
    """One asynchronous binding: `task` ends with the API object, or with every reason why not."""

    def __init__(
        self, api: Any, entries: Sequence[Entry], arguments: tuple[Any, ...], ttype: int
    ) -> None:
        self._api = api
        self._entries = list(entries)
        self._arguments = arguments
        self._ttype = ASYNC if ttype == TASK else ttype
        self._reasons: list[BaseException] = []
        self._inner: Task | None = None
        self._instance: Base | None = None
        self.task = Task(self._start, cancel=self._cancel)
        self.task._api_object = api
        self.task._method = "create"
        if ttype == TASK:
            self._prepare()

    def _prepare(self) -> None:
        """Let a first candidate with an asynchronous form see the task type TASK."""
        if self._entries and hasattr(self._entries[0].cpi_class, ASYNC_FORM):
            try:
                self._inner = self._call_async(TASK)
            except Exception as error:  # noqa: BLE001 - the next adaptor is tried
                self._decline(error)

    def _start(self, _task: Task) -> None:
        inner = self._inner
        if inner is None:
            self._try_next()
            return
        if inner.state == NEW:
            inner.run()
        inner._add_listener(self._ended)

    def _try_next(self) -> None:
        """Begin with the next candidate; returns at once."""
        while self._entries:
            if self.task.state in ENDED:
                return
            if not hasattr(self._entries[0].cpi_class, ASYNC_FORM):
                pool.submit(self._bind_sync)
                return
            try:
                self._inner = self._call_async(self._ttype)
            except Exception as error:  # noqa: BLE001 - the next adaptor is tried
                self._decline(error)
            else:
                if self._inner.state == NEW:
                    self._inner.run()
                self._inner._add_listener(self._ended)
                return
        self.task._fail(most_specific(self._reasons))

    def _call_async(self, ttype: int) -> Task:
        entry = self._entries[0]
        self._instance = entry.cpi_class(self._api, entry.adaptor)
        inner = getattr(self._instance, ASYNC_FORM)(ttype, *self._arguments)
        if not isinstance(inner, Task):
            raise NoSuccess(f"`{entry!r}.{ASYNC_FORM}` returns a task, it returned {inner!r}")
        return inner  # pyright: ignore[reportUnknownVariableType]

    def _ended(self, inner: Task) -> None:
        if inner.state == FAILED:
            self._decline(inner.exception or NoSuccess("it did not say why"))
            self._try_next()
        elif inner.state == CANCELED:
            self.task._set_state(CANCELED)
        else:
            self._made(self._instance, inner.result)

    def _bind_sync(self) -> None:
        """Try candidates without an asynchronous form, on the pool."""
        if self.task.state in ENDED:
            return  # canceled while it waited in line
        entry = self._entries[0]
        try:
            instance = bind(self._api, [entry], self._arguments)
        except Exception as error:  # noqa: BLE001 - the next adaptor is tried
            self._decline(error)
            self._try_next()
        else:
            self._made(instance)

    def _made(self, instance: Base | None, made: Any = None) -> None:
        """End the task; an adaptor may have made the API object itself, else it is the caller's."""
        self._api._adaptor = instance
        if self.task._finish(self._api if made is None else made):
            return
        self._api._adaptor = None
        for each in (made, instance):
            _discard(each)

    def _decline(self, error: BaseException) -> None:
        self._reasons.append(_reason(error, self._entries.pop(0), self._api))

    def _cancel(self, _task: Task) -> None:
        if self._inner is not None:
            self._inner.cancel()


def _discard(made: Any) -> None:
    """Close what was made for nobody, if it is something that can be closed."""
    close = getattr(made, "close", None)
    if close is None or is_stub(close):
        return
    try:
        close()
    except Exception:
        import logging

        logging.getLogger(__name__).warning(
            "%r was made for a canceled task and cannot be closed", made, exc_info=True
        )


def check_type(ttype: Any) -> None:
    """Raise BadParameter when `ttype` is no task type."""
    if ttype not in (SYNC, ASYNC, TASK):
        raise BadParameter(f"a task type is SYNC, ASYNC, TASK or None, found {ttype!r}")


def _reason(error: BaseException, entry: Entry, api: Any) -> SagaException:
    return saga_error(error, adaptor=entry.adaptor.get_name(), api_object=api)
