"""Many calls at a time, their answers in the order of the questions, and never too many."""

from __future__ import annotations

from collections import deque
from itertools import chain, islice
from typing import TypeVar

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from concurrent.futures import Future

T = TypeVar("T")
R = TypeVar("R")


def windowed(work: Callable[[T], R], items: Iterable[T], most: int) -> Iterator[R]:
    """Yield what `work` returns for each item, in their order.

    Args:
        work: Called in other threads, unless there is one item alone; must not raise.
        items: Taken as they are needed, no more than `most` ahead of what was yielded.
        most: How many calls there are at a time.
    """
    coming = iter(items)
    first = list(islice(coming, 2))
    if len(first) < 2 or most < 2:  # noqa: PLR2004 - a thread helps from two on
        for item in chain(first, coming):
            yield work(item)
        return
    from concurrent.futures import ThreadPoolExecutor

    waiting: deque[Future[R]] = deque()
    with ThreadPoolExecutor(most, thread_name_prefix="juncture-fsspec") as pool:
        try:
            for item in chain(first, coming):
                waiting.append(pool.submit(work, item))
                if len(waiting) >= most:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for future in waiting:
                future.cancel()
