# pyright: reportPrivateUsage=false
"""The copies of logical files: which one is nearest, and how bytes get from one place to another.

The nearest copy is tried first: one of this host, then of its network, then any other; of equals
one that is a file, then one behind ssh, then others, then the web; of equals still the one that was
added first. When a copy cannot be read, or is not as long as the file was recorded to be, the next
one is tried. Nothing asks a name server.
"""

from __future__ import annotations

import os
import posixpath

from juncture.saga.adaptors.shell_job.hosts import is_here
from juncture.saga.constants import CREATE_PARENTS, DEREFERENCE, OVERWRITE
from juncture.saga.exceptions import (
    AlreadyExists,
    BadParameter,
    DoesNotExist,
    NoSuccess,
    SagaException,
)
from juncture.saga.storage import paths
from juncture.saga.storage.logs import debug
from juncture.saga.storage.parts import part_name
from juncture.saga.storage.values import DIRECTORY
from juncture.saga.stored import copying, flags
from juncture.saga.stored.adaptor import adaptor_for
from juncture.saga.stored.credentials import bare
from juncture.saga.stored.places import opened
from juncture.saga.url import Url

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from juncture.saga.adaptors.sql_replica.catalogue import Entry
    from juncture.saga.stored.places import Place

NOT_FROM = "`%s` does not come from `%s`: %s"

_FLAGS = OVERWRITE | CREATE_PARENTS
_HERE, _NEAR, _FAR, _ELSEWHERE = range(4)
_FILES = frozenset(("", "file", "local"))
_WITH_HOSTS = frozenset(
    ("ssh", "sftp", "http", "https", "ftp", "ftps", "smb", "dav", "davs", "webdav", "webdavs")
)
"""Elsewhere a bucket, or the like, stands where a host would."""
_BY_SCHEME = {"": 0, "file": 0, "local": 0, "ssh": 1, "sftp": 1, "http": 3, "https": 3}
_OTHER_SCHEME = 2


def check(given: Any, method: str) -> int:
    """Return flags of a call that copies bytes."""
    return flags.check(given, _FLAGS, method)


# Which is nearest ---------------------------------------------------------------------------------


def distance(url: Url) -> int:
    """Return how far away a copy is; a `file` URL of another host cannot be reached at all."""
    host = (url.host or "").lower()
    if url.scheme.lower() in _FILES:
        return _HERE if is_here(host) else _ELSEWHERE
    if host and is_here(host):
        return _HERE
    return _NEAR if url.scheme.lower() in _WITH_HOSTS and _is_near(host) else _FAR


def _is_near(host: str) -> bool:
    """Say whether a host is in this host's network, as far as its name or number tells."""
    if ":" in host or host.replace(".", "").isdigit():
        import ipaddress

        try:
            return ipaddress.ip_address(host).is_private
        except ValueError:
            return False
    if not host:
        return False
    _, _, domain = host.partition(".")
    return domain in {"", os.uname().nodename.lower().partition(".")[2]}


def nearest_first(urls: Iterable[Url], target: Url | None = None) -> list[Url]:
    """Return locations, the nearest one first; one on the target's own host before all."""

    def rank(url: Url) -> tuple[bool, int, int]:
        same = target is not None and _authority(url) == _authority(target)
        return (not same, distance(url), _BY_SCHEME.get(url.scheme.lower(), _OTHER_SCHEME))

    return sorted(urls, key=rank)


def _authority(url: Url) -> tuple[Any, ...]:
    return (url.scheme.lower(), (url.host or "").lower(), url.port, url.username)


# Copies -------------------------------------------------------------------------------------------


def place_of(given: Any, session: Any) -> Place:
    """Return the place of a URL, or of a path, which is relative to the working directory."""
    if isinstance(given, str) and not paths.is_url(given):
        url = Url("file://")
        url.path = paths.url_path(os.path.abspath(given))
    else:
        url = Url(given)
    return opened(adaptor_for(url), url, session)


def target_of(given: Any, name: str, session: Any) -> Place:
    """Return the place that a new copy gets: in a directory it has the name of the file."""
    place = place_of(given, session)
    try:
        is_folder = place.store.stat(place.path).kind == DIRECTORY
    except DoesNotExist:
        return place
    return place.at(posixpath.join(place.path, name)) if is_folder else place


def file_size(source: Place) -> int | None:
    """Return how long a file is.

    Raises:
        BadParameter: it is a directory.
    """
    found = source.store.stat(source.path)
    if found.kind == DIRECTORY:
        raise BadParameter(f"`{source.path}` on {source.store.name} is a directory, not a file")
    return found.size_bytes


def transfer(source: Place, target: Place, given: int) -> None:
    """Copy one file; links are followed."""
    copying.check_apart(source, target, "copied")
    copying.transfer(source, target, given | DEREFERENCE, None, None)


def bring(urls: list[Url], target: Place, entry: Entry, given: int, session: Any) -> None:
    """Copy to a target from the nearest location that can be read.

    Raises:
        AlreadyExists: there is something at the target, which is not to be replaced.
        SagaException: nothing can be written at the target.
        NoSuccess: no location could be read; it says why not, one by one.
    """
    check_target(target, given)
    here = target.url()
    reasons: list[tuple[Url, SagaException]] = []
    for url in nearest_first((each for each in urls if each != here), here):
        try:
            source = place_of(url, session)
            check_size(file_size(source), entry)
        except SagaException as error:
            debug(__name__, NOT_FROM, entry.path, bare(url), error)
            reasons.append((url, error))
            continue
        debug(__name__, "`%s` goes from `%s` to `%s`", entry.path, bare(url), bare(here))
        try:
            transfer(source, target, given)
        except SagaException as error:
            if is_of_target(error, target):
                raise
            debug(__name__, NOT_FROM, entry.path, bare(url), error)
            reasons.append((url, error))
        else:
            return
    raise no_copy(entry.path, reasons)


def is_of_target(error: SagaException, target: Place) -> bool:
    """Say whether a transfer failed for its target: then no other copy gets there either."""
    if isinstance(error, AlreadyExists):
        return True
    probe = part_name(target.path)
    try:
        target.store.write_whole(probe, b"", None, replace=False)
        target.store.remove(probe)
    except SagaException:
        return True
    return False


def check_target(target: Place, given: int) -> None:
    """Raise AlreadyExists when there is something at a target that is not to be replaced."""
    if not given & OVERWRITE and target.store.exists(target.path):
        raise AlreadyExists(
            f"`{target.path}` on {target.store.name} is there already",
            hint="give `OVERWRITE` to replace it",
        )


def size_of(urls: list[Url], path: str, session: Any) -> int:
    """Return how long the nearest copy is that answers."""
    reasons: list[tuple[Url, SagaException]] = []
    for url in nearest_first(urls):
        try:
            size = file_size(place_of(url, session))
        except SagaException as error:
            reasons.append((url, error))
            continue
        if size is not None:
            return size
    raise no_copy(path, reasons)


def check_size(size: int | None, entry: Entry) -> None:
    """Raise when a copy is not as long as the file was recorded to be."""
    if entry.size_bytes is not None and size is not None and size != entry.size_bytes:
        raise NoSuccess(f"it has {size} bytes, the file was recorded with {entry.size_bytes}")


def no_copy(path: str, reasons: list[tuple[Url, SagaException]]) -> SagaException:
    """Return the failure for a file none of whose copies could be read, with the reasons."""
    if not reasons:
        return NoSuccess(
            f"`{path}` has no copy that could be read",
            hint="say with `add_location` where one is, or make one with `upload`",
        )
    told = "; ".join(f"`{url.masked()}`: {error.message}" for url, error in reasons)
    found = NoSuccess(f"no copy of `{path}` can be read: {told}", reasons[0][1])
    for _, error in reasons:
        found._add_exception(error)
    return found
