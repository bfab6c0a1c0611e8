# pyright: reportPrivateUsage=false
"""What a file adaptor derives from: from a URL to a store, and the bulk calls.

Objects of one place and session share a store. The last few that were used are kept; any other goes
with the last object that uses it, and a store lets go of what it holds when it goes.
"""

from __future__ import annotations

import threading
import weakref

from juncture.saga import exceptions
from juncture.saga.cpi.base import AdaptorBase
from juncture.saga.engine.engine import getEngine
from juncture.saga.storage import paths
from juncture.saga.storage.logs import debug
from juncture.saga.stored.credentials import bare

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from juncture.saga.storage.store import Store
    from juncture.saga.task import Task
    from juncture.saga.url import Url

OPENED = "store %s opened for `%s` by `%s`"

_KEPT = 8

_CLASSES = {
    "filesystem.File": "File",
    "filesystem.Directory": "Directory",
    "namespace.Entry": "Entry",
    "namespace.Directory": "Folder",
}


def info(name: str, schemas: list[str], version: str = "v1.0") -> dict[str, Any]:
    """Return the `_ADAPTOR_INFO` of an adaptor that has the classes of this room."""
    cpis = [{"type": f"rs.{kind}", "class": found} for kind, found in _CLASSES.items()]
    return {"name": name, "version": version, "schemas": schemas, "cpis": cpis}


class FileAdaptor(AdaptorBase):
    """The adaptor of one or more schemes, each URL of which is in a store."""

    query_is_place = False
    """Whether the query of a URL says which store it is in, and is that of all names there."""

    def __init__(self, adaptor_info: Any, adaptor_options: Any = ()) -> None:
        super().__init__(adaptor_info, adaptor_options)
        self._stores: weakref.WeakValueDictionary[tuple[Any, ...], Store] = (
            weakref.WeakValueDictionary()
        )
        self._kept: dict[tuple[Any, ...], Store] = {}
        self._opening: weakref.WeakValueDictionary[tuple[Any, ...], threading.Lock] = (
            weakref.WeakValueDictionary()
        )

    def open_store(self, url: Url, session: Any) -> Store:
        """Return a new store for the place of a URL; its path, query and fragment do not matter."""
        del session
        raise exceptions.NotImplemented(
            f"the adaptor `{self.get_name()}` has no `open_store` and opens no {url.masked()}"
        )

    def place(self, url: Url, session: Any) -> tuple[Any, ...]:
        """Return what URLs of one store have in common, in one session."""
        identity = "" if session is None else session.identity
        host = (url.host or "").lower()
        return (url.scheme.lower(), url.username, url.password, host, url.port, identity)

    def store_for(self, url: Url, session: Any) -> Store:
        """Return the store of a URL, made when nothing has one for its place and session.

        To open one may mean to log in: whoever wants another place does not wait for that.
        """
        place = self.place(url, session)
        store = self._known(place)
        if store is not None:
            return store
        with self._lock:
            opening = self._opening.setdefault(place, threading.Lock())
        with opening:
            store = self._known(place)
            if store is None:
                store = self.open_store(url, session)
                debug(__name__, OPENED, store.name, bare(url), self.get_name())
                self._keep(place, store)
            return store

    def _known(self, place: tuple[Any, ...]) -> Store | None:
        """Return the store of a place, if there is one."""
        with self._lock:
            store = self._stores.get(place)
            if store is not None:
                self._keep(place, store)
            return store

    def _keep(self, place: tuple[Any, ...], store: Store) -> None:
        with self._lock:
            self._stores[place] = store
            self._kept.pop(place, None)
            self._kept[place] = store
            if len(self._kept) > _KEPT:
                del self._kept[next(iter(self._kept))]

    def path_for(self, store: Store, url: Url) -> str:
        """Return the path that a URL means in its store."""
        return store.absolute(paths.path_of(url))

    def container_copy(self, tasks: list[Task]) -> None:
        """Copy in bulk; each task has its own outcome."""
        from juncture.saga.stored import bulk

        bulk.copy(tasks)

    def container_move(self, tasks: list[Task]) -> None:
        """Move in bulk; each task has its own outcome."""
        from juncture.saga.stored import bulk

        bulk.one_by_one(tasks)

    def container_remove(self, tasks: list[Task]) -> None:
        """Remove in bulk; each task has its own outcome."""
        from juncture.saga.stored import bulk

        bulk.one_by_one(tasks)


def adaptor_for(url: Url) -> FileAdaptor:
    """Return the adaptor whose stores have URLs of this scheme.

    Raises:
        IncorrectURL: there is none.
    """
    scheme = url.scheme or "file"
    found = getEngine().adaptors_for("filesystem.File", scheme)
    for adaptor in found:
        if isinstance(adaptor, FileAdaptor):
            return adaptor
    names = ", ".join(f"`{adaptor.get_name()}`" for adaptor in found)
    raise exceptions.IncorrectURL(
        f"{names} serves `{scheme}` with files that cannot be reached from other schemes"
    )
