"""What files, entries and directories have in common: where they are, and what is known of them."""

from __future__ import annotations

from juncture.saga import exceptions
from juncture.saga.exceptions import BadParameter
from juncture.saga.storage.values import LINK, TIMES
from juncture.saga.stored import copying, flags, places
from juncture.saga.stored.placed import Placed
from juncture.saga.stored.places import Place

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from juncture.saga.storage.transfer import Request
    from juncture.saga.url import Url


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
        place = copying.followed(place)
        place.store.set_times(place.path, float(mtime))

    # What can be done ---------------------------------------------------------------------------

    def _copy(
        self, source: Place, target: Any, given: int, on_progress: Any, checksum: Any
    ) -> None:
        given = flags.check(given, flags.COPY, "copy")
        copying.copy(source, self._target(target), given, on_progress, checksum)

    def _asked(
        self, source: Place, target: Any, given: int, on_progress: Any, checksum: Any
    ) -> tuple[Request, Any, Any]:
        """Return a copy as bulk calls ask for it."""
        given = flags.check(given, flags.COPY, "copy")
        return copying.request(source, self._target(target), given), on_progress, checksum

    def _link(self, source: Place, target: Any, given: int) -> Place:
        given = flags.check(given, flags.LINK, "link")
        return copying.link(source, self._target(target), given)

    def _move(self, source: Place, target: Any, given: int) -> Place:
        given = flags.check(given, flags.COPY, "move")
        return copying.move(source, self._target(target), given)

    def _remove(self, place: Place, given: int) -> None:
        given = flags.check(given, flags.REMOVE, "remove")
        copying.remove(place, given)
