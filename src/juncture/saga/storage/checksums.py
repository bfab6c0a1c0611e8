"""Whether two files are the same, by what each back end computes itself."""

from __future__ import annotations

from contextlib import suppress

from juncture.saga.exceptions import NoSuccess, SagaException

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from juncture.saga.storage.store import Store
    from juncture.saga.storage.transfer_plan import Item
    from juncture.saga.storage.transfer_small import Answer

ALGORITHM = "sha256"
_AT_ONCE = 256


def differ(
    source: Store, path: str, target: Store, copy: str, algorithm: str = ALGORITHM
) -> NoSuccess | None:
    """Return None if two files are the same, or a sentence with both checksums."""
    expected = source.checksum(path, algorithm)
    found = target.checksum(copy, algorithm)
    if expected == found:
        return None
    return mismatch(algorithm, (source.name, path, expected), (target.name, copy, found))


def mismatch(
    algorithm: str, source: tuple[str, str, str], target: tuple[str, str, str]
) -> NoSuccess:
    """Return the exception for a copy that is not what was copied.

    Args:
        algorithm: What was computed.
        source: The store's name, the path and the checksum.
        target: The same of the copy.
    """
    return NoSuccess(
        f"the copy `{target[1]}` on {target[0]} has the {algorithm} checksum {target[2]}, "
        f"and `{source[1]}` on {source[0]} has {source[2]}",
        hint="copy it again; if that does not help, one of the two disks may be failing",
    )


def verified(
    answers: Iterator[Answer], source: Store, target: Store, algorithm: str, *, replace: bool
) -> Iterator[Answer]:
    """Yield the answers for small files, those written after both back ends compared them.

    A file that was written beside its name gets it when the two are the same, and what had the name
    before is there until then. What is not the same is removed.
    """
    copied: dict[Item, None] = {}
    try:
        for item, error in answers:
            if error is not None:
                yield item, error
                continue
            copied[item] = None
            if len(copied) >= _AT_ONCE:
                yield from _published(copied, source, target, algorithm, replace=replace)
        yield from _published(copied, source, target, algorithm, replace=replace)
    finally:
        for item in copied:
            if item.part:
                _remove(target, item.part)


def _published(
    copied: dict[Item, None], source: Store, target: Store, algorithm: str, *, replace: bool
) -> Iterator[Answer]:
    """Yield all that was copied with its answer, and take it out."""
    good: list[Item] = []
    for item, error in _compared(list(copied), source, target, algorithm):
        if error is None and item.part:
            good.append(item)
            continue
        del copied[item]
        if item.part:
            _remove(target, item.part)
        yield item, error
    pairs = [(item.part, item.target) for item in good]
    doubts = [item.unsure for item in good]
    for item in good:
        item.unsure = True  # until it is known what became of it
    answers = target.rename_many(pairs, replace=replace)
    for item, doubt, error in zip(good, doubts, answers, strict=False):
        del copied[item]
        item.unsure = doubt
        if error is not None:
            _remove(target, item.part)
        yield item, error


def _compared(items: list[Item], source: Store, target: Store, algorithm: str) -> Iterator[Answer]:
    there = source.checksum_many([item.source for item in items], algorithm)
    here = target.checksum_many([item.place for item in items], algorithm)
    for item, expected, found in zip(items, there, here, strict=True):
        if isinstance(expected, SagaException):
            yield item, expected
        elif isinstance(found, SagaException):
            yield item, found
        elif expected == found:
            yield item, None
        else:
            if not item.part:
                _remove(target, item.target)
            sides = (source.name, item.source, expected), (target.name, item.target, found)
            yield item, mismatch(algorithm, *sides)


def _remove(store: Store, path: str) -> None:
    with suppress(SagaException):
        store.remove(path)
