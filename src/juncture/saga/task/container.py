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
from collections import deque

from juncture.saga.async_pool import pool
from juncture.saga.constants import ALL, ANY, NEW, RUNNING
from juncture.saga.exceptions import BadParameter, DoesNotExist, IncorrectState, NoSuccess
from juncture.saga.task.states import ENDED
from juncture.saga.task.task import Task

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterable, Iterator
    from typing import Any

    BulkCall = Callable[..., Any]


class Container:
    """A set of tasks, in the order in which they were added."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._tasks: dict[int, Task] = {}
        self._open = 0
        self._finished: deque[Task] = deque()
        self._gates: list[Callable[[], object]] = []
        self._watched: set[int] = set()

    # What is in it ------------------------------------------------------------------------------

    def add(self, task: Task) -> str | None:
        """Take a task in, and return its id; one that is in already stays once."""
        if not isinstance(task, Task):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise BadParameter(f"a container takes tasks, found {task!r}")
        with self._guard:
            if id(task) in self._tasks:
                return task.id
            self._tasks[id(task)] = task
            self._open += 1
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
            if task.state not in ENDED:
                self._open -= 1

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
        asked, _ = _sorted((task for task in tasks if task._asks()), "get_states")
        for call, bucket in asked:
            call(bucket)
        return [task.state for task in tasks]

    tasks = property(get_tasks, doc="The tasks in order.")
    size = property(get_size, doc="How many tasks there are.")
    states = property(get_states, doc="The state of each task, in order.")

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
        buckets, rest = _sorted((task for task in self.get_tasks() if task.state == NEW), "run")
        blocking: list[Callable[[], None]] = []
        for call, bucket in buckets:
            if bucket[0]._bulk_submits:
                blocking.append(_Submission(call, bucket))
            else:
                claimed = [task for task in bucket if task._claim()]
                if claimed:
                    pool.submit(_Submission(call, claimed))
        for task in rest:
            if task._bulk_submits:
                blocking.append(_Submission(_run_one, [task]))
            elif task._claim():
                task._begin()
        _run_all(blocking)

    def wait(self, mode: str = ALL, timeout: float | None = None) -> Task | None:
        """Wait for all tasks, or for any one.

        Args:
            mode: ALL, or ANY: then each task is returned once, in the order in which they end.
            timeout: Seconds; None or less than 0 means for ever, 0 asks and returns.

        Returns:
            A task that has ended; None when time ran out or there is none left to return.

        Raises:
            IncorrectState: a task is New, so that nothing would end it.
        """
        if mode not in (ALL, ANY):
            raise BadParameter(f"a container waits for ALL or ANY, found {mode!r}")
        self._watch(mode, timeout)
        if not self._wait_until(self._ready_all if mode == ALL else self._ready_any, timeout):
            return None
        with self._guard:
            if mode == ALL:
                return next(reversed(self._tasks.values()), None)
            return self._finished.popleft() if self._finished else None

    def cancel(self, timeout: float | None = None) -> None:
        """Cancel every task that has not ended; a failure to cancel one spares none of the others.

        Raises:
            NoSuccess: some could not be canceled; `exceptions` lists why.
        """
        live = [task for task in self.get_tasks() if task.state not in ENDED]
        buckets, rest = _sorted((task for task in live if task.state != NEW), "cancel")
        faults: list[BaseException] = []
        for call, bucket in buckets:
            try:
                call(bucket, timeout)
            except Exception as error:  # noqa: BLE001 - the others must be canceled all the same
                faults.append(error)
        for task in [*rest, *(task for task in live if task.state == NEW)]:
            try:
                task.cancel(timeout)
            except Exception as error:  # noqa: BLE001 - as above
                faults.append(error)
        if faults:
            failure = NoSuccess(f"{len(faults)} of {len(live)} tasks could not be canceled")
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
            self._open -= 1
            self._finished.append(task)
            gates = list(self._gates)
        for gate in gates:
            gate()

    def _ready_all(self) -> bool:
        return self._open == 0

    def _ready_any(self) -> bool:
        return bool(self._finished) or self._open == 0

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
        live = [task for task in self.get_tasks() if task.state not in ENDED]
        for task in live:
            if task.state == NEW:
                raise IncorrectState(
                    f"{task!r} is New, nothing would end it", hint="call the container's `run()`"
                )
        fresh = [task for task in live if task._asks() and id(task) not in self._watched]
        if not fresh or timeout == 0:
            return
        self._watched.update(map(id, fresh))
        buckets, rest = _sorted(fresh, "wait")
        for call, bucket in buckets:
            pool.submit(_Watch(self, call, bucket, mode, timeout))
        for task in rest:
            pool.submit(_Watch(self, _wait_one, [task], mode, timeout))


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

        container = self._container
        loop = asyncio.get_running_loop()
        changed = asyncio.Event()

        def gate() -> None:
            loop.call_soon_threadsafe(changed.set)

        container._watch(ANY, self._timeout)
        with container._guard:
            container._gates.append(gate)
        try:
            while not (container._open == 0 and not container._finished):
                changed.clear()
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


class _Submission:
    """One bulk call, and what becomes of its tasks."""

    def __init__(self, call: BulkCall, tasks: list[Task]) -> None:
        self._call = call
        self._tasks = tasks

    def __call__(self) -> None:
        try:
            values = self._call(self._tasks)
        except Exception as error:  # noqa: BLE001 - it is the outcome of the tasks
            for task in self._tasks:
                if task.state in (NEW, RUNNING):
                    task._fail(error)
            return
        if isinstance(values, (list, tuple)):
            self._hand_out([*values])  # pyright: ignore[reportUnknownArgumentType]
        for task in self._tasks:
            if task.state == NEW:
                task._fail(NoSuccess(f"{task!r} was passed over by its adaptor's bulk call"))

    def _hand_out(self, values: list[Any]) -> None:
        if self._tasks[0]._bulk_submits:
            return
        for number, task in enumerate(self._tasks):
            if task.state in ENDED:
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


class _Watch:
    """One call on the pool that waits for tasks of an adaptor which does not push states."""

    def __init__(
        self,
        container: Container,
        call: BulkCall,
        tasks: list[Task],
        mode: str,
        timeout: float | None,
    ) -> None:
        self._container = container
        self._call = call
        self._tasks = tasks
        self._mode = mode
        self._timeout = timeout

    def __call__(self) -> None:
        try:
            self._call(self._tasks, self._mode, self._timeout)
        finally:
            self._container._watched.difference_update(map(id, self._tasks))


def _sorted(
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


def _run_all(calls: list[Callable[[], None]]) -> None:
    """Make the calls side by side, the last one in this thread, and return when all are done."""
    if not calls:
        return
    waiting = [Task(work=call) for call in calls[:-1]]
    for task in waiting:
        task.run()
    calls[-1]()
    for task in waiting:
        task.wait()


def _run_one(tasks: list[Task]) -> None:
    for task in tasks:
        task.run()


def _wait_one(tasks: list[Task], _mode: str, timeout: float | None) -> None:
    for task in tasks:
        task.wait(timeout)
