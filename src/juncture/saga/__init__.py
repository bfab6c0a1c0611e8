"""Back-end access: one API over many back ends (SAGA, OGF GFD.90).

`import juncture.saga as rs`, then `rs.job.Service("ssh://host/")`. The names below are imported
when they are first used, so that a program pays for what it uses. The rooms, from the top: `job`,
`filesystem`, … (what a caller holds), `engine`, `cpi` (what an adaptor implements), `shell`, and
the values (`Url`, `Session`, `Context`, exceptions) that all of them know.

`__all__` is the table of public names: packages are in lower case, constants in upper case, and a
class that `_CLASSES` does not have is an exception. The imports above it say the same to type
checkers, which hold the two against each other.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from juncture.saga import (
        advert,
        attributes,
        constants,
        context,
        cpi,
        engine,
        exceptions,
        filesystem,
        job,
        namespace,
        permissions,
        replica,
        resource,
        session,
        task,
        url,
        utils,
    )
    from juncture.saga.attributes import Attributes, Callback
    from juncture.saga.constants import (
        ALL,
        ANY,
        ASYNC,
        CANCELED,
        CERT_REPOSITORY,
        DONE,
        EXCEPTION,
        FAILED,
        FINAL,
        LIFE_TIME,
        NEW,
        NOTASK,
        REMOTE_HOST,
        REMOTE_ID,
        REMOTE_PORT,
        RESULT,
        RUNNING,
        SERVER,
        SIZE,
        STATE,
        STATES,
        SYNC,
        TASK,
        TASKS,
        TOKEN,
        TYPE,
        UNKNOWN,
        USER_CERT,
        USER_ID,
        USER_KEY,
        USER_PASS,
        USER_PROXY,
        USER_VO,
    )
    from juncture.saga.context import Context
    from juncture.saga.exceptions import (
        AlreadyExists,
        AuthenticationFailed,
        AuthorizationFailed,
        BadParameter,
        DoesNotExist,
        IncorrectState,
        IncorrectURL,
        NoSuccess,
        NotImplemented,  # noqa: A004 - SAGA's own name
        PermissionDenied,
        SagaException,
        Timeout,
    )
    from juncture.saga.session import DefaultSession, Session
    from juncture.saga.task import Container, Task
    from juncture.saga.url import Url

_CLASSES = {
    "Attributes": "attributes",
    "Callback": "attributes",
    "Container": "task",
    "Context": "context",
    "DefaultSession": "session",
    "Session": "session",
    "Task": "task",
    "Url": "url",
}
"""The module of each class that is no exception."""

__all__ = [
    "ALL",
    "ANY",
    "ASYNC",
    "CANCELED",
    "CERT_REPOSITORY",
    "DONE",
    "EXCEPTION",
    "FAILED",
    "FINAL",
    "LIFE_TIME",
    "NEW",
    "NOTASK",
    "REMOTE_HOST",
    "REMOTE_ID",
    "REMOTE_PORT",
    "RESULT",
    "RUNNING",
    "SERVER",
    "SIZE",
    "STATE",
    "STATES",
    "SYNC",
    "TASK",
    "TASKS",
    "TOKEN",
    "TYPE",
    "UNKNOWN",
    "USER_CERT",
    "USER_ID",
    "USER_KEY",
    "USER_PASS",
    "USER_PROXY",
    "USER_VO",
    "AlreadyExists",
    "Attributes",
    "AuthenticationFailed",
    "AuthorizationFailed",
    "BadParameter",
    "Callback",
    "Container",
    "Context",
    "DefaultSession",
    "DoesNotExist",
    "IncorrectState",
    "IncorrectURL",
    "NoSuccess",
    "NotImplemented",
    "PermissionDenied",
    "SagaException",
    "Session",
    "Task",
    "Timeout",
    "Url",
    "advert",
    "attributes",
    "constants",
    "context",
    "cpi",
    "engine",
    "exceptions",
    "filesystem",
    "job",
    "namespace",
    "permissions",
    "replica",
    "resource",
    "session",
    "task",
    "url",
    "utils",
]


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    if name.islower():
        value: object = __import__(f"{__name__}.{name}", fromlist=(name,))
    else:
        room = "constants" if name.isupper() else _CLASSES.get(name, "exceptions")
        value = getattr(__import__(f"{__name__}.{room}", fromlist=(name,)), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
