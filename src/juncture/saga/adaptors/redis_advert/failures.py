"""From the errors of a Redis server and of its client to SAGA's exceptions.

The class of the error, or the code with which the server's answer begins, decides; the server is
always named, and no credential is.
"""

from __future__ import annotations

import errno
import socket

from juncture.saga.exceptions import (
    AlreadyExists,
    AuthenticationFailed,
    AuthorizationFailed,
    BadParameter,
    DoesNotExist,
    NoSuccess,
    PermissionDenied,
    SagaException,
    Timeout,
)
from juncture.saga.storage.failures import ConnectionLost
from juncture.saga.stored.credentials import HINT

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_ABSENT = frozenset({errno.ECONNREFUSED, errno.ENOENT, errno.EHOSTUNREACH, errno.ENETUNREACH})
_ANSWERS: dict[str, tuple[type[SagaException], str, str]] = {
    "AuthenticationError": (
        AuthenticationFailed,
        "does not accept the credential",
        HINT,
    ),
    "NoPermissionError": (
        AuthorizationFailed,
        "does not let this user do it",
        "the page `keep adverts on Redis` lists what a user needs",
    ),
    "ReadOnlyError": (PermissionDenied, "takes no changes: it is a replica", "use its primary"),
    "OutOfMemoryError": (
        NoSuccess,
        "has no memory left (`maxmemory`), nothing was changed",
        "remove adverts, give them a TTL, or raise `maxmemory`",
    ),
    "BusyLoadingError": (NoSuccess, "is still reading its data", "try again when it is done"),
    "MaxConnectionsError": (NoSuccess, "has all the connections it may have", ""),
}
_CODES: dict[str, tuple[type[SagaException], str, str]] = {
    "MISCONF": (
        NoSuccess,
        "takes no changes because it cannot save its data (`stop-writes-on-bgsave-error`)",
        "look at the server's log and disk",
    ),
    "NOREPLICAS": (NoSuccess, "takes no changes because too few replicas follow it", ""),
    "BUSY": (NoSuccess, "is busy with a script of somebody", "try again"),
    "WRONGTYPE": (
        NoSuccess,
        "has something else under the names that adverts are kept by",
        "let another `prefix` tell them apart",
    ),
    "MOVED": (NoSuccess, "is a node of a cluster, which is not supported", "use a single server"),
}
_UNCODED = "The user executing the script can't "
"""What servers before 7.2 say, without a code, of what a script does and its user may not."""
_REPLIES: dict[str, tuple[type[SagaException], str, str]] = {
    "absent": (DoesNotExist, "is not there", ""),
    "noparent": (DoesNotExist, "is not there to hold it", "give `CREATE_PARENTS` to make it"),
    "exists": (AlreadyExists, "is there already", ""),
    "isdir": (BadParameter, "is a directory, not an entry", "open it as a `Directory`"),
    "notdir": (BadParameter, "is an entry, not a directory", "open it as an `Entry`"),
    "tree": (BadParameter, "is a directory", "give `RECURSIVE` to copy it with all that is in it"),
    "full": (
        BadParameter,
        "is a directory that is not empty",
        "give `RECURSIVE` to remove it with all that is in it",
    ),
    "same": (BadParameter, "cannot be copied or moved onto itself", ""),
    "inside": (BadParameter, "cannot be copied or moved into itself", ""),
    "root": (BadParameter, "is the root, which stays and never ends", ""),
    "changed": (
        NoSuccess,
        "was changed while it was moved, and is in both places now",
        "move it again, with `OVERWRITE` an entry",
    ),
    "noobject": (DoesNotExist, "keeps no object", ""),
}


def of_client(error: Exception, server: str, redis: Any) -> SagaException:
    """Return the exception for what the client library raised.

    Args:
        error: What it raised.
        server: The server, without credentials.
        redis: The library.
    """
    names = [kind.__name__ for kind in type(error).__mro__]
    for name in names:
        if name in _ANSWERS:
            return _made(_ANSWERS[name], server, error)
    if isinstance(error, redis.exceptions.TimeoutError):
        return Timeout(f"`{server}` does not answer in time", error)
    if isinstance(error, redis.exceptions.ConnectionError):
        return _unconnected(error, server)
    code = str(error).split(" ", 1)[0]
    if str(error).startswith(_UNCODED):
        return _made(_ANSWERS["NoPermissionError"], server, error)
    if code in _CODES:
        return _made(_CODES[code], server, error)
    return NoSuccess(f"`{server}` failed: {error}", error)


def of_reply(reply: list[Any], server: str) -> SagaException:
    """Return the exception for what the script says is wrong."""
    code = reply[0].decode()
    path = text(reply[1])
    if code == "noattr":
        return DoesNotExist(f"`{path}` on {server} has no attribute `{text(reply[2])}`")
    kind, what, hint = _REPLIES[code]
    return kind(f"`{path}` on {server} {what}", hint=hint)


def text(data: bytes) -> str:
    """Return a name that the server has as bytes."""
    return data.decode("utf-8", "surrogateescape")


def _made(
    row: tuple[type[SagaException], str, str], server: str, error: Exception
) -> SagaException:
    kind, what, hint = row
    return kind(f"`{server}` {what}", error, hint=hint)


def _unconnected(error: Exception, server: str) -> SagaException:
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, socket.gaierror):
            return NoSuccess(f"`{server}` names a host that nobody knows: {cause.strerror}", error)
        if isinstance(cause, OSError) and cause.errno in _ABSENT:
            return NoSuccess(
                f"no Redis server answers at `{server}`: {cause.strerror}",
                error,
                hint="start one, or correct the URL",
            )
        if any(kind.__name__ == "SSLError" for kind in type(cause).__mro__):
            return NoSuccess(
                f"`{server}` cannot be reached by TLS: {cause}",
                error,
                hint="the option `ca_certs` names the file by which its certificate is checked",
            )
        cause = cause.__cause__ or cause.__context__
    return ConnectionLost(
        f"`{server}` broke the connection ({error}); whether it did what it was asked is not known",
        error,
        hint="the next call connects again",
    )
