"""Reading on after a lost connection: the next call of a store connects anew.

Only what changes nothing is tried again here. What changes something is the business of those who
know how to find out whether it was done.
"""

from __future__ import annotations

from typing import TypeVar

from juncture.saga.exceptions import NoSuccess
from juncture.saga.storage.failures import ConnectionLost, as_saga
from juncture.saga.storage.logs import debug

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from juncture.saga.exceptions import SagaException
    from juncture.saga.storage.store import Store
    from juncture.saga.storage.values import Stat

T = TypeVar("T")

_NO_NAMES = frozenset(("", ".", ".."))
ATTEMPTS = 3
"""How often in a row the loss of a connection is borne while nothing at all is done."""


def retried(read: Callable[[], T]) -> T:
    """Return what a call returns, which is made again if the connection was lost."""
    for _ in range(ATTEMPTS - 1):
        try:
            return read()
        except ConnectionLost as error:
            debug(__name__, "a call is made again: %s", error)
    return read()


def entries(store: Store, path: str) -> Iterator[tuple[str, Stat | None]]:
    """Yield what `Store.scan` yields, each name once, whatever becomes of the connection.

    Raises:
        NoSuccess: a name would lead out of the directory.
    """
    seen: set[str] = set()
    tries = 0
    while True:
        before = len(seen)
        try:
            for name, stat in store.scan(path):
                if name in _NO_NAMES or "/" in name:
                    raise NoSuccess(
                        f"`{path}` on {store.name} is said to have something called `{name}` in it,"
                        " which is not a name"
                    )
                if name not in seen:
                    seen.add(name)
                    yield name, stat
        except ConnectionLost as error:
            tries = 0 if len(seen) > before else tries + 1
            if tries >= ATTEMPTS:
                raise
            debug(__name__, "`%s` on %s is listed again: %s", path, store.name, error)
        else:
            return


def stats(
    store: Store, paths: Iterable[str], *, follow: bool
) -> Iterator[tuple[int, Stat | SagaException]]:
    """Yield the place of each path and what `Store.stat` says of it, in any order."""
    named = list(paths)
    waiting = list(range(len(named)))
    tries = 0
    while waiting:
        again: list[int] = []
        done = 0
        try:
            answers = store.stat_many([named[place] for place in waiting], follow=follow)
            for place, stat in zip(waiting, answers, strict=False):
                done += 1
                if isinstance(stat, ConnectionLost) and tries < ATTEMPTS - 1:
                    again.append(place)
                else:
                    yield place, stat
        except Exception as error:  # noqa: BLE001 - each name has an answer of its own
            place = waiting[done]
            done += 1
            if isinstance(error, ConnectionLost) and tries < ATTEMPTS - 1:
                again.append(place)
            else:
                yield place, as_saga(error, named[place], store.name)
        left = [*again, *waiting[done:]]
        if left:
            debug(__name__, "%d names on %s are asked for again", len(left), store.name)
        tries = 0 if len(left) < len(waiting) else tries + 1
        waiting = left
