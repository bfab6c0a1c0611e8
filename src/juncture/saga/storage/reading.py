"""Small files with what is known of them afterwards, for stores that cannot ask for both at once.

Whoever copies a file must know that it stayed what it was. To ask one by one would cost a round
trip for each: names are asked about some at a time, while more files are on their way.
"""

from __future__ import annotations

from collections import deque

from juncture.saga.exceptions import SagaException

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from juncture.saga.storage.values import Stat

    Known = tuple[bytes, Stat] | SagaException
    Read = tuple[str, bytes | SagaException]
    ReadMany = Callable[[Iterable[str]], Iterator[bytes | SagaException]]
    StatMany = Callable[[Iterable[str]], Iterator[Stat | SagaException]]

_AT_ONCE = 64
_HELD_BYTES = 1 << 21


def known(paths: Iterable[str], read_many: ReadMany, stat_many: StatMany) -> Iterator[Known]:
    """Yield what `Store.read_known` does, by the two other calls of a store."""
    asked: deque[str] = deque()

    def noted() -> Iterator[str]:
        for path in paths:
            asked.append(path)
            yield path

    found: list[Read] = []
    held = 0
    try:
        for data in read_many(noted()):
            found.append((asked.popleft(), data))
            held += 0 if isinstance(data, SagaException) else len(data)
            if len(found) >= _AT_ONCE or held >= _HELD_BYTES:
                some, found, held = found, [], 0
                yield from _stated(some, stat_many)
    except Exception:
        yield from _stated(found, stat_many)
        raise
    yield from _stated(found, stat_many)


def _stated(found: list[Read], stat_many: StatMany) -> Iterator[Known]:
    read = [path for path, data in found if not isinstance(data, SagaException)]
    stats = stat_many(read)
    for _, data in found:
        if isinstance(data, SagaException):
            yield data
            continue
        stat = next(stats, None)
        if stat is None:
            return
        yield stat if isinstance(stat, SagaException) else (data, stat)
