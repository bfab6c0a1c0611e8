"""Many jobs as one: submitted, canceled and asked for by one call for each job service."""

from __future__ import annotations

from juncture.saga.exceptions import BadParameter
from juncture.saga.job.job import Job
from juncture.saga.task import container

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from juncture.saga.task.task import Task

    class Completions(container.Completions):
        """The same as jobs, for who reads and checks types."""

        def __iter__(self) -> Iterator[Job]: ...
        def __aiter__(self) -> AsyncIterator[Job]: ...


class Container(container.Container):
    """A set of jobs, of one job service or several."""

    def add(self, task: Task) -> str | None:
        """Take a job in, and return its id, which is None before it runs."""
        if not isinstance(task, Job):
            raise BadParameter(f"a job container takes jobs, found {task!r}")
        return container.Container.add(self, task)

    def get_jobs(self) -> list[Job]:
        """Return the jobs in the order in which they were added."""
        return [job for job in self.get_tasks() if isinstance(job, Job)]

    @property
    def jobs(self) -> list[Job]:
        """The jobs in order."""
        return self.get_jobs()

    if TYPE_CHECKING:

        def wait(self, mode: str = ..., timeout: float | None = None) -> Job | None:
            """Wait for all jobs, or for any one."""
            ...

        def completions(self, timeout: float | None = None) -> Completions:
            """Return the jobs as they end."""
            ...

        def __iter__(self) -> Iterator[Job]: ...
        def __aiter__(self) -> AsyncIterator[Job]: ...
