# pyright: reportPrivateUsage=false
"""Bulk calls: sort tasks into buckets, make one call a bucket, give each task its own outcome.

Nothing that happens to one task is another's: what a bulk call raises is the failure of those tasks
that it had not ended, and a call that waits for jobs tells who waits for it when it cannot go on.
"""

from __future__ import annotations

from functools import partial

from juncture.saga.constants import ALL, NEW, RUNNING
from juncture.saga.exceptions import NoSuccess
from juncture.saga.task.states import ENDED
from juncture.saga.task.task import Task

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any

    BulkCall = Callable[..., Any]


class Submission:
    """One bulk call, and what becomes of its tasks."""

    def __init__(self, call: BulkCall, tasks: list[Task]) -> None:
        self._call = call
        self._tasks = tasks

    def __call__(self) -> None:
        """Make the call; every task has an outcome, or will be ended by its adaptor."""
        try:
            values = self._call(self._tasks)
        except Exception as error:  # noqa: BLE001 - it is the outcome of the tasks
            for task in self._tasks:
                if task._state in (NEW, RUNNING):
                    task._fail(error)
            return
        if isinstance(values, (list, tuple)):
            self._hand_out([*values])  # pyright: ignore[reportUnknownArgumentType]
        for task in self._tasks:
            if task._state == NEW:
                task._fail(NoSuccess(f"{task!r} was passed over by its adaptor's bulk call"))

    def _hand_out(self, values: list[Any]) -> None:
        if self._tasks[0]._bulk_submits:
            return
        for number, task in enumerate(self._tasks):
            if task._state in ENDED:
                continue
            if number >= len(values):
                task._fail(
                    NoSuccess(
                        f"the bulk call returned {len(values)} values for {len(self._tasks)} tasks"
                    )
                )
            elif isinstance(values[number], BaseException):
                task._fail(values[number])
            else:
                task._finish(values[number])


class Watch:
    """One call on the pool that waits for tasks of an adaptor which does not push states."""

    def __init__(
        self,
        call: BulkCall,
        tasks: list[Task],
        mode: str,
        timeout: float | None,
        *,
        failed: Callable[[BaseException], object],
        returned: Callable[[Iterable[Task]], object],
    ) -> None:
        self._failed = failed
        self._returned = returned
        self._call = call
        self._tasks = tasks
        self._mode = mode
        self._timeout = timeout

    def __call__(self) -> None:
        """Make the call, and say so when it leaves tasks that nobody watches."""
        try:
            self._call(self._tasks, self._mode, self._timeout)
        except Exception as error:  # noqa: BLE001 - who waits for the tasks is told
            self._failed(error)
        else:
            self._check_all_ended()
        finally:
            self._returned(self._tasks)

    def _check_all_ended(self) -> None:
        for_ever = self._timeout is None or self._timeout < 0
        left = [task for task in self._tasks if task._state not in ENDED]
        if self._mode == ALL and for_ever and left:
            self._failed(
                NoSuccess(f"the adaptor stopped waiting although {left[0]!r} has not ended")
            )


def sorted_out(
    tasks: Iterable[Task], verb: str
) -> tuple[list[tuple[BulkCall, list[Task]]], list[Task]]:
    """Return the buckets that have a bulk method for `verb`, each with it, and the other tasks."""
    buckets: dict[object, list[Task]] = {}
    rest: list[Task] = []
    for task in tasks:
        key = task._bucket()
        if key is None:
            rest.append(task)
        else:
            buckets.setdefault(key, []).append(task)
    found: list[tuple[BulkCall, list[Task]]] = []
    for bucket in buckets.values():
        call = bucket[0]._bulk(verb)
        if call is None:
            rest.extend(bucket)
        else:
            found.append((call, bucket))
    return found, rest


def run_all(calls: list[Callable[[], None]]) -> None:
    """Make the calls side by side, the last one in this thread, and return when all are done."""
    if not calls:
        return
    waiting = [Task(work=call) for call in calls[:-1]]
    for task in waiting:
        task.run()
    calls[-1]()
    for task in waiting:
        task.wait()


def try_all(calls: list[Callable[[], object]]) -> list[Exception]:
    """Make the calls side by side; return what they raised when all are done."""
    faults: list[Exception] = []

    def tried(call: Callable[[], object]) -> None:
        try:
            call()
        except Exception as error:  # noqa: BLE001 - it spares none of the others
            faults.append(error)

    run_all([partial(tried, call) for call in calls])
    return faults


def run_one(tasks: list[Task]) -> None:
    """Run tasks that have no bulk method."""
    for task in tasks:
        task.run()


def wait_one(tasks: list[Task], _mode: str, timeout: float | None) -> None:
    """Wait for tasks that have no bulk method, and have each know its state."""
    for task in tasks:
        task.wait(timeout)
        task.get_state()
