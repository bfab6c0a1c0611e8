"""What is asked of a transfer, and what that comes to: one item for each name that is copied.

A plan is made in portions while earlier ones are copied, a few of them ahead, so that its memory
does not grow with the tree. It reads; the only thing it changes is to make what the targets of
requests are to be in.
"""

from __future__ import annotations

from contextlib import suppress
from itertools import islice

from juncture.saga.exceptions import (
    AlreadyExists,
    BadParameter,
    DoesNotExist,
    NoSuccess,
    SagaException,
)
from juncture.saga.storage import retries, tree
from juncture.saga.storage.failures import Canceled, as_saga
from juncture.saga.storage.making import make_parents
from juncture.saga.storage.values import DIRECTORY, FILE, LINK, Stat

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from juncture.saga.storage.pipe import Stop
    from juncture.saga.storage.store import Store

    Walk = Callable[["Request", str], Iterator[tuple[str, Stat | SagaException]]]
    Step = tuple["Ticket", "Item | SagaException | None"]
    """Of a request, what is to be copied, why something is not, or None: there is no more of it."""

_ACT_FOR_OWNER = 0o6000
_PORTION = 1024
MOST_FAILURES = 1000
_TOLD_FAILURES = 3


class Request:
    """One thing to copy.

    Args:
        source_store: Where it is.
        source: Its path.
        target_store: Where it shall be.
        target: The path it gets; where that is a directory, it gets its own name in there.
        replace: Whether files that are there are replaced; else they are AlreadyExists.
        recursive: Whether a directory may be copied, with all that is below it.
        dereference: Whether what links lead to is copied in their place; else links are.
        make_parents: Whether directories that the target is to be in are made.
        merge: Whether what is in a source directory goes into a target directory that is there,
            rather than the directory itself.
        walk: What of a directory is copied, given the request and the target directory; None: all
            of it. It yields what `tree.walk` yields.
        is_wanted: Asked now and then whether somebody still wants it; else it is Canceled. None:
            it is wanted.
    """

    __slots__ = (
        "dereference",
        "is_wanted",
        "make_parents",
        "merge",
        "recursive",
        "replace",
        "source",
        "source_store",
        "target",
        "target_store",
        "walk",
    )

    def __init__(
        self,
        source_store: Store,
        source: str,
        target_store: Store,
        target: str,
        *,
        replace: bool = False,
        recursive: bool = False,
        dereference: bool = False,
        make_parents: bool = False,
        merge: bool = False,
        walk: Walk | None = None,
        is_wanted: Callable[[], bool] | None = None,
    ) -> None:
        self.source_store = source_store
        self.source = source
        self.target_store = target_store
        self.target = target
        self.replace = replace
        self.recursive = recursive
        self.dereference = dereference
        self.make_parents = make_parents
        self.merge = merge
        self.walk = walk
        self.is_wanted = is_wanted

    def check(self) -> None:
        """Raise Canceled if nobody wants it any more."""
        if (error := self.canceled()) is not None:
            raise error

    def canceled(self) -> Canceled | None:
        """Return an exception if nobody wants it any more."""
        if self.is_wanted is None or self.is_wanted():
            return None
        return Canceled(f"the copy of `{self.source}` was canceled before it was done")

    def __repr__(self) -> str:
        source = f"{self.source_store.name} {self.source!r}"
        return f"<Request {source} -> {self.target_store.name} {self.target!r}>"


class Incomplete(NoSuccess):
    """Some of what is in a directory was not copied; all else was.

    Args:
        request: What was asked for.
        failures: Why, for no more than the first thousand.
        count: How many there were.
    """

    def __init__(self, request: Request, failures: Iterable[SagaException], count: int) -> None:
        self.failures = tuple(failures)
        self.count = count
        first = "; ".join(error.message for error in self.failures[:_TOLD_FAILURES])
        more = f"; and {count - _TOLD_FAILURES} more" if count > _TOLD_FAILURES else ""
        names = "1 name" if count == 1 else f"{count} names"
        super().__init__(
            f"`{request.source}` on {request.source_store.name} was copied without {names}: "
            f"{first}{more}"
        )

    @property
    def exceptions(self) -> list[BaseException]:
        """This one, then what failed."""
        return [self, *self.failures]

    def __reduce__(self) -> tuple[object, ...]:
        return _incomplete, (), {**self.__dict__, "_object": None}


def _incomplete() -> Incomplete:
    return Incomplete.__new__(Incomplete)


class Ticket:
    """What became of a request so far."""

    __slots__ = (
        "broken",
        "count",
        "directories",
        "failures",
        "index",
        "is_tree",
        "pending",
        "request",
    )

    def __init__(self, index: int, request: Request) -> None:
        self.index = index
        self.request = request
        self.pending = 1
        """Items that are not done with; the plan itself counts as one."""
        self.count = 0
        self.failures: list[SagaException] = []
        self.is_tree = False
        self.directories: list[tuple[str, Stat]] = []
        """Those that were made; they get their modes and times when all is in them."""
        self.broken: set[str] = set()
        """Directories that could not be made; what is to be in them is not tried."""

    def is_broken(self, target: str) -> bool:
        """Return whether a path is in a directory that could not be made."""
        while target and self.broken:
            if target in self.broken:
                return True
            target = target.rpartition("/")[0]
        return False

    def fail(self, error: SagaException) -> None:
        """Keep why one name was not copied."""
        self.count += 1
        if len(self.failures) < MOST_FAILURES:
            self.failures.append(error)

    def outcome(self) -> SagaException | None:
        """Return None, or why not all was copied."""
        if not self.count:
            return None
        for error in self.failures:
            if isinstance(error, Canceled):
                return error
        if not self.is_tree or (self.count == 1 and not self.directories):
            return self.failures[0]
        return Incomplete(self.request, self.failures, self.count)


class Item:
    """One name to copy."""

    __slots__ = (
        "counted",
        "error",
        "moved",
        "part",
        "source",
        "stat",
        "target",
        "ticket",
        "unsure",
    )

    def __init__(self, ticket: Ticket, source: str, target: str, stat: Stat) -> None:
        self.ticket = ticket
        self.source = source
        self.target = target
        self.stat = stat if stat.kind != FILE else ordinary(stat)
        self.part = ""
        """Where it is written before both sides have compared it, if they are to."""
        self.counted = 0
        """Bytes of it that the meter knows of."""
        self.error: SagaException | None = None
        """What the last attempt met."""
        self.unsure = False
        """Whether an attempt may have done it all the same."""
        self.moved = False
        """Whether its target was found to be a directory, and it goes in there."""

    @property
    def is_asked_for(self) -> bool:
        """Whether it is what the request names, rather than something below that."""
        return self.source == (self.ticket.request.source.rstrip("/") or "/")

    @property
    def place(self) -> str:
        """The path to which it is written."""
        return self.part or self.target

    @property
    def size_bytes(self) -> int:
        """How many bytes there are to copy, as far as is known."""
        return (self.stat.size_bytes or 0) if self.stat.kind == FILE else 0


def ordinary(stat: Stat) -> Stat:
    """Return what a copy of a file gets: who runs it must not act for the copy's owner."""
    if stat.mode is None or not stat.mode & _ACT_FOR_OWNER:
        return stat
    mode = stat.mode & ~_ACT_FOR_OWNER
    known = stat.kind, stat.size_bytes, stat.mtime, mode, stat.owner, stat.group
    return Stat(*known, version=stat.version)


def planned(tickets: Iterable[Ticket], stop: Stop) -> Iterator[list[Step]]:
    """Yield what requests between two stores come to, in portions, directories before their parts.

    Only what does not change in a ticket is looked at: somebody else may be at work on what came
    before.

    Args:
        tickets: The requests, all between the same two stores.
        stop: Ends it.
    """
    waiting = iter(tickets)
    portion: list[Step] = []
    while some := list(islice(waiting, _PORTION)):
        for ticket in some:
            request = ticket.request
            if request.source.startswith("/~") or request.target.startswith("/~"):
                _spell(request)
        for ticket, stat in _looked_up(some):
            for found in _items(ticket, stat, stop):
                portion.append((ticket, found))
                if len(portion) >= _PORTION:
                    yield portion
                    portion = []
            portion.append((ticket, None))
            if ticket.is_tree:
                yield portion
                portion = []
    if portion:
        yield portion


def _spell(request: Request) -> None:
    """Spell what begins with `/~` as the back end has it, so that paths can be compared."""
    with suppress(Exception):  # what cannot be asked now fails when it is used
        if request.source.startswith("/~"):
            store, path = request.source_store, request.source
            request.source = retries.retried(lambda: store.absolute(path))
        if request.target.startswith("/~"):
            there, target = request.target_store, request.target
            request.target = retries.retried(lambda: there.absolute(target))


def _looked_up(tickets: list[Ticket]) -> Iterator[tuple[Ticket, Stat | SagaException]]:
    for follow in (False, True):
        some = [ticket for ticket in tickets if ticket.request.dereference is follow]
        if some:
            store = some[0].request.source_store
            paths = [ticket.request.source for ticket in some]
            for place, stat in retries.stats(store, paths, follow=follow):
                yield some[place], stat


def _items(
    ticket: Ticket, stat: Stat | SagaException, stop: Stop
) -> Iterator[Item | SagaException]:
    request = ticket.request
    if isinstance(stat, SagaException):
        yield stat
        return
    try:
        stop.check()
        request.check()
        if stat.kind == DIRECTORY:
            for item in _tree(ticket, stat):
                stop.check()
                request.check()
                yield item
        elif stat.kind in {FILE, LINK}:
            _check_file(request)
            yield Item(ticket, request.source, request.target, stat)
        else:
            yield _not_a_file(request.source, request.source_store)
    except Exception as error:  # noqa: BLE001 - one request of many
        yield as_saga(error, request.source, request.source_store.name)


def _tree(ticket: Ticket, stat: Stat) -> Iterator[Item | SagaException]:
    request = ticket.request
    source, store = request.source.rstrip("/") or "/", request.source_store
    if not request.recursive:
        raise BadParameter(
            f"`{source}` on {store.name} is a directory, and the flag RECURSIVE is not given"
        )
    ticket.is_tree = True
    target = _target_directory(request)
    if request.source_store.name == request.target_store.name:
        real = tree.resolved(store, source)
        if tree.is_within(tree.resolved(store, target), real):
            raise BadParameter(f"`{source}` on {store.name} cannot be copied into itself")
    yield Item(ticket, source, target, stat)
    walk = request.walk(request, target) if request.walk else None
    for below, found in walk or tree.walk(store, source, dereference=request.dereference):
        if isinstance(found, SagaException):
            yield found
        elif found.kind in {FILE, LINK, DIRECTORY}:
            yield Item(ticket, tree.child(source, below), tree.child(target, below), found)
        else:
            yield _not_a_file(tree.child(source, below), store)


def _target_directory(request: Request) -> str:
    store, target = request.target_store, request.target
    try:
        kind = retries.retried(lambda: store.stat(target)).kind
    except DoesNotExist:
        if request.make_parents:
            make_parents(store, target)
        return target.rstrip("/") or "/"
    if kind != DIRECTORY:
        raise AlreadyExists(f"`{target}` on {store.name} is there already, and is no directory")
    name = tree.base_name(request.source)
    return target.rstrip("/") or "/" if request.merge or not name else tree.child(target, name)


def _check_file(request: Request) -> None:
    same = request.source_store.is_same(request.target_store)
    if same and request.source == request.target:
        place = f"`{request.source}` on {request.source_store.name}"
        raise BadParameter(f"{place} cannot be copied onto itself")


def _not_a_file(path: str, store: Store) -> SagaException:
    return BadParameter(f"`{path}` on {store.name} is neither a file, a directory nor a link")
