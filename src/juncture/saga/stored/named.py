# pyright: reportPrivateUsage=false
"""What files, entries and directories have in common: where they are, and what is known of them."""

from __future__ import annotations

from juncture.saga import exceptions
from juncture.saga.exceptions import BadParameter, IncorrectState
from juncture.saga.storage import paths
from juncture.saga.storage.values import DIRECTORY, LINK, TIMES
from juncture.saga.stored import copying, flags, places

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from juncture.saga.storage.transfer import Request
    from juncture.saga.stored.places import Place
    from juncture.saga.task import Task
    from juncture.saga.url import Url


_EARLIEST_S = -float(2**62 // 10**9)
"""Times are counted in nanoseconds, with 64 bits."""


class Named:
    """A name in a store, to which an API object is bound."""

    _adaptor: Any
    """A `FileAdaptor`."""
    _api: Any
    """A weak reference to the API object."""
    _place: Place
    _session: Any
    _flags: int
    _closed: bool

    # Where it is --------------------------------------------------------------------------------

    def _begin(self, url: Url, given: int, session: Any) -> None:
        self._session = session
        self._flags = given
        self._closed = False
        self._place = places.opened(self._adaptor, url, session)

    def _here(self) -> Place:
        """Return the place, if the object is open.

        Raises:
            IncorrectState: it was closed.
        """
        if self._closed:
            raise IncorrectState(f"`{self._place.path}` was closed, open it again")
        return self._place

    def _folder(self) -> Place:
        """Return the directory to which names are relative."""
        raise NotImplementedError

    def _find(self, name: Any) -> Place:
        """Return the place of a target; None means the object's own."""
        here = self._here()
        return here if name is None else self._folder().find(name, self._session)

    def _move_to(self, place: Place) -> None:
        """Be at another place from now on."""
        self._place = place
        self._api._url = place.url()

    # What is known ------------------------------------------------------------------------------

    def _is(self, name: Any, kind: str, *, follow: bool) -> bool:
        place = self._find(name)
        return place.store.stat(place.path, follow=follow).kind == kind

    def _is_link(self, name: Any) -> bool:
        place = self._find(name)
        return place.store.stat(place.path, follow=False).kind == LINK

    def _is_entry(self, name: Any) -> bool:
        place = self._find(name)
        return place.store.stat(place.path, follow=False).kind not in {DIRECTORY, LINK}

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

    def _copy(
        self, source: Place, target: Any, given: int, on_progress: Any, checksum: Any
    ) -> None:
        given = flags.check(given, flags.COPY, "copy")
        copying.copy(source, self._new(source, target), given, on_progress, checksum)

    def _asked(
        self, source: Place, target: Any, given: int, on_progress: Any, checksum: Any
    ) -> tuple[Request, Any, Any]:
        """Return a copy as bulk calls ask for it."""
        given = flags.check(given, flags.COPY, "copy")
        asked = copying.request(source, self._new(source, target), given)
        return asked, on_progress, checksum

    def _link(self, source: Place, target: Any, given: int) -> Place:
        given = flags.check(given, flags.LINK, "link")
        return copying.link(source, self._new(source, target), given)

    def _move(self, source: Place, target: Any, given: int) -> Place:
        given = flags.check(given, flags.COPY, "move")
        return copying.move(source, self._new(source, target), given)

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

    def _target(self, name: Any) -> Place:
        if name is None:
            raise BadParameter("a target is a name or a URL, found None")
        return self._folder().find(name, self._session)
