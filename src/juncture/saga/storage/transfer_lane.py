"""All that a transfer copies between two stores, one portion of the plan after the other.

Of each portion first the directories, then the links, then small files as one stream, then large
files one by one. Whatever fails is the failure of that name alone. What the loss of a connection
left undone is tried again: the next call connects anew, and after `ATTEMPTS` in which nothing at
all was done the loss is the answer.
"""

from __future__ import annotations

import logging
from contextlib import suppress
from functools import partial

from juncture.saga import exceptions
from juncture.saga.exceptions import (
    AlreadyExists,
    BadParameter,
    NoSuccess,
    SagaException,
)
from juncture.saga.storage import checksums, retries, transfer_names, transfer_small
from juncture.saga.storage.failures import Canceled, ConnectionLost, NotPlain, as_saga
from juncture.saga.storage.parts import part_name
from juncture.saga.storage.pipe import ahead
from juncture.saga.storage.transfer_large import LargeCopy
from juncture.saga.storage.transfer_orphans import Orphans
from juncture.saga.storage.transfer_plan import Item, planned
from juncture.saga.storage.transfer_targets import Targets
from juncture.saga.storage.values import DIRECTORY, FILE, LINK, WHOLE

_log = logging.getLogger(__name__)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from juncture.saga.storage.pipe import Stop
    from juncture.saga.storage.progress import Meter
    from juncture.saga.storage.store import Store
    from juncture.saga.storage.transfer_plan import Step, Ticket
    from juncture.saga.storage.transfer_small import Answer

_MOST_AT_ONCE = 1024
_MOST_AHEAD = 4096
"""Names that are planned before those before them are copied."""


class Lane:
    """The copies from one store to another.

    Args:
        source: Where from.
        target: Where to.
        meter: Told of all that is done.
        stop: Ends it.
        checksum: What both sides compute and compare, or None.
        done: Called with a request's ticket when all of it is done with.
    """

    def __init__(  # noqa: PLR0917 - as a transfer has them
        self,
        source: Store,
        target: Store,
        meter: Meter,
        stop: Stop,
        checksum: str | None,
        done: Callable[[Ticket], None],
    ) -> None:
        self._source = source
        self._target = target
        self._meter = meter
        self._stop = stop
        self._checksum = checksum
        self._done = done
        self._stays = transfer_small.stays(source, target)
        self._stages = checksum is not None
        """Whether small files get their names only after both sides have compared them."""
        self._targets = Targets(source, target, stop, self._finish)
        self._orphans = Orphans(target)
        self._overwrites: bool | None = None
        """Whether the target looks itself at what it would replace; None: nobody has asked."""
        self._odd: list[Item] = []
        """Files in whose place there is no plain file."""
        self._left = 0
        """Requests that are not done with."""
        self._is_done = True
        """Whether nothing was canceled so far."""
        self._told_bytes = 0
        """Bytes of the file that is being copied in one tree."""

    def run(self, tickets: Iterable[Ticket]) -> None:
        """Copy what the requests ask for."""
        waiting = list(tickets)
        self._left = len(waiting)
        self._orphans.open(waiting)
        try:
            with suppress(Canceled):  # then some tickets are left
                for portion in self._plans(waiting):
                    self._follow(portion)
            for ticket in waiting:
                if ticket.pending:
                    ticket.fail(Canceled("the transfer was canceled before it was done"))
                    ticket.pending = 1
                    self._leave(ticket)
        finally:
            self._orphans.close()

    def _plans(self, tickets: list[Ticket]) -> Iterator[list[Step]]:
        """Yield the portions of the plan; where there may be many, the next are made meanwhile."""
        plans = map(self._counted, planned(tickets, self._stop))
        if len(tickets) <= _MOST_AT_ONCE and not any(t.request.recursive for t in tickets):
            yield from plans
            return
        yield from ahead(plans, _MOST_AHEAD, self._stop)

    def _counted(self, portion: list[Step]) -> list[Step]:
        sizes = [found.size_bytes for _, found in portion if isinstance(found, Item)]
        self._meter.plan(len(sizes), sum(sizes))
        return portion

    def _follow(self, portion: list[Step]) -> None:
        items: list[Item] = []
        for ticket, found in portion:
            if isinstance(found, Item):
                ticket.pending += 1
                items.append(found)
            elif found is not None:
                ticket.fail(found)
        self._copy(items)
        for ticket, found in portion:
            if found is None:
                self._leave(ticket)

    def _copy(self, portion: list[Item]) -> None:
        small: list[Item] = []
        large: list[Item] = []
        links: list[Item] = []
        portion = [item for item in portion if self._is_wanted(item)]
        self._make_directories([item for item in portion if item.stat.kind == DIRECTORY])
        for item in portion:
            if item.stat.kind == DIRECTORY:
                continue
            if item.ticket.is_broken(item.target):
                self._finish(item, None)
            elif not self._targets.is_ready(item, is_streamed=self._is_streamed(item)):
                continue
            elif item.stat.kind == LINK:
                links.append(item)
            elif self._is_streamed(item):
                large.append(item)
            else:
                small.append(item)
        large, links = map(self._targets.aimed, (large, links))
        self._make_links(links)
        looks = self._looks_itself(small)
        small = small if looks else self._targets.aimed(small)
        for replace in (False, True):
            some = [item for item in small if item.ticket.request.replace is replace]
            self._files(some, replace=replace, looks=looks and replace)
        odd, self._odd = self._targets.aimed(self._odd), []
        self._files(odd, replace=True, looks=False)
        for item in large:
            self._one(item, self._copy_large)

    def _is_wanted(self, item: Item) -> bool:
        error = item.ticket.request.canceled()
        if error is not None:
            self._finish(item, error)
        return error is None

    def _looks_itself(self, items: list[Item]) -> bool:
        """Return whether the target looks at what files would replace while it writes them."""
        if self._stays or self._checksum is not None:
            return False
        if self._overwrites is None and any(item.ticket.request.replace for item in items):
            with suppress(SagaException):  # a failure is met again by the copy
                self._overwrites = transfer_small.overwrites(self._target)
        return bool(self._overwrites)

    def _is_streamed(self, item: Item) -> bool:
        """Return whether a file is so long, as far as is known, that it comes alone."""
        if self._stays or item.stat.kind != FILE:
            return False
        size = item.stat.size_bytes
        return size is None or size > transfer_small.SMALL_BYTES

    # Many files ---------------------------------------------------------------------------------

    def _files(self, items: list[Item], *, replace: bool, looks: bool) -> None:
        tries = 0
        at_once = len(items)
        self._orphans.clear(item.target for item in items)
        while items:
            some, items = items[:at_once], items[at_once:]
            left, whole = self._pass(some, replace=replace, looks=looks)
            # Where a store fails as a whole, what was read ahead is lost: to go on in small steps
            # makes that happen once, not once for each file.
            at_once = 4 * at_once if whole else 1
            tries = 0 if len(left) < len(some) else tries + 1
            if left:
                again = "%d of %d files to %s are not copied yet, after %d tries for nothing: %s"
                why = next(iter(left)).error
                _log.debug(again, len(left), len(some), self._target.name, tries, why)
            if tries >= retries.ATTEMPTS or self._stop.asked:
                for item in left:
                    self._finish(item, self._last_error(item))
                left = []
                tries = 0
            items = [*left, *items]

    def _pass(self, items: list[Item], *, replace: bool, looks: bool) -> tuple[list[Item], bool]:
        """Copy files; return those to be tried again, and whether there was an answer for each."""
        waiting = dict.fromkeys(items)
        again: list[Item] = []
        for item in items:
            item.part = part_name(item.target) if self._stages else ""
        try:
            self._stop.check()
            for item, error in self._answers(items, replace=replace, looks=looks):
                del waiting[item]
                item.counted += self._told_bytes
                self._told_bytes = 0
                if item.part and isinstance(error, exceptions.NotImplemented):
                    self._stages = False  # it cannot rename, and compares under the final name
                    again.append(item)
                elif isinstance(error, NotPlain):
                    self._odd.append(item)
                elif not self._judge(item, error):
                    again.append(item)
        except Exception as error:  # noqa: BLE001 - a store failed without saying for what
            for item in waiting:
                item.error = as_saga(error, item.target, self._target.name)
        for item in waiting:
            if item.unsure or item.part:
                self._may_leave_part(item)
        return [*again, *waiting], not waiting

    def _answers(self, items: list[Item], *, replace: bool, looks: bool) -> Iterator[Answer]:
        target = self._target
        write = target.overwrite_many if looks else partial(target.write_many, replace=replace)
        found = (
            transfer_small.within(
                self._source, items, replace=replace, stop=self._stop, told=self._told
            )
            if self._stays
            else transfer_small.across(self._source, target, items, write=write, stop=self._stop)
        )
        if self._checksum is None:
            return found
        sides = self._source, self._target
        return checksums.verified(found, *sides, self._checksum, replace=replace)

    def _told(self, size_bytes: int) -> None:
        self._stop.check()
        self._told_bytes += size_bytes
        self._meter.count(size_bytes)

    def _last_error(self, item: Item) -> SagaException:
        if self._stop.asked:
            return Canceled("the transfer was canceled before it was done")
        place = f"`{item.target}` on {self._target.name}"
        return item.error or NoSuccess(f"{place}: nobody said whether it was written")

    # Many names ---------------------------------------------------------------------------------

    def _make_directories(self, items: list[Item]) -> None:
        for level in transfer_names.levels(items):
            left = dict.fromkeys(level)
            for item in level:
                if item.ticket.is_broken(item.target):
                    del left[item]
                    self._finish(item, None)
            if len(left) > 1 and not self._stop.asked:
                for item in transfer_names.make_directories(self._target, list(left)):
                    del left[item]
                    self._finish(item, None)
            for item in left:
                self._one(item, self._make_one_directory)

    def _make_links(self, items: list[Item]) -> None:
        left = dict.fromkeys(items)
        if len(items) > 1 and not self._stop.asked:
            for item in transfer_names.make_links(self._source, self._target, items):
                del left[item]
                self._finish(item, None)
        for item in left:
            self._one(item, self._make_one_link)

    # One name -----------------------------------------------------------------------------------

    def _one(self, item: Item, copy: Callable[[Item], None]) -> None:
        tries = 0
        furthest = 0
        while True:
            error = None
            try:
                self._stop.check()
                item.ticket.request.check()
                copy(item)
            except Exception as found:  # noqa: BLE001 - one name of many
                error = as_saga(found, item.target, self._target.name)
            if self._judge(item, error):
                return
            tries = 0 if item.counted > furthest else tries + 1
            furthest = max(furthest, item.counted)
            again = "`%s` on %s is not copied yet, after %d tries for nothing: %s"
            _log.debug(again, item.target, self._target.name, tries, item.error)
            if tries >= retries.ATTEMPTS:
                self._finish(item, self._last_error(item))
                return

    def _copy_large(self, item: Item) -> None:
        self._meter.begin(item.target)
        LargeCopy(item, self._meter, self._stop, self._checksum).run()

    def _make_one_directory(self, item: Item) -> None:
        transfer_names.make_directory(self._target, item)

    def _make_one_link(self, item: Item) -> None:
        transfer_names.make_link(self._source, self._target, item)

    # What became of it --------------------------------------------------------------------------

    def _judge(self, item: Item, error: SagaException | None) -> bool:
        """Take the answer for a name; False means that it is to be tried again."""
        if error is not None:
            item.error = error
            if item.part:  # the failure may be that of all that are on their way
                self._may_leave_part(item)
            if isinstance(error, ConnectionLost):
                return self._lost(item)
            if isinstance(error, Canceled):
                self._finish(item, error)
                return True
            try:
                if self._has_done(item, error):
                    error = None
                elif item.stat.kind != DIRECTORY and self._targets.goes_into(item):
                    return False
            except ConnectionLost:
                return self._lost(item)
            except BadParameter as found:
                error = found
            except Exception as found:  # noqa: BLE001 - the first failure says more
                _log.debug("nothing is known about %s: %s", item.target, found)
        self._finish(item, error)
        return True

    def _lost(self, item: Item) -> bool:
        item.unsure = True
        self._may_leave_part(item)
        return False

    def _may_leave_part(self, item: Item) -> None:
        has_part = WHOLE not in self._target.traits and not self._is_streamed(item)
        if item.part or has_part:
            self._orphans.note(item.target)

    def _has_done(self, item: Item, error: SagaException) -> bool:
        """Return whether what is there already was put there by an attempt without an answer."""
        if not (item.unsure and isinstance(error, AlreadyExists)) or item.stat.kind != FILE:
            return False
        return checksums.differ(self._source, item.source, self._target, item.target) is None

    def _finish(self, item: Item, error: SagaException | None) -> None:
        left = item.size_bytes - item.counted
        ticket = item.ticket
        if error is None and item.stat.size_bytes is not None:
            self._meter.finish(item.target, left)
        else:  # what was done is all that there was of it
            self._meter.plan(0, -left)
            self._meter.finish(item.target)
        if error is not None:
            ticket.fail(error)
            if item.stat.kind == DIRECTORY:
                ticket.broken.add(item.target)
        self._leave(ticket)

    def _leave(self, ticket: Ticket) -> None:
        ticket.pending -= 1
        if ticket.pending:
            return
        if ticket.directories:
            for error in transfer_names.settle(self._target, ticket.directories):
                ticket.fail(error)
        self._is_done = self._is_done and not isinstance(ticket.outcome(), Canceled)
        self._left -= 1
        if not self._left:  # whoever waits for the last one may end the process then
            self._orphans.end(is_done=self._is_done)
        self._done(ticket)
