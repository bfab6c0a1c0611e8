"""Tasks: a call that may still be going on, and containers of such calls.

`SYNC`, `ASYNC` and `TASK` say in which state a method returns its task: Done (or Failed), Running,
New. `NOTASK`, which is None, asks for the plain value.
"""

from juncture.saga.constants import (
    ALL,
    ANY,
    ASYNC,
    CANCELED,
    DONE,
    EXCEPTION,
    FAILED,
    FINAL,
    NEW,
    NOTASK,
    RESULT,
    RUNNING,
    SIZE,
    STATE,
    STATES,
    SYNC,
    TASK,
    TASKS,
    UNKNOWN,
)
from juncture.saga.task.container import Completions, Container
from juncture.saga.task.errors import saga_error
from juncture.saga.task.task import Task

__all__ = [
    "ALL",
    "ANY",
    "ASYNC",
    "CANCELED",
    "DONE",
    "EXCEPTION",
    "FAILED",
    "FINAL",
    "NEW",
    "NOTASK",
    "RESULT",
    "RUNNING",
    "SIZE",
    "STATE",
    "STATES",
    "SYNC",
    "TASK",
    "TASKS",
    "UNKNOWN",
    "Completions",
    "Container",
    "Task",
    "saga_error",
]
