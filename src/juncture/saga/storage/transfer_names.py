"""Directories and links of a portion, many at a time: a tree of thousands costs few round trips.

What is not simply done here is returned, to be looked at one by one: `transfer_lane` knows what to
do when something is there already or a connection was lost.
"""

from __future__ import annotations

from contextlib import suppress
from itertools import groupby
from typing import TypeVar

from juncture.saga.exceptions import AlreadyExists, BadParameter, SagaException
from juncture.saga.storage import retries
from juncture.saga.storage.failures import ConnectionLost, as_saga
from juncture.saga.storage.parts import part_name
from juncture.saga.storage.values import DIRECTORY, LINK, MODES, OTHER, Stat

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from juncture.saga.storage.store import Store
    from juncture.saga.storage.transfer_plan import Item

D = TypeVar("D")
T = TypeVar("T")

_USUAL_MODE = 0o755


def depth(path: str) -> int:
    """Return how many directories a path is in."""
    return path.rstrip("/").count("/")


def levels(items: Iterable[Item]) -> Iterator[list[Item]]:
    """Yield directories in groups, none of a group in another, those above first."""
    ordered = sorted(items, key=lambda item: depth(item.target))
    for _, some in groupby(ordered, key=lambda item: depth(item.target)):
        yield list(some)


def private_mode(target: Store, stat: Stat) -> int | None:
    """Return the mode of a directory until all is in it; None: it has it when it is made.

    Nobody shall look in before, and its owner fills it meanwhile.
    """
    mode = stat.mode
    if MODES not in target.traits or mode is None or mode & 0o077 == _USUAL_MODE & 0o077:
        return None
    return mode | 0o700


def make_directories(target: Store, items: list[Item]) -> Iterator[Item]:
    """Make directories, note them in their tickets, and yield those that are done with."""
    made: list[Item] = []
    there: list[Item] = []
    for item, error in _answered(items, lambda: target.make_dir_many(i.target for i in items)):
        if error is None:
            made.append(item)
            item.ticket.directories.append((item.target, item.stat))
        elif isinstance(error, AlreadyExists):
            there.append(item)
        else:
            item.unsure = isinstance(error, ConnectionLost)
    modes = {item: private_mode(target, item.stat) for item in made}
    closed = [item for item in made if modes[item] is not None]
    yield from (item for item in made if modes[item] is None)
    wishes = [(item.target, Stat(DIRECTORY, mode=modes[item])) for item in closed]
    for item, error in _answered(closed, lambda: target.settle_many(wishes)):
        if error is None:
            yield item
        else:
            item.unsure = True  # it was made by us, and lacks its mode
            item.ticket.directories.remove((item.target, item.stat))
    paths = [item.target for item in there]
    for item, stat in _answered(there, lambda: target.stat_many(paths, follow=False)):
        if isinstance(stat, Stat) and stat.kind == DIRECTORY:
            yield item


def make_links(source: Store, target: Store, items: list[Item]) -> Iterator[Item]:
    """Make links that are like those of the source, and yield those that are done with."""
    texts: list[tuple[Item, str]] = []
    for item, text in _answered(items, lambda: source.read_link_many(i.source for i in items)):
        if isinstance(text, str):
            texts.append((item, text))
    links = [(text, item.target) for item, text in texts]
    read = [item for item, _ in texts]
    for item, error in _answered(read, lambda: target.make_link_many(links)):
        if error is None:
            yield item
        else:
            item.unsure = isinstance(error, ConnectionLost)


def check_replaceable(target: Store, path: str, stat: Stat) -> None:
    """Raise BadParameter for a device, a pipe or a socket: there is no other like it."""
    if stat.kind == OTHER:
        raise BadParameter(
            f"`{path}` on {target.name} is neither a file nor a link, and is not replaced"
        )


def make_directory(target: Store, item: Item) -> None:
    """Make one directory, and note it in its ticket; one that is there may be there.

    In its place a link to one will do only for what was asked for itself: what is below that stays
    below that.
    """
    try:
        target.make_dir(item.target)
    except AlreadyExists:
        if target.stat(item.target, follow=item.is_asked_for).kind != DIRECTORY:
            place = f"`{item.target}` on {target.name}"
            raise AlreadyExists(f"{place} is there already, and is no directory") from None
        if not item.unsure:
            return
    item.ticket.directories.append((item.target, item.stat))
    mode = private_mode(target, item.stat)
    if mode is not None:
        target.set_mode(item.target, mode)


def make_link(source: Store, target: Store, item: Item) -> None:
    """Make one link that is like that of the source; what is there is replaced if that is asked."""
    text = source.read_link(item.source)
    try:
        target.make_link(text, item.target)
    except AlreadyExists:
        there = target.stat(item.target, follow=False)
        if item.unsure and there.kind == LINK and target.read_link(item.target) == text:
            return
        if not item.ticket.request.replace or there.kind == DIRECTORY:
            raise
        replace_link(target, text, item.target)


def replace_link(store: Store, text: str, path: str) -> None:
    """Make a link that holds `text` in the place of what has the path."""
    part = part_name(path)
    store.make_link(text, part)
    try:
        store.rename(part, path, replace=True)
    except BaseException:
        with suppress(SagaException):
            store.remove(part)
        raise


def settle(target: Store, directories: list[tuple[str, Stat]]) -> Iterator[SagaException]:
    """Give directories their modes and times, those below first; yield what failed."""
    ordered = sorted(directories, key=lambda each: depth(each[0]), reverse=True)
    for _, some in groupby(ordered, key=lambda each: depth(each[0])):
        level = list(some)
        for (path, stat), error in _answered(level, lambda: target.settle_many(level)):  # noqa: B023 - used at once
            if error is None:
                continue
            try:
                retries.retried(lambda: target.settle(path, stat))  # noqa: B023 - as above
            except Exception as found:  # noqa: BLE001 - one directory of many
                yield as_saga(found, path, target.name)


def _answered(
    things: list[D], ask: Callable[[], Iterator[T]]
) -> Iterator[tuple[D, T | SagaException]]:
    """Yield each thing with its answer; those that get none have the failure of all."""
    if not things:
        return
    waiting = iter(things)
    failure: SagaException = ConnectionLost("nobody said whether it was done")
    try:
        for answer, thing in zip(ask(), waiting, strict=False):
            yield thing, answer
    except Exception as error:  # noqa: BLE001 - each name has an outcome of its own
        failure = as_saga(error, "", "")
    for thing in waiting:
        yield thing, failure
