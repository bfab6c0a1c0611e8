"""What a job is: the program, its surroundings, and what it needs (GFD.90, section 4.1).

A back end that cannot serve an attribute says so when the job is created, by name. Every text is
passed as it is: no shell reads `executable`, `arguments` or `environment`. `pre_exec` and
`post_exec` are shell command lines.
"""

from __future__ import annotations

from juncture.saga.attributes import (
    ANY,
    BOOL,
    DICT,
    ENUM,
    INT,
    STRING,
    TIME,
    VECTOR,
    Attribute,
    Attributes,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class Description(Attributes):
    """The description of a job.

    >>> jd = Description(executable="/bin/echo", arguments=["a b", "c"])
    >>> jd.arguments, jd["Executable"]
    (['a b', 'c'], '/bin/echo')

    Args:
        *seeds: Dictionaries of attributes.
        **values: Attributes.

    Raises:
        DoesNotExist: a description has no attribute of a name; the nearest one is in the hint.
    """

    _ATTRIBUTES = (
        Attribute("Executable", STRING, doc="The program."),
        Attribute("Arguments", STRING, VECTOR, doc="Its arguments, passed as they are."),
        Attribute("Environment", STRING, DICT, doc="Variables to set for it."),
        Attribute("Name", STRING, doc="A name for people."),
        Attribute("WorkingDirectory", STRING, doc="Where it runs; made if it is not there."),
        Attribute("Input", STRING, doc="The file it reads as standard input."),
        Attribute("Output", STRING, doc="The file that takes its standard output."),
        Attribute("Error", STRING, doc="The file that takes its standard error."),
        Attribute("PreExec", STRING, VECTOR, doc="Shell command lines to run before it."),
        Attribute("PostExec", STRING, VECTOR, doc="Shell command lines to run after it."),
        Attribute("FileTransfer", ANY, VECTOR, doc="Files: `local > remote`, `local < remote`."),
        Attribute("Cleanup", BOOL, doc="Whether to remove what the job leaves behind."),
        Attribute("Interactive", BOOL, doc="Whether the job has streams to the client."),
        Attribute("Queue", STRING, doc="The queue of the batch system."),
        Attribute("Project", STRING, doc="The project that pays."),
        Attribute("JobContact", STRING, VECTOR, doc="Who is told of the job by mail."),
        Attribute("JobStartTime", TIME, doc="The earliest time to start."),
        Attribute("WallTimeLimit", INT, doc="Most minutes it may run."),
        Attribute("TotalCPUTime", INT, doc="Most minutes of processor time it may use."),
        Attribute("TotalCPUCount", INT, doc="Processor cores in all."),
        Attribute("TotalGPUCount", INT, doc="Graphics processors in all."),
        Attribute("TotalPhysicalMemory", INT, doc="Memory in MB in all."),
        Attribute("NumberOfProcesses", INT, doc="Processes to start."),
        Attribute("ProcessesPerHost", INT, doc="Processes on each host."),
        Attribute("ThreadsPerProcess", INT, doc="Threads of each process."),
        Attribute(
            "SPMDVariation", ENUM, enums=("MPI", "OpenMP", "MPICH-G"), doc="How processes talk."
        ),
        Attribute("CandidateHosts", STRING, VECTOR, doc="Hosts it may run on."),
        Attribute("SystemArchitecture", ANY, DICT, doc="What kind of host it needs."),
        Attribute("CPUArchitecture", STRING, VECTOR, doc="What kind of processor it needs."),
        Attribute("OperatingSystemType", STRING, VECTOR, doc="What system it needs."),
    )

    executable: str | None
    arguments: list[str] | None
    environment: dict[str, str] | None
    name: str | None
    working_directory: str | None
    input: str | None
    output: str | None
    error: str | None
    pre_exec: list[str] | None
    post_exec: list[str] | None
    file_transfer: list[Any] | None
    cleanup: bool | None
    interactive: bool | None
    queue: str | None
    project: str | None
    job_contact: list[str] | None
    job_start_time: Any
    wall_time_limit: int | None
    total_cpu_time: int | None
    total_cpu_count: int | None
    total_gpu_count: int | None
    total_physical_memory: int | None
    number_of_processes: int | None
    processes_per_host: int | None
    threads_per_process: int | None
    spmd_variation: str | None
    candidate_hosts: list[str] | None
    system_architecture: dict[str, Any] | None
    cpu_architecture: list[str] | None
    operating_system_type: list[str] | None
