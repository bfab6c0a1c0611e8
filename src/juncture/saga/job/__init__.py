"""Jobs: describe one, have a service run it, watch it, and find it again from another process."""

from __future__ import annotations

from juncture.saga.constants import (
    ALL,
    ANY,
    ARGUMENTS,
    CANCELED,
    CANDIDATE_HOSTS,
    CLEANUP,
    CPU_TIME,
    CREATED,
    DONE,
    ENVIRONMENT,
    ERROR,
    EXECUTABLE,
    EXECUTION_HOSTS,
    EXIT_CODE,
    FAILED,
    FILE_TRANSFER,
    FINAL,
    FINISHED,
    ID,
    INPUT,
    INTERACTIVE,
    JOB_CONTACT,
    JOB_START_TIME,
    MEMORY_USE,
    NAME,
    NEW,
    NUMBER_OF_PROCESSES,
    OPERATING_SYSTEM_TYPE,
    OUTPUT,
    PENDING,
    PERFORMANCE,
    POST_EXEC,
    PRE_EXEC,
    PROCESSES_PER_HOST,
    PROJECT,
    QUEUE,
    RUNNING,
    SERVICE_URL,
    SIGNAL,
    SPMD_VARIATION,
    STARTED,
    STATE,
    STATE_DETAIL,
    SUSPENDED,
    SYSTEM_ARCHITECTURE,
    TERMSIG,
    THREADS_PER_PROCESS,
    TOTAL_CPU_COUNT,
    TOTAL_CPU_TIME,
    TOTAL_GPU_COUNT,
    TOTAL_PHYSICAL_MEMORY,
    UNKNOWN,
    VMEMORY_USE,
    WALL_TIME_LIMIT,
    WORKING_DIRECTORY,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from juncture.saga.job.container import Container
    from juncture.saga.job.description import Description
    from juncture.saga.job.job import Job
    from juncture.saga.job.service import Service

_ROOMS = {
    "Container": "container",
    "Description": "description",
    "Job": "job",
    "Service": "service",
}

__all__ = [
    "ALL",
    "ANY",
    "ARGUMENTS",
    "CANCELED",
    "CANDIDATE_HOSTS",
    "CLEANUP",
    "CPU_TIME",
    "CREATED",
    "DONE",
    "ENVIRONMENT",
    "ERROR",
    "EXECUTABLE",
    "EXECUTION_HOSTS",
    "EXIT_CODE",
    "FAILED",
    "FILE_TRANSFER",
    "FINAL",
    "FINISHED",
    "ID",
    "INPUT",
    "INTERACTIVE",
    "JOB_CONTACT",
    "JOB_START_TIME",
    "MEMORY_USE",
    "NAME",
    "NEW",
    "NUMBER_OF_PROCESSES",
    "OPERATING_SYSTEM_TYPE",
    "OUTPUT",
    "PENDING",
    "PERFORMANCE",
    "POST_EXEC",
    "PRE_EXEC",
    "PROCESSES_PER_HOST",
    "PROJECT",
    "QUEUE",
    "RUNNING",
    "SERVICE_URL",
    "SIGNAL",
    "SPMD_VARIATION",
    "STARTED",
    "STATE",
    "STATE_DETAIL",
    "SUSPENDED",
    "SYSTEM_ARCHITECTURE",
    "TERMSIG",
    "THREADS_PER_PROCESS",
    "TOTAL_CPU_COUNT",
    "TOTAL_CPU_TIME",
    "TOTAL_GPU_COUNT",
    "TOTAL_PHYSICAL_MEMORY",
    "UNKNOWN",
    "VMEMORY_USE",
    "WALL_TIME_LIMIT",
    "WORKING_DIRECTORY",
    "Container",
    "Description",
    "Job",
    "Service",
]


def __getattr__(name: str) -> object:
    room = _ROOMS.get(name)
    if room is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(__import__(f"{__name__}.{room}", fromlist=(name,)), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
