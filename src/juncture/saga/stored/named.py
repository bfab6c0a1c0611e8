"""What files, entries and directories have in common: where they are, and what is known of them."""

from __future__ import annotations

from juncture.saga import exceptions
from juncture.saga.exceptions import BadParameter
from juncture.saga.storage import paths
from juncture.saga.storage.progress import check_wishes
from juncture.saga.storage.values import DIRECTORY, LINK, TIMES
from juncture.saga.stored import copying, flags, places
from juncture.saga.stored.placed import Placed
from juncture.saga.stored.places import Place

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from juncture.saga.storage.transfer import Request
    from juncture.saga.task import Task
    from juncture.saga.url import Url


_EARLIEST_S = -float(2**62 // 10**9)
"""Times are counted in nanoseconds, with 64 bits."""


class Named(Placed[Place]):
    """A name in a store, to which an API object is bound."""

    _flags: int

    # Where it is --------------------------------------------------------------------------------

    def _begin(self, url: Url, given: int, session: Any) -> None:
        self._session = session
        self._flags = given
        self._closed = False
        self._place = places.opened(self._adaptor, url, session)

    # What is known ------------------------------------------------------------------------------

    def _kind_of(self, name: Any, *, follow: bool) -> str:
        place = self._find(name)
        kind: str = place.store.stat(place.path, follow=follow).kind
        return kind

    def _read_link(self, name: Any) -> Url:
        place = self._find(name)
        if place.store.stat(place.path, follow=False).kind != LINK:
            raise BadParameter(f"`{place.path}` is no link")
        text = place.store.read_link(place.path)
        return copying.link_url(place, text)

    @staticmethod
    def _set_mtime(place: Place, mtime: float) -> None:
        if TIMES not in place.store.traits:
            raise exceptions.NotImplemented(f"{place.store.name} keeps no times that are set")
        try:
            seconds = float(mtime)
        except (TypeError, ValueError) as error:
            raise BadParameter(f"a time is a number of seconds, found {mtime!r}") from error
        if not _EARLIEST_S <= seconds <= -_EARLIEST_S:
            raise BadParameter(f"no file can be of {mtime!r} seconds since the epoch")
        place = copying.followed(place)
        place.store.set_times(place.path, seconds)

    # What can be done ---------------------------------------------------------------------------

    @staticmethod
    def copy_async(_ttype: int, *_arguments: Any) -> Task:
        """Return a task of a copy, which ends when the task is canceled."""
        from juncture.saga.stored import bulk

        return bulk.copy_task()

    @staticmethod
    def move_async(_ttype: int, *_arguments: Any) -> Task:
        """Return a task of a move, which ends when the task is canceled."""
        from juncture.saga.stored import bulk

        return bulk.one_task()

    remove_async = sync_async = move_async

    def _copy(
        self, source: Place, target: Any, given: int, on_progress: Any, checksum: Any
    ) -> None:
        given = flags.check(given, flags.COPY, "copy")
        check_wishes(on_progress, checksum)
        copying.copy(source, self._new(source, target), given, on_progress, checksum)

    def _asked(
        self, source: Place, target: Any, given: int, on_progress: Any, checksum: Any
    ) -> tuple[Request, Any, Any]:
        """Return a copy as bulk calls ask for it."""
        check_wishes(on_progress, checksum)
        given = flags.check(given, flags.COPY, "copy")
        asked = copying.request(source, self._new(source, target), given)
        return asked, on_progress, checksum

    def _link(self, source: Place, target: Any, given: int) -> Place:
        given = flags.check(given, flags.LINK, "link")
        return copying.link(source, self._new(source, target), given)

    def _move(self, source: Place, target: Any, given: int) -> Place:
        from juncture.saga.stored import moving

        given = flags.check(given, flags.COPY, "move")
        return moving.move(source, self._new(source, target), given)

    def _remove(self, place: Place, given: int) -> None:
        given = flags.check(given, flags.REMOVE, "remove")
        copying.remove(place, given)

    def _new(self, source: Place, name: Any) -> Place:
        """Return the place of the target of a source; a slash at its end means a directory.

        A directory may come to be that directory; anything else gets its own name in there.
        """
        place = self._target(name)
        text: str = name if isinstance(name, str) else name.path
        if not text.endswith("/"):
            return place
        if source.store.stat(source.path, follow=False).kind == DIRECTORY:
            return place
        return place.at(paths.joined(place.path, source.name))
