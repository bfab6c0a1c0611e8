"""Small files with what is known of them afterwards, for stores that cannot ask for both at once.

Whoever copies a file must know that it stayed what it was. To ask one by one would cost a round
trip for each: names are asked about some at a time, while more files are on their way.
"""

from __future__ import annotations

from collections import deque

from juncture.saga.exceptions import SagaException

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from juncture.saga.storage.store import Store
    from juncture.saga.storage.values import Stat

    Known = tuple[bytes, Stat] | SagaException
    Read = tuple[str, bytes | SagaException]

_AT_ONCE = 64
_HELD_BYTES = 1 << 21


def known(store: Store, paths: Iterable[str]) -> Iterator[Known]:
    """Yield what `Store.read_known` does, by `read_many` and `stat_many`."""
    asked: deque[str] = deque()

    def noted() -> Iterator[str]:
        for path in paths:
            asked.append(path)
            yield path

    found: list[Read] = []
    held = 0
    try:
        for data in store.read_many(noted()):
            found.append((asked.popleft(), data))
            held += 0 if isinstance(data, SagaException) else len(data)
            if len(found) >= _AT_ONCE or held >= _HELD_BYTES:
                some, found, held = found, [], 0
                yield from _stated(store, some)
    except Exception:
        yield from _stated(store, found)
        raise
    yield from _stated(store, found)


def _stated(store: Store, found: list[Read]) -> Iterator[Known]:
    read = [path for path, data in found if not isinstance(data, SagaException)]
    stats = store.stat_many(read)
    for _, data in found:
        if isinstance(data, SagaException):
            yield data
            continue
        stat = next(stats, None)
        if stat is None:
            return
        yield stat if isinstance(stat, SagaException) else (data, stat)
