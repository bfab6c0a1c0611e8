# pyright: reportPrivateUsage=false
"""Bulk calls of file adaptors: each task has its own outcome, and is told it as it happens."""

from __future__ import annotations

from functools import partial

from juncture.saga.constants import CANCELED
from juncture.saga.storage import stopping
from juncture.saga.storage.pipe import Stop
from juncture.saga.task.states import ENDED
from juncture.saga.task.task import Task

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from juncture.saga.exceptions import SagaException
    from juncture.saga.storage.transfer import Request


def one_by_one(tasks: list[Task]) -> None:
    """Do the calls of tasks one after the other, in this thread, as far as they are wanted."""
    for task in tasks:
        stop = Stop()
        task.add_callback("State", partial(_told_state, stop))
        if not _is_wanted(task):
            continue
        call = getattr(task.cpi, task.method)
        try:
            with stopping.until(stop):
                result = call(*task.arguments)
        except Exception as error:  # noqa: BLE001 - it is the outcome of this task
            task._fail(error)
        else:
            task._finish(result)


def copy(tasks: list[Task]) -> None:
    """Copy what tasks say: one transfer for those with the same wish for checksums.

    Of a task that is canceled nothing more is copied.
    """
    batches: dict[str | None, dict[Request, Task]] = {}
    single: list[Callable[[], None]] = []
    for task in tasks:
        try:
            request, on_progress, checksum = task.cpi._request(*task.arguments)
        except Exception as error:  # noqa: BLE001 - it is the outcome of this task
            task._fail(error)
            continue
        if request is None:
            single.append(partial(one_by_one, [task]))
            continue
        request.is_wanted = partial(_is_wanted, task)
        if on_progress is None:
            batches.setdefault(checksum, {})[request] = task
        else:  # it tells how far this copy is, and no other
            single.append(partial(_run, {request: task}, checksum, on_progress))
    for checksum, batch in batches.items():
        _run(batch, checksum)
    for call in single:
        call()


def one_task() -> Task:
    """Return a task that does its call when it is run, and ends when it is canceled."""
    task = Task(work=lambda: one_by_one([task]))
    return task


def copy_task() -> Task:
    """Return a task that copies what it says when it is run."""
    task = Task(work=lambda: copy([task]))
    return task


def _told_state(stop: Stop, _task: Task, _key: str, state: str) -> bool:
    if state == CANCELED:
        stop.set()
    return True


def _is_wanted(task: Task) -> bool:
    return task.state not in ENDED


def _run(batch: dict[Request, Task], checksum: str | None, on_progress: Any = None) -> None:
    from juncture.saga.storage.transfer import Transfer

    def told(request: Request, error: SagaException | None) -> None:
        task: Any = batch[request]
        if error is None:
            task._finish(None)
        else:
            task._fail(error)

    transfer = Transfer(batch, checksum=checksum, on_progress=on_progress, on_outcome=told)
    try:
        transfer.run()
    except Exception as error:  # noqa: BLE001 - that of somebody's `on_progress`, or a bug
        for task in batch.values():
            task._fail(error)
