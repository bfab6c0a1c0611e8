"""Many jobs as one: submitted, canceled and asked for by one call for each job service."""

from __future__ import annotations

from juncture.saga.exceptions import BadParameter
from juncture.saga.job.job import Job
from juncture.saga.task import container

TYPE_CHECKING = False
if TYPE_CHECKING:
    from juncture.saga.task.task import Task


class Container(container.Container):
    """A set of jobs, of one job service or several."""

    def add(self, task: Task) -> str | None:
        """Take a job in, and return its id, which is None before it runs."""
        if not isinstance(task, Job):
            raise BadParameter(f"a job container takes jobs, found {task!r}")
        return container.Container.add(self, task)

    def get_jobs(self) -> list[Task]:
        """Return the jobs in the order in which they were added."""
        return self.get_tasks()

    jobs = property(get_jobs, doc="The jobs in order.")
