# pyright: reportPrivateUsage=false
"""Bulk calls of file adaptors: each task has its own outcome, and is told it as it happens."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from juncture.saga.exceptions import SagaException
    from juncture.saga.storage.transfer import Request
    from juncture.saga.task import Task


def one_by_one(tasks: list[Task]) -> None:
    """Do the calls of tasks one after the other, in this thread."""
    for task in tasks:
        call = getattr(task.cpi, task.method)
        try:
            result = call(*task.arguments)
        except Exception as error:  # noqa: BLE001 - it is the outcome of this task
            task._fail(error)
        else:
            task._finish(result)


def copy(tasks: list[Task]) -> None:
    """Copy what tasks say: one transfer for those with the same wish for checksums."""
    batches: dict[str | None, dict[Request, Task]] = {}
    single: list[Task] = []
    for task in tasks:
        try:
            request, on_progress, checksum = task.cpi._request(*task.arguments)
        except Exception as error:  # noqa: BLE001 - it is the outcome of this task
            task._fail(error)
            continue
        if on_progress is not None or request is None:
            single.append(task)  # it tells how far this copy is, and no other, or is several
        else:
            batches.setdefault(checksum, {})[request] = task
    for checksum, batch in batches.items():
        _run(batch, checksum)
    one_by_one(single)


def _run(batch: dict[Request, Task], checksum: str | None) -> None:
    from juncture.saga.storage.transfer import Transfer

    def told(request: Request, error: SagaException | None) -> None:
        task: Any = batch[request]
        if error is None:
            task._finish(None)
        else:
            task._fail(error)

    Transfer(batch, checksum=checksum, on_outcome=told).run()
