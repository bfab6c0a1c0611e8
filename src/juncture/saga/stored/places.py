"""A place: a store, a path in it, and the URL that means it."""

from __future__ import annotations

import posixpath

from juncture.saga.exceptions import BadParameter
from juncture.saga.storage import paths
from juncture.saga.stored.adaptor import adaptor_for
from juncture.saga.url import Url

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from juncture.saga.storage.store import Store
    from juncture.saga.stored.adaptor import FileAdaptor


class Place:
    """A name in a store.

    Args:
        adaptor: The adaptor of the store.
        store: The store.
        path: The path, absolute.
        base: A URL of the store; what its path is does not matter.
    """

    __slots__ = ("adaptor", "base", "path", "store")

    def __init__(self, adaptor: FileAdaptor, store: Store, path: str, base: Url) -> None:
        self.adaptor = adaptor
        self.store = store
        self.path = path
        self.base = base

    def url(self) -> Url:
        """Return the URL of the name."""
        found = Url(self.base) if self.base.scheme else Url("file://")
        found.path = paths.url_path(self.path)
        if found.query and not self.adaptor.query_is_place:
            found.query = ""
        if found.fragment:
            found.fragment = ""
        return found

    def at(self, path: str) -> Place:
        """Return another name of the same store."""
        return Place(self.adaptor, self.store, path, self.base)

    def folder(self) -> Place:
        """Return the directory in which the name is."""
        return self.at(posixpath.dirname(self.path) or "/")

    @property
    def name(self) -> str:
        """The last part of the path."""
        return posixpath.basename(self.path)

    def is_same(self, other: Place) -> bool:
        """Return whether both are the same name of the same tree, by their texts."""
        return self.path == other.path and self.store.is_same(other.store)

    def find(self, name: Url | str, session: Any) -> Place:
        """Return the place of a name that is relative to this one, or of a URL anywhere.

        Raises:
            BadParameter: it is neither text nor a URL, or no path can be so.
            IncorrectURL: no adaptor serves its scheme.
        """
        if isinstance(name, str) and not paths.is_url(name):
            return self.at(tidy(paths.joined(self.path, name)))
        url = Url(name)
        if url.scheme or url.host:
            return opened(adaptor_for(url) if url.scheme else self.adaptor, url, session)
        return self.at(tidy(paths.joined(self.path, paths.path_of(url))))


def opened(adaptor: FileAdaptor, url: Url, session: Any) -> Place:
    """Return the place of a URL that an adaptor serves."""
    store = adaptor.store_for(url, session)
    return Place(adaptor, store, tidy(adaptor.path_for(store, url)), url)


def tidy(path: str) -> str:
    """Return an absolute path in its one spelling.

    Raises:
        BadParameter: no path can be so.
    """
    if "/." in path or "//" in path or (path[-1:] == "/" and path != "/"):
        path = posixpath.normpath(path)
        if path.startswith("//"):
            path = path[1:]  # POSIX lets two slashes mean something; nowhere here do they
    if "\0" in path:
        raise BadParameter(f"no path has a NUL character, found {path!r}")
    if not path.isascii():
        try:
            path.encode("utf-8", "surrogateescape")
        except UnicodeEncodeError as error:
            raise BadParameter(f"{path!r} is no text that could be a path: {error}") from error
    return path
