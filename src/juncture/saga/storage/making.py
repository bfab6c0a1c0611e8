"""What is looked at, and made, before something is written to a name."""

from __future__ import annotations

import posixpath
from contextlib import suppress

from juncture.saga.constants import CREATE_PARENTS, EXCLUSIVE
from juncture.saga.exceptions import AlreadyExists, BadParameter, DoesNotExist
from juncture.saga.storage.values import DIRECTORY, FILE, MODES, Stat

TYPE_CHECKING = False
if TYPE_CHECKING:
    from juncture.saga.storage.store import Store

_MODE = 0o777


def make_parents(store: Store, path: str) -> None:
    """Make the directories in which a path is, as far as they are missing.

    Raises:
        BadParameter: one of them is no directory.
    """
    missing: list[str] = []
    folder = posixpath.dirname(path.rstrip("/"))
    while folder not in {"", "/"}:
        try:
            kind = store.stat(folder).kind
        except DoesNotExist:
            missing.append(folder)
            folder = posixpath.dirname(folder)
            continue
        if kind != DIRECTORY:
            raise BadParameter(f"`{folder}` is no directory, `{path}` cannot be below it")
        break
    for folder in reversed(missing):
        with suppress(AlreadyExists):  # somebody else made it
            store.make_dir(folder)


def make_dir(store: Store, path: str, flags: int) -> None:
    """Make a directory; with CREATE_PARENTS alone it may be there, as with `mkdir -p`."""
    if flags & CREATE_PARENTS:
        make_parents(store, path)
    try:
        store.make_dir(path)
    except AlreadyExists:
        if flags & EXCLUSIVE or not flags & CREATE_PARENTS or not is_directory(store, path):
            raise


def kept(store: Store, path: str) -> Stat | None:
    """Return what a file gets from the one that it replaces: who may do what with it.

    None: there is none, or nobody keeps that there. Who runs it does not act for its owner.
    """
    if MODES not in store.traits:
        return None
    try:
        found = store.stat(path)
    except DoesNotExist:
        return None
    if found.kind != FILE or found.mode is None:
        return None
    return Stat(FILE, mode=found.mode & _MODE)


def is_directory(store: Store, path: str) -> bool:
    """Return whether there is a directory, or a link to one."""
    try:
        return store.stat(path).kind == DIRECTORY
    except DoesNotExist:
        return False
