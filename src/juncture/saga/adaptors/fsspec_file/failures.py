"""From what file systems of fsspec raise to SAGA's exceptions: one sentence each, no secrets.

Their libraries are not imported: an exception is known by its Python class, by the HTTP status that
it bears, by its number, or by the name of one of its classes. Its text decides nothing.
"""

from __future__ import annotations

import errno
import re
import socket
import ssl

from juncture.saga import exceptions
from juncture.saga.adaptors.fsspec_file import options
from juncture.saga.exceptions import (
    AlreadyExists,
    AuthenticationFailed,
    BadParameter,
    DoesNotExist,
    NoSuccess,
    PermissionDenied,
    SagaException,
)
from juncture.saga.storage import failures
from juncture.saga.storage.failures import ConnectionLost
from juncture.saga.stored.credentials import HINT

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

_USERINFO = re.compile(r"(://)[^/@\s]*@")
_QUERY = re.compile(r"(://[^\s?'\"]*)\?[^\s'\"]*")
_MOST_CAUSES = 8
_UNEXPECTED = re.compile(r"unexpected keyword argument '(\w+)'$")
"""How Python says it; it says so nowhere but in the text. What it is, the class has decided."""

_STATUSES: dict[int, tuple[type[SagaException], str]] = {
    401: (AuthenticationFailed, "is not given without credentials that the server accepts"),
    403: (PermissionDenied, "is not for this account: the server forbids it (403)"),
    404: (DoesNotExist, "is not there (404)"),
    405: (
        exceptions.NotImplemented,
        "cannot be used like this: the server does not allow it (405)",
    ),
    407: (AuthenticationFailed, "is behind a proxy that wants credentials (407)"),
    409: (DoesNotExist, "has no directory to be in (409)"),
    410: (DoesNotExist, "is there no longer (410)"),
    412: (AlreadyExists, "is there already (412)"),
    423: (PermissionDenied, "is locked by somebody (423)"),
    429: (NoSuccess, "is refused for now: too many requests (429)"),
    507: (NoSuccess, "finds no room: the disk or the quota is full (507)"),
}
_HINTS = {401: HINT, 407: "write `http://user:password@proxy:port` into `https_proxy`"}
_CLASSES: tuple[tuple[type[BaseException], type[SagaException], str], ...] = (
    (FileNotFoundError, DoesNotExist, "is not there"),
    (FileExistsError, AlreadyExists, "is there already"),
    (PermissionError, PermissionDenied, "is not for this account"),
    (IsADirectoryError, BadParameter, "is a directory"),
    (NotADirectoryError, BadParameter, "is not a directory, or is below something that is none"),
    (ConnectionRefusedError, NoSuccess, "is out of reach: nothing listens at that host and port"),
    (TimeoutError, ConnectionLost, "is out of reach: the server did not answer in time"),
    (ConnectionError, ConnectionLost, "is out of reach: the connection was lost"),
    (EOFError, ConnectionLost, "is out of reach: the connection was lost"),
    (NotImplementedError, exceptions.NotImplemented, "cannot be used like this: there is no way"),
)
_NAMES: dict[str, tuple[type[SagaException], str]] = {
    "InvalidURL": (BadParameter, "has a name that no URL there can have"),
    "ClientPayloadError": (ConnectionLost, "ended early: the connection was lost"),
    "ServerDisconnectedError": (ConnectionLost, "is out of reach: the connection was lost"),
    "RemoteProtocolError": (ConnectionLost, "is out of reach: the connection was lost"),
    "ReadError": (ConnectionLost, "is out of reach: the connection was lost"),
    "WriteError": (ConnectionLost, "is out of reach: the connection was lost"),
    "IncompleteRead": (ConnectionLost, "ended early: the connection was lost"),
    "TimeoutException": (ConnectionLost, "is out of reach: the server did not answer in time"),
    "TooManyRedirects": (NoSuccess, "is not found: the server redirects without end"),
    "NoCredentialsError": (AuthenticationFailed, "is not given without credentials"),
    "PartialCredentialsError": (AuthenticationFailed, "is not given without all credentials"),
    "ClientAuthenticationError": (
        AuthenticationFailed,
        "is not given without credentials that the service accepts",
    ),
    "DefaultCredentialsError": (AuthenticationFailed, "is not given without credentials"),
    "ServiceRequestError": (NoSuccess, "is out of reach: nothing answers at the endpoint"),
    "EndpointConnectionError": (NoSuccess, "is out of reach: nothing answers at the endpoint"),
    "ResourceNotFound": (DoesNotExist, "is not there"),
    "ResourceAlreadyExists": (AlreadyExists, "is there already"),
    "ResourceConflict": (DoesNotExist, "has no directory to be in"),
    "ResourceLocked": (PermissionDenied, "is locked by somebody"),
    "ForbiddenOperation": (PermissionDenied, "is not for this account"),
    "InsufficientStorage": (NoSuccess, "finds no room: the disk or the quota is full"),
    "SMBConnectionClosed": (ConnectionLost, "is out of reach: the connection was lost"),
    "SMBAuthenticationError": (
        AuthenticationFailed,
        "is not given: the server accepts no login that we have",
    ),
    "BadZipFile": (BadParameter, "is in no archive of that kind, or in a damaged one"),
}
_NT_STATUSES: dict[int, tuple[type[SagaException], str]] = {
    0xC0000034: (DoesNotExist, "is not there"),
    0xC000003A: (DoesNotExist, "is not there"),
    0xC0000035: (AlreadyExists, "is there already"),
    0xC00000BA: (BadParameter, "is a directory"),
    0xC0000101: (BadParameter, "is not an empty directory"),
    0xC0000022: (PermissionDenied, "is not for this account"),
    0xC0000121: (PermissionDenied, "cannot be removed"),
    0xC0000043: (NoSuccess, "is in use by somebody who does not share it"),
    0xC0000056: (DoesNotExist, "is being removed"),
    0xC0000033: (BadParameter, "has a name that no file there can have"),
    0xC0000039: (BadParameter, "has a path that no file there can have"),
    0xC000003B: (BadParameter, "has a path that no file there can have"),
    0xC000006A: (AuthenticationFailed, "is not given: the server refuses the login"),
    0xC000006D: (AuthenticationFailed, "is not given: the server refuses the login"),
    0xC0000071: (AuthenticationFailed, "is not given: the password has expired"),
    0xC000007F: (NoSuccess, "finds no room: the disk or the quota is full"),
    0xC00000CC: (DoesNotExist, "is in no share that the server has"),
    0xC00000C9: (ConnectionLost, "is out of reach: the server closed the share"),
    0xC00000B5: (ConnectionLost, "is out of reach: the server did not answer in time"),
    0xC0000128: (ConnectionLost, "is out of reach: the server closed the file"),
    0xC0000203: (ConnectionLost, "is out of reach: the server ended the session"),
}
"""Of SMB (MS-ERREF, 2.3.1)."""
_CLOSED = frozenset((errno.EBADF, errno.ENOTCONN, errno.ESHUTDOWN))
"""Of a socket that a thread of a library has closed when it noticed that the server is gone."""
_FTP_ERRORS = frozenset({"error_perm", "error_temp", "error_reply", "error_proto"})
_FTP_NOT_THERE = ("550",)
_FTP_LOGIN = ("530", "331", "332")
_FTP_FULL = ("452", "552")


def clean(text: str) -> str:
    """Return a text without what may be secret in URLs: user names, passwords and queries."""
    return _QUERY.sub(r"\1", _USERINFO.sub(r"\1", text))


def as_saga(error: BaseException, path: str, name: str) -> SagaException:
    """Return what a file system raised as one of SAGA's exceptions.

    Args:
        error: What was raised.
        path: What the call was about.
        name: The name of the store.
    """
    if isinstance(error, SagaException):
        return error
    place = f"`{path}` on {name}"
    found = None
    for each in causes(error):
        found = _known(each, place) or _not_taken(each, name.partition(":")[0])
        if found is not None:
            break
    if found is None:
        found = _unknown(error, path, place, name)
    if isinstance(found, AuthenticationFailed) and not found.hint:
        found.hint = HINT
    found.__cause__ = error
    return found


def causes(error: BaseException) -> Iterator[BaseException]:
    """Yield an exception and those that it was made of."""
    each: BaseException | None = error
    for _ in range(_MOST_CAUSES):
        if each is None:
            return
        yield each
        inner = getattr(each, "os_error", None)
        if isinstance(inner, BaseException) and inner is not each:
            yield inner
        each = each.__cause__ or each.__context__


def _known(error: BaseException, place: str) -> SagaException | None:
    if isinstance(error, SagaException):
        return error
    status = status_of(error)
    if status:
        return of_status(status, place)
    told = getattr(error, "ntstatus", None) or getattr(error, "status", None)
    if isinstance(told, int) and told in _NT_STATUSES:
        kind, text = _NT_STATUSES[told]
        return kind(f"{place} {text}")
    names = {kind.__name__ for kind in type(error).__mro__}
    if names & _FTP_ERRORS:
        return _of_ftp(str(error), place)
    return _of_connection(error, place) or _of_class(error, names, place)


def _of_connection(error: BaseException, place: str) -> SagaException | None:
    why = ""
    if isinstance(error, ssl.SSLCertVerificationError):
        inner = getattr(error, "certificate_error", error)
        detail = getattr(inner, "verify_message", "") or "it does not verify"
        why = f"the server's certificate is not trusted: {detail}"
    elif isinstance(error, socket.gaierror):
        why = "the name of its host is not known"
    elif isinstance(error, ssl.SSLError):
        why = "the server speaks no TLS that fits"
    return NoSuccess(f"{place} is out of reach: {why}") if why else None


def _of_class(error: BaseException, names: set[str], place: str) -> SagaException | None:
    for kind, made, text in _CLASSES:
        if isinstance(error, kind):
            return made(f"{place} {text}")
    for name, (made, text) in _NAMES.items():
        if name in names:
            return made(f"{place} {text}")
    if isinstance(error, ImportError):
        return exceptions.NotImplemented(
            f"{place} needs the Python module `{error.name}`, which is not installed",
            hint="install what fsspec needs for it, or `python -m pip install 'juncture[files]'`",
        )
    return None


def _not_taken(error: BaseException, scheme: str) -> BadParameter | None:
    """Return the failure if what was raised says that there is no such option."""
    option = _UNEXPECTED.search(str(error)) if isinstance(error, TypeError) else None
    return options.not_taken(option[1], scheme) if option else None


def status_of(error: BaseException) -> int:
    """Return the HTTP status that an exception bears, or 0."""
    for holder in (error, getattr(error, "response", None)):
        for field in ("status", "status_code"):
            value = getattr(holder, field, None)
            if isinstance(value, int) and 400 <= value < 600:  # noqa: PLR2004 - HTTP's own
                return value
    return 0


def of_status(status: int, place: str) -> SagaException:
    """Return what an HTTP status says about a place."""
    known = _STATUSES.get(status)
    if known is not None:
        return known[0](f"{place} {known[1]}", hint=_HINTS.get(status, ""))
    return NoSuccess(f"{place}: the server answers with status {status}")


def not_there_but(begin: int | None, offset: int, place: str) -> SagaException:
    """Return the failure for a range of a file that begins elsewhere than was asked."""
    return failures.Changed(
        f"{place} was asked for from byte {offset} on, and came from byte {begin}"
    )


def _of_ftp(text: str, place: str) -> SagaException:
    code = text[:3]
    if code in _FTP_LOGIN:
        return AuthenticationFailed(f"{place} is not given: the server refuses the login ({code})")
    if code in _FTP_NOT_THERE:
        return DoesNotExist(f"{place} is not there, or not for this account ({code})")
    if code in _FTP_FULL:
        return NoSuccess(f"{place} finds no room: the disk or the quota is full ({code})")
    if code in {"421", "425", "426"}:
        return ConnectionLost(f"{place} is out of reach: the connection was lost ({code})")
    return NoSuccess(f"{place}: the server answers {clean(text)}")


def _unknown(error: BaseException, path: str, place: str, name: str) -> SagaException:
    if isinstance(error, OSError) and error.errno in _CLOSED:
        return ConnectionLost(f"{place} is out of reach: the connection was lost")
    if isinstance(error, OSError) and error.errno:
        return failures.failure(error, path, name)
    (text, *_) = clean(str(error)).strip().splitlines() or [""]
    kind = BadParameter if isinstance(error, ValueError) else NoSuccess
    return kind(f"{place}: {type(error).__name__}: {text}" if text else f"{place}: {error!r}")
