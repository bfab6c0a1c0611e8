"""From `OSError` to SAGA's exceptions: what a caller can do decides; the name is always told."""

from __future__ import annotations

import errno

from juncture.saga.exceptions import (
    AlreadyExists,
    BadParameter,
    DoesNotExist,
    NoSuccess,
    PermissionDenied,
    SagaException,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from typing import TypeVar

    A = TypeVar("A")
    T = TypeVar("T")


class ConnectionLost(NoSuccess):
    """The way to the back end broke; whether it did what it was asked for is not known.

    The next call of the store connects again, so what may be done twice is worth another try.
    """


class Changed(NoSuccess):
    """A file is not what it was when its copy began, or not what the back end says that it is."""


class NotPlain(BadParameter):
    """What would be replaced is no plain file: whoever asks for that has to look at it first."""


class Canceled(NoSuccess):
    """It was stopped before it was done, because somebody asked for that."""


_BY_NUMBER: dict[int, tuple[type[SagaException], str]] = {
    errno.ENOENT: (DoesNotExist, "is not there"),
    errno.EEXIST: (AlreadyExists, "is there already"),
    errno.ENOTEMPTY: (BadParameter, "is not an empty directory"),
    errno.ENOTDIR: (BadParameter, "is not a directory, or is below something that is none"),
    errno.EISDIR: (BadParameter, "is a directory"),
    errno.ELOOP: (BadParameter, "is a link that leads back to itself"),
    errno.ENAMETOOLONG: (BadParameter, "has a name that is too long"),
    errno.EINVAL: (BadParameter, "cannot be used like this"),
    errno.EACCES: (PermissionDenied, "is not for this account"),
    errno.EPERM: (PermissionDenied, "is not for this account"),
    errno.EROFS: (PermissionDenied, "is on a file system that can only be read"),
    errno.ENOSPC: (NoSuccess, "finds no room: the disk is full"),
    errno.EDQUOT: (NoSuccess, "finds no room: the quota is used up"),
    errno.EPIPE: (ConnectionLost, "is out of reach: the connection was lost"),
    errno.ECONNRESET: (ConnectionLost, "is out of reach: the connection was lost"),
    errno.ECONNABORTED: (ConnectionLost, "is out of reach: the connection was lost"),
}


def failure(error: OSError, path: str, host: str = "") -> SagaException:
    """Return the exception for what an operation on `path` met.

    Args:
        error: The operating system's answer.
        path: What the operation was about.
        host: Where that is; empty means here.
    """
    place = f"`{path}` on {host}" if host else f"`{path}`"
    known = _BY_NUMBER.get(error.errno or 0)
    if known is None:
        found: SagaException = NoSuccess(f"{place}: {error.strerror or error}")
    else:
        kind, text = known
        found = kind(f"{place} {text}")
    found.__cause__ = error
    return found


def as_saga(error: Exception, path: str, host: str = "") -> SagaException:
    """Return any exception of a store as one of SAGA's; those that are come back as they are."""
    if isinstance(error, SagaException):
        return error
    if isinstance(error, OSError):
        return failure(error, path, host)
    place = f"`{path}` on {host}" if host else f"`{path}`"
    found = NoSuccess(f"{place}: {type(error).__name__}: {error}")
    found.__cause__ = error
    return found


def attempt(call: Callable[[A], T], thing: A) -> T | SagaException:
    """Return what a call returns, or the exception that it raises."""
    try:
        return call(thing)
    except SagaException as error:
        return error


def answers(call: Callable[[A], T], things: Iterable[A]) -> Iterator[T | SagaException]:
    """Yield what a call returns for each thing, or the exception that it raises, in their order."""
    return (attempt(call, thing) for thing in things)
