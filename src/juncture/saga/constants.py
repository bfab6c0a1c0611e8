"""The names that SAGA gives to states, attributes, call types and flags.

Plain values only: this module imports nothing that costs anything. The spellings are those of
GFD.90 and of its Python bindings, so that a value which a program has stored or compares with stays
right. The packages `job`, `filesystem`, … hand on the part that is theirs.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


# How a method is called: without a task (the plain value comes back), or with a task that is
# Done, Running or New when it comes back.
class TaskType(int):
    """A number that says how a method is called; it is told apart from flags by its class."""

    __slots__ = ()


NOTASK = None
SYNC = TaskType(1)
ASYNC = TaskType(2)
TASK = TaskType(3)

# States of jobs and tasks. Tasks are never pending or suspended.
UNKNOWN = "Unknown"
NEW = "New"
PENDING = "Pending"
RUNNING = "Running"
SUSPENDED = "Suspended"
DONE = "Done"
FAILED = "Failed"
CANCELED = "Canceled"


class States(tuple[str, ...]):
    """States that cannot be changed, and add up with lists, as existing programs do it."""

    __slots__ = ()

    def __add__(self, others: Any) -> Any:
        return [*self, *others] if isinstance(others, list) else tuple(self) + others

    def __radd__(self, others: list[str]) -> list[str]:
        return [*others, *self]


FINAL = States((DONE, FAILED, CANCELED))

# What a container waits for.
ALL = "All"
ANY = "Any"

# Attributes of tasks and containers.
STATE = "State"
RESULT = "Result"
EXCEPTION = "Exception"
SIZE = "Size"
TASKS = "Tasks"
STATES = "States"

# Attributes of contexts.
TYPE = "Type"
SERVER = "Server"
TOKEN = "Token"  # noqa: S105 - the attribute's name
CERT_REPOSITORY = "CertRepository"
USER_PROXY = "UserProxy"
USER_CERT = "UserCert"
USER_KEY = "UserKey"
USER_ID = "UserID"
USER_PASS = "UserPass"  # noqa: S105 - the attribute's name
USER_VO = "UserVO"
LIFE_TIME = "LifeTime"
REMOTE_ID = "RemoteID"
REMOTE_HOST = "RemoteHost"
REMOTE_PORT = "RemotePort"

# Attributes and metrics of jobs.
ID = "ID"
NAME = "Name"
SERVICE_URL = "ServiceUrl"
EXECUTION_HOSTS = "ExecutionHosts"
CREATED = "Created"
STARTED = "Started"
FINISHED = "Finished"
EXIT_CODE = "ExitCode"
TERMSIG = "Termsig"
STATE_DETAIL = "StateDetail"
SIGNAL = "Signal"
CPU_TIME = "CPUTime"
MEMORY_USE = "MemoryUse"
VMEMORY_USE = "VmemoryUse"
PERFORMANCE = "Performance"

# Attributes of job descriptions.
EXECUTABLE = "Executable"
PRE_EXEC = "PreExec"
POST_EXEC = "PostExec"
ARGUMENTS = "Arguments"
ENVIRONMENT = "Environment"
WORKING_DIRECTORY = "WorkingDirectory"
INTERACTIVE = "Interactive"
INPUT = "Input"
OUTPUT = "Output"
ERROR = "Error"
PROJECT = "Project"
FILE_TRANSFER = "FileTransfer"
CLEANUP = "Cleanup"
JOB_START_TIME = "JobStartTime"
WALL_TIME_LIMIT = "WallTimeLimit"
TOTAL_CPU_TIME = "TotalCPUTime"
TOTAL_PHYSICAL_MEMORY = "TotalPhysicalMemory"
CPU_ARCHITECTURE = "CPUArchitecture"
SYSTEM_ARCHITECTURE = "SystemArchitecture"
OPERATING_SYSTEM_TYPE = "OperatingSystemType"
CANDIDATE_HOSTS = "CandidateHosts"
QUEUE = "Queue"
SPMD_VARIATION = "SPMDVariation"
TOTAL_CPU_COUNT = "TotalCPUCount"
TOTAL_GPU_COUNT = "TotalGPUCount"
NUMBER_OF_PROCESSES = "NumberOfProcesses"
PROCESSES_PER_HOST = "ProcessesPerHost"
THREADS_PER_PROCESS = "ThreadsPerProcess"
JOB_CONTACT = "JobContact"
SMT = "SMT"

# Flags of namespace calls; they are added with `|`.
OVERWRITE = 1
RECURSIVE = 2
DEREFERENCE = 4
CREATE = 8
EXCLUSIVE = 16
LOCK = 32
CREATE_PARENTS = 64

# More flags of file calls.
TRUNCATE = 128
APPEND = 256
READ = 512
WRITE = 1024
READ_WRITE = READ | WRITE
BINARY = 2048

# Attributes of adverts, and what their callbacks are told of; so is NEW.
ATTRIBUTE = "Attribute"
OBJECT = "Object"
TTL = "TTL"
CHANGE = "Change"
DELETE = "Delete"

# Where a seek starts.
START = "Start"
CURRENT = "Current"
END = "End"
