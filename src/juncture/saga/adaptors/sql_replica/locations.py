"""The URLs of the copies of a logical file, as the catalogue has them.

They are kept as they were given; two are one location when they are equal as URLs. A path of this
host becomes a `file` URL. No location has a password: whoever uses it has credentials of his own.
"""

from __future__ import annotations

from juncture.saga.adaptors.sql_replica.catalogue import as_bytes, as_text
from juncture.saga.exceptions import BadParameter, DoesNotExist
from juncture.saga.storage import paths
from juncture.saga.storage.paths import url_path
from juncture.saga.url import Url

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from juncture.saga.adaptors.sql_replica.catalogue import Catalogue, Entry

__all__ = [
    "add",
    "checked",
    "existing",
    "missing",
    "named",
    "of",
    "text_of",
    "url_path",
    "urls_of",
    "without_password",
]


def checked(given: Any) -> Url:
    """Return a location that a caller gave.

    Raises:
        BadParameter: it is none, a relative path, or has a password.
    """
    if isinstance(given, str) and not paths.is_url(given):
        url = Url("file://")
        url.path = url_path(given) if given.startswith("/") else "/"
        if not given.startswith("/"):
            raise BadParameter(f"a location is a URL or an absolute path, found {given!r}")
        return url
    url = Url(given)
    if not url.scheme:
        if not url.path.startswith("/"):
            raise BadParameter(f"a location is a URL or an absolute path, found {url!r}")
        return Url(f"file://{url.host or ''}{url}")
    if url.password is not None:
        raise BadParameter(
            f"the location `{url.masked()}` has a password, which everybody would read",
            hint="leave it out, and give the session a `UserPass` context",
        )
    return url


def without_password(url: Url) -> Url:
    """Return a location that everybody may read."""
    found = Url(url)
    if found.password is not None:
        found.password = None
    return found


def text_of(url: Url) -> bytes:
    """Return a location as the database has it."""
    return as_bytes(str(url))


def of(catalogue: Catalogue, entry: Entry) -> list[Url]:
    """Return the locations of a file, in the order in which they were added."""
    return urls_of(catalogue.connection.rows("locations", entry=entry.id))


def urls_of(rows: Iterable[tuple[Any, ...]]) -> list[Url]:
    """Return locations from rows of the database."""
    return [Url(as_text(text)) for (text,) in rows]


def named(rows: Iterable[tuple[Any, ...]], url: Url) -> bytes | None:
    """Return a location as the database has it, or None when it is not among the rows."""
    return next((bytes(text) for (text,) in rows if Url(as_text(text)) == url), None)


def existing(rows: Iterable[tuple[Any, ...]], entry: Entry, url: Url) -> bytes:
    """Return a location as the database has it.

    Raises:
        DoesNotExist: the file does not have it.
    """
    found = named(rows, url)
    if found is None:
        raise missing(entry.path, url)
    return found


def missing(path: str, url: Url) -> DoesNotExist:
    """Return the failure for a location that a file does not have."""
    return DoesNotExist(f"`{path}` has no location `{url}`")


def add(catalogue: Catalogue, entry: Entry, url: Url) -> None:
    """Add a location."""
    catalogue.connection.change("add-location", entry=entry.id, url=text_of(url))
