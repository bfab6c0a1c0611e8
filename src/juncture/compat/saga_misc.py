"""`radical.saga.utils.misc` and `utils.pty_exceptions`: what adaptors ask about hosts and URLs.

A URL that has a path and nothing else is relative to any other. Two URLs are compatible when one
of them is such a path, or when both lead to the same account by the same way.
"""

from __future__ import annotations

import os
import sys

from juncture.saga import exceptions
from juncture.saga.url import Url

_PLACE = ("scheme", "host", "port", "username", "password")
_LATENCY_S = 0.25


def translate_exception(e: BaseException, msg: str | None = None) -> BaseException:
    """Return the exception as it is: what goes wrong has its class where it goes wrong."""
    del msg
    return e


def get_trace() -> str:
    """Return the traceback of the exception that is being handled, else that of the caller."""
    import traceback

    if sys.exc_info()[2] is not None:
        return "".join(traceback.format_tb(sys.exc_info()[2]))
    return "".join(traceback.format_stack()[:-1])


def host_is_valid(host: str | None) -> bool:
    """Return whether a host name has an address; none at all means this host."""
    import socket

    if not host:
        return True
    try:
        socket.getaddrinfo(host, None)
    except OSError:
        return False
    return True


def get_host_latency(host_url: object) -> float:
    """Return the guess that has always been returned, in seconds."""
    del host_url
    return _LATENCY_S


def url_is_local(arg: Url | str) -> bool:
    """Return whether a URL means this host; a port that is not its scheme's own may be a tunnel."""
    import socket

    url = Url(arg)
    here = {"", "localhost", "127.0.0.1", "::1", socket.gethostname(), socket.getfqdn()}
    if (url.host or "") not in here:
        return False
    if not url.port:
        return True
    try:
        return socket.getservbyport(url.port) in url.scheme.split("+")
    except OSError:
        return False


def url_is_relative(url_1: Url | str) -> bool:
    """Return whether a URL is a path that does not begin at the root."""
    url = Url(url_1)
    return _is_path(url) and not url.path.startswith("/")


def url_get_dirname(url_1: Url | str) -> str:
    """Return a URL's path up to its last slash."""
    head, slash, _ = Url(url_1).path.rpartition("/")
    return head + slash


def url_get_filename(url_1: Url | str) -> str:
    """Return what follows the last slash of a URL's path."""
    return Url(url_1).path.rpartition("/")[2]


def url_normalize(url_1: Url | str) -> Url:
    """Return a URL whose path is without `.`, `..` and double slashes."""
    url = Url(url_1)
    url.path = os.path.normpath(url.path)
    return url


def url_make_absolute(url_1: Url | str, url_2: Url | str) -> Url:
    """Return where the second URL leads from the directory which the first one names.

    Raises:
        BadParameter: they name different places.
    """
    base, target = Url(url_1), Url(url_2)
    if not url_is_compatible(base, target):
        raise exceptions.BadParameter(
            f"`{target.masked()}` cannot be understood from `{base.masked()}`, it is another place"
        )
    path = target.path
    base.path = f"{base.path}/{path}" if url_is_relative(target) else path
    return base


def url_is_compatible(url_1: Url | str, url_2: Url | str) -> bool:
    """Return whether two URLs lead to the same account by the same way, or one is only a path."""
    one, other = Url(url_1), Url(url_2)
    if _is_path(one) or _is_path(other):
        return True
    return all((getattr(one, name) or None) == (getattr(other, name) or None) for name in _PLACE)


def normalize_version(v: str) -> tuple[str, ...]:
    """Return the parts of a version."""
    return tuple(v.split("."))


def _is_path(url: Url) -> bool:
    return not any(getattr(url, name) for name in _PLACE)
