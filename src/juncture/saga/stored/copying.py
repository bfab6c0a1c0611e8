"""Copies, links and removals of names, in one store and between two; `moving` moves them.

One file that stays in its store is copied by the store itself. All else goes through
`storage.transfer`, which is loaded when it is needed.
"""

from __future__ import annotations

import contextlib

from juncture.saga import exceptions
from juncture.saga.constants import CREATE_PARENTS, DEREFERENCE, OVERWRITE, RECURSIVE
from juncture.saga.exceptions import AlreadyExists, BadParameter, DoesNotExist
from juncture.saga.storage import paths, stopping
from juncture.saga.storage.making import make_parents
from juncture.saga.storage.progress import check_wishes
from juncture.saga.storage.values import DIRECTORY, FILE, LINK, LINKS, MODES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from juncture.saga.storage.transfer import Request
    from juncture.saga.stored.places import Place
    from juncture.saga.url import Url


def copy(source: Place, target: Place, flags: int, on_progress: Any, checksum: Any) -> None:
    """Copy a name to a target; into it, when it is a directory."""
    if on_progress is None and checksum is None and source.store is target.store:
        found = source.store.stat(source.path, follow=bool(flags & DEREFERENCE))
        if found.kind == FILE and _copy_file(source, target, flags):
            return
    transfer(source, target, flags, on_progress, checksum)


def _copy_file(source: Place, target: Place, flags: int) -> bool:
    """Copy one file within its store; say False when the store cannot."""
    target = into(source, target)
    check_apart(source, target, "copied")
    if flags & CREATE_PARENTS:
        make_parents(target.store, target.path)
    check_target(target, flags)
    pairs = ((source.path, target.path),)
    try:
        for error in target.store.copy_within(pairs, replace=bool(flags & OVERWRITE)):
            if error is not None:
                raise error
    except exceptions.NotImplemented:
        return False
    return True


def transfer(source: Place, target: Place, flags: int, on_progress: Any, checksum: Any) -> None:
    """Copy a name, whatever it is, to wherever."""
    run(request(source, target, flags), on_progress, checksum)


def run(asked: Request, on_progress: Any, checksum: Any) -> None:
    """Copy what a request asks for."""
    from juncture.saga.storage.transfer import Transfer

    transfer = Transfer((asked,), checksum=checksum, on_progress=on_progress)
    with stopping.waking(transfer.cancel):
        (error,) = transfer.run()
    if error is not None:
        raise error


def request(source: Place, target: Place, flags: int) -> Request:
    """Return a copy as transfers are asked for it."""
    from juncture.saga.storage.transfer import Request

    return Request(
        source.store,
        source.path,
        target.store,
        target.path,
        replace=bool(flags & OVERWRITE),
        recursive=bool(flags & RECURSIVE),
        dereference=bool(flags & DEREFERENCE),
        make_parents=bool(flags & CREATE_PARENTS),
    )


def sync(  # noqa: PLR0917 - one caller, which has them all
    source: Place,
    target: Place,
    flags: int,
    wishes: dict[str, Any],
    dry_run: bool,
    on_progress: Any,
) -> Any:
    """Make one directory like another, or with `dry_run` return what there would be to do."""
    from juncture.saga.storage.sync import Sync

    check_wishes(on_progress, wishes["checksum"])
    check_apart(source, target, "copied")
    asked = Sync(
        source.store,
        source.path,
        target.store,
        target.path,
        dereference=bool(flags & DEREFERENCE),
        make_parents=bool(flags & CREATE_PARENTS),
        **wishes,
    )
    with stopping.waking(asked.cancel):
        if dry_run:
            return list(asked.changes())
        error = asked.run(on_progress)
    if error is not None:
        raise error
    return None


def into(source: Place, target: Place) -> Place:
    """Return the target, or where the source comes to be when the target is a directory."""
    try:
        is_folder = target.store.stat(target.path).kind == DIRECTORY
    except DoesNotExist:
        return target
    return target.at(paths.joined(target.path, source.name)) if is_folder else target


def check_apart(source: Place, target: Place, what: str) -> None:
    """Raise BadParameter when a name would be put onto or into itself."""
    if source.is_same(target):
        raise BadParameter(f"`{source.path}` cannot be {what} onto itself")
    inside = source.path.rstrip("/") + "/"
    if source.store.is_same(target.store) and target.path.startswith(inside):
        raise BadParameter(f"`{source.path}` cannot be {what} into itself, to `{target.path}`")


def check_target(target: Place, flags: int) -> None:
    """Raise BadParameter when a device, a pipe or a socket would be replaced."""
    if not flags & OVERWRITE or MODES not in target.store.traits:
        return
    from juncture.saga.storage.transfer_names import check_replaceable

    with contextlib.suppress(DoesNotExist):
        there = target.store.stat(target.path, follow=False)
        check_replaceable(target.store, target.path, there)


def link(source: Place, target: Place, flags: int) -> Place:
    """Make a link at a target that leads to a source of the same store."""
    if not source.store.is_same(target.store):
        raise BadParameter(
            f"a link on {target.store.name} cannot lead to {source.store.name}",
            hint="copy it instead",
        )
    if LINKS not in target.store.traits:
        raise exceptions.NotImplemented(f"{target.store.name} has no links")
    if flags & DEREFERENCE:
        source = followed(source)
    target = into(source, target)
    check_apart(source, target, "linked")
    if flags & CREATE_PARENTS:
        make_parents(target.store, target.path)
    try:
        target.store.make_link(source.path, target.path)
    except AlreadyExists:
        if not flags & OVERWRITE:
            raise
        from juncture.saga.storage.transfer_names import replace_link

        check_target(target, flags)
        replace_link(target.store, source.path, target.path)
    return target


def remove(place: Place, flags: int) -> None:
    """Remove a name; a directory that is not empty needs RECURSIVE."""
    if flags & DEREFERENCE:
        place = followed(place)
    stopping.check()
    if place.path == "/":
        raise BadParameter(f"the root of {place.store.name} is not removed")
    kind = place.store.stat(place.path, follow=False).kind
    if kind != DIRECTORY:
        place.store.remove(place.path)
    elif flags & RECURSIVE:
        place.store.remove_tree(place.path)
    else:
        try:
            place.store.remove_dir(place.path)
        except BadParameter as error:
            raise BadParameter(
                f"`{place.path}` is a directory that is not empty",
                error,
                hint="give `RECURSIVE` to remove it with all that is in it",
            ) from error


def followed(place: Place) -> Place:
    """Return where a name leads; a name that is no link leads to itself."""
    from juncture.saga.storage.tree import resolved

    if place.store.stat(place.path, follow=False).kind != LINK:
        return place
    return place.at(resolved(place.store, place.path))


def link_url(place: Place, text: str) -> Url:
    """Return what a link holds as a URL: relative as it is, absolute with scheme and host."""
    return place.at(text).url() if text.startswith("/") else paths.relative_url(text)
