"""What is below a directory, and where a path really leads.

A walk goes on when a directory cannot be read: that is one failure among the others. With links
followed, one that leads back to where the walk is in is a failure too, so that every walk ends.
"""

from __future__ import annotations

import posixpath

from juncture.saga.exceptions import BadParameter, DoesNotExist, SagaException
from juncture.saga.storage.failures import as_saga
from juncture.saga.storage.retries import entries, retried
from juncture.saga.storage.values import DIRECTORY, LINK, LINKS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from juncture.saga.storage.store import Store
    from juncture.saga.storage.values import Stat

_MOST_LINKS = 40


def child(folder: str, name: str) -> str:
    """Return the path of a name in a directory."""
    if not folder:
        return name
    return f"{folder}{name}" if folder.endswith("/") else f"{folder}/{name}"


def base_name(path: str) -> str:
    """Return the last part of a path, without slashes at its end."""
    return posixpath.basename(path.rstrip("/"))


def is_within(path: str, folder: str) -> bool:
    """Return whether a path is a directory or below it, by their texts."""
    folder = folder.rstrip("/")
    return path == folder or path.startswith(f"{folder}/")


def resolved(store: Store, path: str) -> str:
    """Return a path without links in it; what is not there is taken as it is spelled.

    Raises:
        BadParameter: links lead back to themselves.
    """
    if LINKS not in store.traits:
        return posixpath.normpath(path)
    waiting = [part for part in reversed(path.split("/")) if part not in {"", "."}]
    found = ""
    links = 0
    while waiting:
        part = waiting.pop()
        if part == "..":
            found = found.rpartition("/")[0]
            continue
        below = f"{found}/{part}"
        try:
            is_link = _is_link(store, below)
        except DoesNotExist:
            is_link = False
        if not is_link:
            found = below
            continue
        links += 1
        if links > _MOST_LINKS:
            raise BadParameter(f"`{path}` on {store.name} is a link that leads back to itself")
        text = _text(store, below)
        if text.startswith("/"):
            found = ""
        waiting += [part for part in reversed(text.split("/")) if part not in {"", "."}]
    return found or "/"


def walk(
    store: Store, root: str, *, dereference: bool
) -> Iterator[tuple[str, Stat | SagaException]]:
    """Yield all that is below a directory, each directory before what is in it.

    Args:
        store: Where it is.
        root: The directory.
        dereference: Whether what links lead to is told, and followed, in their place.

    Yields:
        A path relative to `root`, and what it is or why that is not known; the directory itself is
        the empty path, and told only when it cannot be read.
    """
    real = resolved(store, root) if dereference else ""
    waiting = [("", real)]
    while waiting:
        folder, real = waiting.pop()
        try:
            for name, known in entries(store, child(root, folder) if folder else root):
                below = f"{folder}/{name}" if folder else name
                stat = known or _stat(store, child(root, below))
                where = ""
                if dereference:
                    stat, where = followed(store, child(root, below), stat, real)
                yield below, stat
                if not isinstance(stat, SagaException) and stat.kind == DIRECTORY:
                    waiting.append((below, where))
        except Exception as error:  # noqa: BLE001 - one directory of many
            yield folder, as_saga(error, child(root, folder) if folder else root, store.name)


def _is_link(store: Store, path: str) -> bool:
    return retried(lambda: store.stat(path, follow=False)).kind == LINK


def _text(store: Store, path: str) -> str:
    return retried(lambda: store.read_link(path))


def _stat(store: Store, path: str) -> Stat | SagaException:
    try:
        return retried(lambda: store.stat(path, follow=False))
    except SagaException as error:
        return error


def followed(
    store: Store, path: str, stat: Stat | SagaException, real: str
) -> tuple[Stat | SagaException, str]:
    """Return what a name leads to, and where a directory really is.

    Args:
        store: Where it is.
        path: The name.
        stat: What the name itself is.
        real: Where the directory really is that the name is in.
    """
    if isinstance(stat, SagaException) or stat.kind != LINK:
        return stat, child(real, base_name(path))
    try:
        found = retried(lambda: store.stat(path))
        if found.kind != DIRECTORY:
            return found, ""
        where = resolved(store, path)
    except SagaException as error:
        return error, ""
    if is_within(real, where):
        text = f"`{path}` on {store.name} is a link that leads back to `{where}`, where it is in"
        return BadParameter(text), ""
    return found, where
