# pyright: reportPrivateUsage=false
"""Many tasks as one: run, wait, cancel, and ask for states, in bulk where an adaptor can.

`run` sorts the New tasks into buckets: tasks of one adaptor instance and one method, or jobs of one
job service. For each bucket whose adaptor has the bulk method, that is called once with all of its
tasks; the rest goes to the pool. For a task made by `directory.copy(…, ttype=TASK)` the bulk method
is `container_copy(self, tasks)`, looked up on the adaptor class instance of the first task, then on
the adaptor itself. A bulk method ends each task by itself, or returns one value for each task in
order, an exception standing for a failure; if it raises, that is the failure of each task it had
not ended.

Every task has its own state and exception: nothing that happens to one is raised by the container.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from functools import partial

from juncture.saga.async_pool import pool
from juncture.saga.constants import ALL, ANY, NEW
from juncture.saga.exceptions import BadParameter, DoesNotExist, IncorrectState, NoSuccess
from juncture.saga.task.bulk import (
    Submission,
    Watch,
    run_all,
    run_one,
    sorted_out,
    try_all,
    wait_one,
)
from juncture.saga.task.errors import saga_error
from juncture.saga.task.states import ENDED
from juncture.saga.task.task import Task

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterable, Iterator

    from juncture.saga.task.bulk import BulkCall


class Container:
    """A set of tasks, in the order in which they were added."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._tasks: dict[int, Task] = {}
        self._open: set[int] = set()
        self._finished: deque[Task] = deque()
        self._gates: list[Callable[[], object]] = []
        self._watched: set[int] = set()
        self._fault: BaseException | None = None
        self._lapses = 0

    # What is in it ------------------------------------------------------------------------------

    def add(self, task: Task) -> str | None:
        """Take a task in, and return its id; one that is in already stays once."""
        if not isinstance(task, Task):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise BadParameter(f"a container takes tasks, found {task!r}")
        with self._guard:
            if id(task) in self._tasks:
                return task.id
            self._tasks[id(task)] = task
            self._open.add(id(task))
        task._add_listener(self._ended)
        return task.id

    def remove(self, task: Task) -> None:
        """Let a task go; it stays in its state.

        Raises:
            DoesNotExist: it is not in the container.
        """
        with self._guard:
            if self._tasks.pop(id(task), None) is None:
                raise DoesNotExist(f"{task!r} is not in the container")
            task._remove_listener(self._ended)
            if task in self._finished:
                self._finished.remove(task)
            self._open.discard(id(task))

    def get_task(self, id: str) -> Task:  # noqa: A002 - the API's own name
        """Return the task of an id.

        Raises:
            DoesNotExist: there is none.
        """
        for task in self.get_tasks():
            if task.id == id:
                return task
        raise DoesNotExist(f"the container has no task `{id}`")

    def get_tasks(self) -> list[Task]:
        """Return the tasks in the order in which they were added."""
        with self._guard:
            return list(self._tasks.values())

    def get_size(self) -> int:
        """Return how many tasks there are."""
        return len(self._tasks)

    def get_states(self) -> list[str]:
        """Return the state of each task, in order.

        Jobs whose adaptor must ask are asked for in one call for each job service.
        """
        tasks = self.get_tasks()
        asked, _ = sorted_out((task for task in tasks if task._asks()), "get_states")
        fresh: set[int] = set()
        for call, bucket in asked:
            call(bucket)
            fresh.update(map(id, bucket))
        return [task._state if id(task) in fresh else task.state for task in tasks]

    @property
    def tasks(self) -> list[Task]:
        """The tasks in order."""
        return self.get_tasks()

    @property
    def size(self) -> int:
        """How many tasks there are."""
        return self.get_size()

    @property
    def states(self) -> list[str]:
        """The state of each task, in order."""
        return self.get_states()

    def __len__(self) -> int:
        return len(self._tasks)

    def __iter__(self) -> Iterator[Task]:
        return iter(self.get_tasks())

    def __contains__(self, task: object) -> bool:
        return id(task) in self._tasks

    def __bool__(self) -> bool:
        return True

    # What is done with it -----------------------------------------------------------------------

    def run(self) -> None:
        """Start every task that is New.

        Jobs have been handed to their back end when this returns; other tasks go on by themselves.
        """
        buckets, rest = sorted_out((task for task in self.get_tasks() if task._state == NEW), "run")
        blocking: list[Callable[[], None]] = []
        for call, bucket in buckets:
            claimed = [task for task in bucket if task._claim()]
            if not claimed:
                continue
            if claimed[0]._bulk_submits:
                blocking.append(Submission(call, claimed))
            else:
                try:
                    pool.submit(Submission(call, claimed))
                except RuntimeError as error:  # no thread is left
                    for task in claimed:
                        task._fail(error)
        for task in rest:
            if task._bulk_submits:
                blocking.append(Submission(run_one, [task]))
            elif task._claim():
                task._begin()
        run_all(blocking)

    def wait(self, mode: str = ALL, timeout: float | None = None) -> Task | None:
        """Wait for all tasks, or for any one.

        Args:
            mode: ALL, or ANY: then each task is returned once, in the order in which they end.
            timeout: Seconds; None or less than 0 means for ever, 0 asks and returns.

        Returns:
            A task that has ended; None when time ran out or there is none left to return.

        Raises:
            IncorrectState: a task is New, so that nothing would end it.
            SagaException: an adaptor that must ask for the end of its jobs could not.
        """
        if mode not in (ALL, ANY):
            raise BadParameter(f"a container waits for ALL or ANY, found {mode!r}")
        ready = self._ready_all if mode == ALL else self._ready_any
        deadline = None if timeout is None or timeout < 0 else time.monotonic() + timeout
        while True:
            left = None if deadline is None else max(0.0, deadline - time.monotonic())
            lapses = self._lapses
            self._watch(mode, left)
            if not self._wait_until(lambda: ready() or self._lapses != lapses, left):  # noqa: B023 - it is called before the next turn
                return None
            self._raise_fault()
            with self._guard:
                if mode == ANY and self._finished:
                    return self._finished.popleft()
                if not self._open:
                    return next(reversed(self._tasks.values()), None) if mode == ALL else None
            # Another thread was faster, or a call that watched has returned.

    def cancel(self, timeout: float | None = None) -> None:
        """Cancel every task that has not ended; a failure to cancel one spares none of the others.

        Raises:
            NoSuccess: some could not be canceled; `exceptions` lists why.
        """
        live = [task for task in self.get_tasks() if task._state not in ENDED]
        buckets, rest = sorted_out((task for task in live if task._state != NEW), "cancel")
        # Side by side: a service that does not answer keeps the jobs of no other alive.
        faults = try_all([partial(call, bucket, timeout) for call, bucket in buckets])
        for task in [*rest, *(task for task in live if task._state == NEW)]:
            try:
                task.cancel(timeout)
            except Exception as error:  # noqa: BLE001 - the others must be canceled all the same
                faults.append(error)
        if faults:
            first = saga_error(faults[0])
            failure = NoSuccess(
                f"{len(faults)} of {len(live)} tasks could not be canceled: {first.message}",
                hint=first.hint,
            )
            for fault in faults:
                failure._add_exception(fault)
            raise failure from faults[0]

    def completions(self, timeout: float | None = None) -> Completions:
        """Return the tasks as they end, for `for` and `async for`; each comes once."""
        return Completions(self, timeout)

    def __aiter__(self) -> AsyncIterator[Task]:
        return self.completions().__aiter__()

    # How it works -------------------------------------------------------------------------------

    def _ended(self, task: Task) -> None:
        with self._guard:
            if id(task) not in self._tasks:
                return
            self._open.discard(id(task))
            self._finished.append(task)
        self._wake()

    def _failed(self, error: BaseException) -> None:
        """Have who waits told that the end of some tasks cannot be learned."""
        self._fault = error
        self._wake()

    def _raise_fault(self) -> None:
        with self._guard:
            error, self._fault = self._fault, None
        if error is not None:
            raise saga_error(error) from error

    def _wake(self) -> None:
        with self._guard:
            gates = list(self._gates)
        for gate in gates:
            gate()

    def _ready_all(self) -> bool:
        return not self._open or self._fault is not None

    def _ready_any(self) -> bool:
        return bool(self._finished) or not self._open or self._fault is not None

    def _wait_until(self, ready: Callable[[], bool], timeout: float | None) -> bool:
        if ready():
            return True
        if timeout == 0:
            return False
        lock = threading.Lock()
        lock.acquire()

        def opened() -> None:
            if ready() and lock.locked():
                with self._guard:
                    if lock.locked():
                        lock.release()

        with self._guard:
            self._gates.append(opened)
        try:
            if ready():
                return True
            return lock.acquire(timeout=-1 if timeout is None or timeout < 0 else timeout)
        finally:
            with self._guard:
                self._gates.remove(opened)

    def _watch(self, mode: str, timeout: float | None) -> None:
        """See to it that every task will end by push: nothing New, and what must ask is asked."""
        live = [task for task in self.get_tasks() if task._state not in ENDED]
        for task in live:
            if task._state == NEW and not task._submitting:
                raise IncorrectState(
                    f"{task!r} is New, nothing would end it", hint="call the container's `run()`"
                )
        fresh = [task for task in live if task._asks() and id(task) not in self._watched]
        if not fresh or timeout == 0:
            return
        self._watched.update(map(id, fresh))
        buckets, rest = sorted_out(fresh, "wait")
        for call, bucket in buckets:
            self._submit_watch(call, bucket, mode, timeout)
        for task in rest:
            self._submit_watch(wait_one, [task], mode, timeout)

    def _submit_watch(
        self, call: BulkCall, tasks: list[Task], mode: str, timeout: float | None
    ) -> None:
        pool.submit(
            Watch(call, tasks, mode, timeout, failed=self._failed, returned=self._unwatched)
        )

    def _unwatched(self, tasks: Iterable[Task]) -> None:
        """Have the rest watched again, if the call that has returned saw a task end."""
        self._watched.difference_update(map(id, tasks))
        if any(task._state in ENDED for task in tasks):
            self._lapses += 1
            self._wake()


class Completions:
    """The tasks of a container as they end, for `for` and `async for`."""

    def __init__(self, container: Container, timeout: float | None) -> None:
        self._container = container
        self._timeout = timeout

    def __iter__(self) -> Iterator[Task]:
        while (task := self._container.wait(ANY, self._timeout)) is not None:
            yield task

    async def __aiter__(self) -> AsyncIterator[Task]:
        import asyncio
        from contextlib import suppress

        container = self._container
        loop = asyncio.get_running_loop()
        changed = asyncio.Event()

        def gate() -> None:
            with suppress(RuntimeError):  # the loop is closed, nobody listens any more
                loop.call_soon_threadsafe(changed.set)

        with container._guard:
            container._gates.append(gate)
        try:
            while container._open or container._finished:
                changed.clear()
                container._watch(ANY, self._timeout)
                container._raise_fault()
                with container._guard:
                    task = container._finished.popleft() if container._finished else None
                if task is not None:
                    yield task
                    continue
                try:
                    await asyncio.wait_for(changed.wait(), self._timeout)
                except asyncio.TimeoutError:
                    return
        finally:
            with container._guard:
                container._gates.remove(gate)
