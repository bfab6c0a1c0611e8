"""Many small files as one stream: what is read goes to the target while more is being read.

Where source and target are one tree, the bytes stay there if the store can do that. Else a thread
reads ahead, and no more than `_IN_FLIGHT_BYTES` wait for the target. A file is told to have been
copied only if its source was the same before and after it was read.
"""

from __future__ import annotations

import threading
from collections import deque
from itertools import chain
from typing import TypeVar

from juncture.saga import exceptions
from juncture.saga.exceptions import SagaException
from juncture.saga.storage.failures import Changed, as_saga
from juncture.saga.storage.pipe import Pipe

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from juncture.saga.storage.pipe import Stop
    from juncture.saga.storage.store import Store
    from juncture.saga.storage.transfer_plan import Item
    from juncture.saga.storage.values import Stat

    Answer = tuple[Item, SagaException | None]
    Content = tuple[str, bytes, Stat | None]
    Write = Callable[[Iterable[Content]], Iterator[SagaException | None]]
    Piece = tuple[Item, bytes | SagaException]

T = TypeVar("T")

SMALL_BYTES = 1 << 18
_IN_FLIGHT_BYTES = 1 << 24
_ITEM_BYTES = 1 << 10
"""What an item costs besides its content."""
_AT_ONCE = 64
_AT_ONCE_BYTES = 1 << 21


def is_same(before: Stat, after: Stat | SagaException) -> bool:
    """Return whether a file is what it was, as far as both tell: a listing may know less."""
    return not isinstance(after, SagaException) and all(
        old == new or old is None or new is None
        for old, new in (
            (before.size_bytes, after.size_bytes),
            (before.mtime, after.mtime),
            (before.version, after.version),
        )
    )


def changed(store: Store, path: str) -> Changed:
    """Return the exception for a source that did not stay as it was."""
    return Changed(
        f"`{path}` on {store.name} changed while it was copied",
        hint="copy it again when nothing writes to it",
    )


def stays(source: Store, target: Store) -> bool:
    """Return whether copies need not come through here."""
    if not source.is_same(target):
        return False
    try:
        for _ in source.copy_within((), replace=False):
            break
    except exceptions.NotImplemented:
        return False
    return True


def within(
    store: Store, items: list[Item], *, replace: bool, stop: Stop, told: Callable[[int], None]
) -> Iterator[Answer]:
    """Copy files in one tree and yield each with its answer, those not wanted among the others.

    A failure of all is that of the first without an answer. Those after it are not yielded: they
    are worth another try.
    """
    waiting = iter(items)
    begun: deque[Item] = deque()
    unwanted: deque[Answer] = deque()

    def pairs() -> Iterator[tuple[str, str]]:
        for item in waiting:
            stop.check()
            if (error := item.ticket.request.canceled()) is None:
                begun.append(item)
                yield item.source, item.place
            else:
                unwanted.append((item, error))

    def tell(size_bytes: int) -> None:
        begun[0].ticket.request.check()
        told(size_bytes)

    try:
        for answer in store.copy_within(pairs(), replace=replace, told=tell):
            yield begun.popleft(), answer
            while unwanted:
                yield unwanted.popleft()
    except Exception as error:  # noqa: BLE001 - each file has an outcome of its own
        first = begun.popleft() if begun else next(waiting, None)
        if first is not None:
            yield first, as_saga(error, first.source, store.name)
    yield from unwanted


def overwrites(target: Store) -> bool:
    """Return whether a store looks itself at what it would replace."""
    try:
        for _ in target.overwrite_many(()):
            break
    except exceptions.NotImplemented:
        return False
    return True


def across(
    source: Store, target: Store, items: list[Item], *, write: Write, stop: Stop
) -> Iterator[Answer]:
    """Copy small files through here and yield each with its answer.

    Args:
        source: Where they are.
        target: Where they shall be.
        items: The files.
        write: The call of the target that writes many.
        stop: Ends it.
    """
    if len(items) == 1:
        yield from _written(target, _read(source, items), write=write, stop=stop)
        return
    pipe: Pipe[list[Piece]] = Pipe(_IN_FLIGHT_BYTES, stop)
    try:
        threading.Thread(
            target=_read_ahead, args=(source, items, pipe), name="juncture-read-ahead", daemon=True
        ).start()
        yield from _written(target, pipe, write=write, stop=stop)
    finally:
        pipe.close()


def _read_ahead(source: Store, items: list[Item], pipe: Pipe[list[Piece]]) -> None:
    try:
        for pieces in _read(source, items):
            if not pipe.put(pieces, sum(_weight(data) for _, data in pieces)):
                return
    except BaseException as error:  # noqa: BLE001 - it is raised where the files are written
        pipe.end(error)
    else:
        pipe.end()


def _weight(data: bytes | SagaException) -> int:
    return _ITEM_BYTES + (0 if isinstance(data, SagaException) else len(data))


def _read(source: Store, items: list[Item]) -> Iterator[list[Piece]]:
    """Yield items with their content or why not, some at a time, after they were checked."""
    found: list[Piece] = []
    held = 0
    contents = source.read_known((item.source for item in items), SMALL_BYTES + 1)
    for item, known in _answered(items, contents, source):
        data = _checked(source, item, known)
        found.append((item, data))
        held += _weight(data)
        if len(found) >= _AT_ONCE or held >= _AT_ONCE_BYTES:
            yield found
            found = []
            held = 0
    yield found


def _checked(
    source: Store, item: Item, known: tuple[bytes, Stat] | SagaException
) -> bytes | SagaException:
    """Return the content of a file that is what the plan says, or why it is not."""
    if isinstance(known, SagaException):
        return known
    data, stat = known
    if len(data) == item.stat.size_bytes and is_same(item.stat, stat):
        return data
    return wrong_length(source, item, len(data), stat)


def wrong_length(source: Store, item: Item, found: int, after: Stat) -> SagaException:
    """Return why what was read is not the file: it changed, or its length was told wrongly."""
    if not is_same(item.stat, after):
        return changed(source, item.source)
    said = item.stat.size_bytes
    return Changed(
        f"`{item.source}` on {source.name} gave {found} bytes, and is {said} long as it says"
    )


def _written(
    target: Store, portions: Iterable[list[Piece]], *, write: Write, stop: Stop
) -> Iterator[Answer]:
    """Write what comes and yield each item with its answer, those not read among the others."""
    sent: deque[Item] = deque()
    unread: deque[Answer] = deque()

    def files() -> Iterator[Content]:
        for item, data in chain.from_iterable(portions):
            stop.check()
            if isinstance(data, SagaException):
                unread.append((item, data))
            elif (error := item.ticket.request.canceled()) is not None:
                unread.append((item, error))
            else:
                sent.append(item)
                yield item.place, data, item.stat

    answers = write(files())
    try:
        for answer in answers:
            yield sent.popleft(), answer
            while unread:
                yield unread.popleft()
    except Exception as error:
        if not sent:
            raise
        first = sent.popleft()
        yield first, as_saga(error, first.target, target.name)
        for item in sent:
            item.unsure = True
    yield from unread


def _answered(
    items: list[Item], answers: Iterator[T], store: Store
) -> Iterator[tuple[Item, T | SagaException]]:
    """Yield each item with its answer; a failure of all is that of the first without an answer.

    Those after it are not yielded: they are worth another try.
    """
    waiting = iter(items)
    try:
        for answer, item in zip(answers, waiting, strict=False):
            yield item, answer
    except Exception as error:  # noqa: BLE001 - each file has an outcome of its own
        for item in waiting:
            yield item, as_saga(error, item.source, store.name)
            return
