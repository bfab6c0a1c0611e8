"""Where the files of a lane go: into which directory, and in the place of what.

A file whose target is a directory goes in there. A directory itself is never replaced, nor is a
device. What cannot go on is told with its reason; all else is left to the copy.
"""

from __future__ import annotations

from juncture.saga.exceptions import BadParameter, DoesNotExist, SagaException
from juncture.saga.storage import retries, transfer_names, tree
from juncture.saga.storage.failures import as_saga
from juncture.saga.storage.making import make_parents
from juncture.saga.storage.values import DIRECTORY, LINK, MODES, WHOLE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from juncture.saga.storage.pipe import Stop
    from juncture.saga.storage.store import Store
    from juncture.saga.storage.transfer_plan import Item

_MOST_FOLDERS = 10_000


class Targets:
    """The targets of a lane.

    Args:
        source: Where from.
        target: Where to.
        stop: When it was asked for, nothing more is looked at.
        fail: Called with an item that cannot go on, and why.
    """

    def __init__(
        self,
        source: Store,
        target: Store,
        stop: Stop,
        fail: Callable[[Item, SagaException], None],
    ) -> None:
        self._source = source
        self._target = target
        self._stop = stop
        self._fail = fail
        self._folders: set[str] = set()

    def is_ready(self, item: Item, *, is_streamed: bool) -> bool:
        """Prepare the place of a file that is a request of its own; False: it cannot go on.

        Args:
            item: The file.
            is_streamed: Whether it is copied alone, so that to look first costs next to nothing.
        """
        if item.ticket.is_tree:
            return True
        try:
            if item.ticket.request.make_parents:
                self._make_parents(item.target)
            if is_streamed or WHOLE in self._target.traits:
                self.goes_into(item)
        except Exception as error:  # noqa: BLE001 - one file of many
            self._fail(item, as_saga(error, item.target, self._target.name))
            return False
        return True

    def aimed(self, items: list[Item]) -> list[Item]:
        """Look at what would be replaced, and return the items that may go on.

        A rename would replace a device, or a link to a directory: the first is refused, and in the
        second case the file goes in there.
        """
        knows = MODES in self._target.traits  # without modes there is no device
        if self._stop.asked or (WHOLE in self._target.traits and not knows):
            return items
        left = dict.fromkeys(items)
        asked = [
            item
            for item in items
            if item.ticket.request.replace and (knows or not item.ticket.is_tree)
        ]
        while asked:
            asked = self._moved_in(asked, left)
        return list(left)

    def goes_into(self, item: Item) -> bool:
        """Return whether the target is a directory; the file goes in there then.

        Raises:
            BadParameter: it is in there already.
        """
        if item.moved or item.ticket.is_tree or self._stop.asked:
            return False
        try:
            kind = self._target.stat(item.target).kind
        except DoesNotExist:
            return False
        if kind != DIRECTORY:
            return False
        item.moved = True
        item.target = tree.child(item.target, tree.base_name(item.source))
        if self._source.is_same(self._target) and item.target == item.source:
            raise BadParameter(f"`{item.source}` on {self._source.name} is in there already")
        return True

    def _moved_in(self, asked: list[Item], left: dict[Item, None]) -> list[Item]:
        """Return the items that go into a directory, and take out those that cannot go on."""
        moved: list[Item] = []
        targets = [item.target for item in asked]
        for place, stat in retries.stats(self._target, targets, follow=False):
            item = asked[place]
            if isinstance(stat, SagaException):  # a failure is met again by the copy
                continue
            try:
                transfer_names.check_replaceable(self._target, item.target, stat)
                if stat.kind in {DIRECTORY, LINK} and self.goes_into(item):
                    moved.append(item)
            except Exception as error:  # noqa: BLE001 - one file of many
                del left[item]
                self._fail(item, as_saga(error, item.target, self._target.name))
        return moved

    def _make_parents(self, path: str) -> None:
        folder = path.rpartition("/")[0]
        if folder in self._folders:
            return
        make_parents(self._target, path)
        if len(self._folders) < _MOST_FOLDERS:
            self._folders.add(folder)
