"""Moves of names, in one store and between two: nothing is removed of which there is no copy.

In one store a move is a rename. Else all is copied, and the source is removed if it still is what
it was before; what was changed meanwhile stays, with all that it is in. While a directory is moved
there is a note (`storage.resume`), so that the same move goes on where it was stopped: without it,
a directory that has the name already is one that the source goes into.
"""

from __future__ import annotations

import errno
import hashlib
import posixpath
import time
from contextlib import contextmanager, suppress
from functools import partial

from juncture.saga import exceptions
from juncture.saga.constants import CREATE_PARENTS, DEREFERENCE, OVERWRITE, RECURSIVE
from juncture.saga.exceptions import (
    AlreadyExists,
    BadParameter,
    DoesNotExist,
    NoSuccess,
    SagaException,
)
from juncture.saga.storage import paths, resumed, retries, stopping, tree
from juncture.saga.storage.checksums import ALGORITHM
from juncture.saga.storage.making import is_directory, make_parents
from juncture.saga.storage.parts import part_name
from juncture.saga.storage.resume import Note, Notes, identity
from juncture.saga.storage.values import DIRECTORY
from juncture.saga.stored import copying

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Generator, Iterator
    from typing import Any

    from juncture.saga.storage.values import Stat
    from juncture.saga.stored.places import Place

_COUNTS_S = 7 * 86400
"""How long a note of a move counts."""
_DIGEST_BYTES = 16


def move(source: Place, target: Place, flags: int) -> Place:
    """Move a name to a target, into it when it is a directory; return where it is then.

    Args:
        source: The name.
        target: The target.
        flags: As `File.move` takes them.

    Raises:
        NoSuccess: the source was changed meanwhile; it stays, and so does the copy.
    """
    if flags & DEREFERENCE:
        source = copying.followed(source)
    stopping.check()
    found = source.store.stat(source.path, follow=False)
    begun = _is_begun(source, found, target)
    if not begun:
        target = copying.into(source, target)
    _move(source, found, target, flags, None, begun=begun)
    return target


def move_as(source: Place, target: Place, flags: int, on_progress: Any) -> None:
    """Give a name another one, which a directory has only if the same move has made it before.

    Args:
        source: The name.
        target: The other name.
        flags: OVERWRITE and CREATE_PARENTS, or none.
        on_progress: Called with how far it is, where bytes must be copied.

    Raises:
        NoSuccess: the source was changed meanwhile; it stays, and so does the copy.
    """
    found = source.store.stat(source.path, follow=False)
    begun = _is_begun(source, found, target)
    _move(source, found, target, flags, on_progress, begun=begun)


def is_begun(source: Place, target: Place) -> bool:
    """Return whether a directory has the name of a target because a move of the source stopped."""
    return _is_begun(source, source.store.stat(source.path, follow=False), target)


def _move(
    source: Place, found: Stat, target: Place, flags: int, on_progress: Any, *, begun: bool
) -> None:
    copying.check_apart(source, target, "moved")
    if flags & CREATE_PARENTS:
        make_parents(target.store, target.path)
    copying.check_target(target, flags)
    same = source.store.is_same(target.store)
    if same and not begun and _renamed(source, target, found, flags):
        return
    if not begun:
        _check_free(target, flags)
    _check_alias(source, target)
    with _noted(source, found, target):
        _carry(source, target, flags, on_progress, begun=begun)


def _is_begun(source: Place, found: Stat, target: Place) -> bool:
    if found.kind != DIRECTORY or not is_directory(target.store, target.path):
        return False
    notes = _notes(source, target)
    notes.open()
    try:
        note = notes.read()
        return note is not None and 0 <= time.time() - float(note.source) < _COUNTS_S
    finally:
        notes.close()


def _notes(source: Place, target: Place) -> Notes:
    return Notes((f"move of {source.store.name}", source.path), (target.store.name, target.path))


@contextmanager
def _noted(source: Place, found: Stat, target: Place) -> Generator[None, None, None]:
    """Leave a note until a directory is moved, or could not even be made."""
    if found.kind != DIRECTORY:
        yield
        return
    notes = _notes(source, target)
    notes.open()
    try:
        notes.write(Note(target.path, repr(time.time())))
        yield
        notes.remove()
    except SagaException:
        with suppress(SagaException):
            if not is_directory(target.store, target.path):
                notes.remove()
        raise
    finally:
        notes.close()


def _carry(source: Place, target: Place, flags: int, on_progress: Any, *, begun: bool) -> None:
    """Copy all, and remove the source: that goes on to its end, wanted or not."""
    before = _state(source)
    asked = copying.request(source, target, flags | RECURSIVE)
    if begun:
        asked.merge = True
        # The source goes when the two are the same: that is not a matter of times.
        asked.walk = partial(resumed.only_changed, checksum=ALGORITHM)
    copying.run(asked, on_progress, None)
    if begun:
        resumed.settle(asked)
    stopping.check()
    if _state(source) != before:
        raise NoSuccess(
            f"`{source.path}` on {source.store.name} was changed while it was moved, and stays "
            f"beside its copy `{target.path}` on {target.store.name}",
            hint="move it again when nothing writes to it, a file with `OVERWRITE`",
        )
    with stopping.until(None):
        if before[0]:
            source.store.remove_tree(source.path)
        else:
            source.store.remove(source.path)


def _state(source: Place) -> tuple[bool, int]:
    """Return whether a name is a directory, and what is another when anything in it was changed."""
    store = source.store
    found = retries.retried(lambda: store.stat(source.path, follow=False))
    if found.kind != DIRECTORY:
        return False, _digest("", found)
    total = 0
    for below, each in tree.walk(store, source.path, dereference=False):
        stopping.check()
        if isinstance(each, SagaException):
            raise each
        total += _digest(below, each)  # in any order
    return True, total


def _digest(path: str, stat: Stat) -> int:
    text = f"{stat.kind} {path}" if stat.kind == DIRECTORY else f"{identity(stat)} {path}"
    found = hashlib.blake2b(text.encode("utf-8", "surrogateescape"), digest_size=_DIGEST_BYTES)
    return int.from_bytes(found.digest(), "big")


def _check_free(target: Place, flags: int) -> None:
    """Raise AlreadyExists when something has the name, unless it is a file to be replaced.

    A transfer would put a directory into one that is there, where a rename replaces nothing.
    """
    try:
        kind = target.store.stat(target.path, follow=False).kind
    except DoesNotExist:
        return
    if kind == DIRECTORY or not flags & OVERWRITE:
        raise AlreadyExists(f"`{target.path}` on {target.store.name} is there already")


def _check_alias(source: Place, target: Place) -> None:
    """Raise BadParameter when a name in another store is the same one, or below it.

    A host has many names, and may be this one. A file that is put beside the source for a moment
    shows: if it is found beside the target, or beside what that is below, a copy would replace the
    source or come into it, and would be removed with it.
    """
    where = [target.path, *_above(target.path)]
    alike = [path for path in where if posixpath.basename(path) == source.name]
    if not alike:
        return
    probe = part_name(source.path)
    name = probe.rpartition("/")[2]
    source.store.write_whole(probe, b"", None, replace=False)
    try:
        for path in alike:
            if target.store.exists(paths.joined(posixpath.dirname(path), name)):
                raise BadParameter(
                    f"`{source.path}` on {source.store.name} is `{path}` on {target.store.name}: "
                    f"it cannot be moved {'onto' if path == target.path else 'into'} itself"
                )
    finally:
        source.store.remove(probe)


def _above(path: str) -> Iterator[str]:
    while path != "/":
        path = posixpath.dirname(path)
        yield path


def _renamed(source: Place, target: Place, found: Stat, flags: int) -> bool:
    """Rename in one store; say False when the store cannot, or not between these."""
    replace = bool(flags & OVERWRITE) and found.kind != DIRECTORY
    try:
        source.store.rename(source.path, target.path, replace=replace)
    except exceptions.NotImplemented:
        return False
    except SagaException as error:
        if getattr(error.__cause__, "errno", None) == errno.EXDEV:
            return False
        raise
    return True
