# pyright: reportPrivateUsage=false
"""What objects that are bound to a name have in common, wherever that is: which place, open or not.

A place knows its path and its URL, and finds other names. `One` is a name to which others are
relative by the directory in which it is, `Many` a directory itself. What kind of thing a name is,
`_kind_of` says.
"""

from __future__ import annotations

from typing import Generic, TypeVar

from juncture.saga.exceptions import BadParameter, IncorrectState
from juncture.saga.storage.values import DIRECTORY, LINK

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Protocol

    from typing_extensions import Self

    from juncture.saga.url import Url

    class _Place(Protocol):
        path: str

        @property
        def name(self) -> str: ...
        def url(self) -> Url: ...
        def folder(self) -> Self: ...
        def find(self, name: Any, session: Any) -> Self: ...


P = TypeVar("P", bound="_Place")


class Placed(Generic[P]):
    """A place, to which an API object is bound."""

    _adaptor: Any
    _api: Any
    """A weak reference to the API object."""
    _place: P
    _session: Any
    _closed: bool

    def _here(self) -> P:
        """Return the place, if the object is open.

        Raises:
            IncorrectState: it was closed.
        """
        if self._closed:
            raise IncorrectState(f"`{self._place.path}` was closed, open it again")
        return self._place

    def _folder(self) -> P:
        """Return the directory to which names are relative."""
        raise NotImplementedError

    def _find(self, name: Any) -> P:
        """Return the place of a target; None means the object's own."""
        here = self._here()
        return here if name is None else self._folder().find(name, self._session)

    def _target(self, name: Any) -> P:
        """Return the place of a target, which must be said."""
        if name is None:
            raise BadParameter("a target is a name or a URL, found None")
        return self._find(name)

    def _move_to(self, place: P) -> None:
        """Be at another place from now on."""
        self._place = place
        self._api._url = place.url()

    def _kind_of(self, name: Any, *, follow: bool) -> str:
        """Return DIRECTORY, FILE, LINK or OTHER for a target."""
        raise NotImplementedError

    def _read_link(self, name: Any) -> Url:
        """Return what a link leads to."""
        raise NotImplementedError

    def get_url(self) -> Url:
        """Return the URL."""
        return self._place.url()

    def get_cwd(self) -> Url:
        """Return the URL of the directory to which names are relative."""
        return self._folder().url()

    def get_name(self) -> str:
        """Return the last part of the path."""
        return self._place.name

    def close(self, timeout: float | None = None) -> None:
        """Let go of it."""
        del timeout
        self._closed = True


class One(Placed[P]):
    """A name that is no directory; other names are relative to the directory in which it is."""

    def _folder(self) -> P:
        return self._place.folder()

    def is_dir(self) -> bool:
        """Return whether it is a directory, or a link to one."""
        return self._kind_of(None, follow=True) == DIRECTORY

    def is_entry(self) -> bool:
        """Return whether it is neither a directory nor a link."""
        return self._kind_of(None, follow=False) not in {DIRECTORY, LINK}

    def is_link(self) -> bool:
        """Return whether it is a link."""
        return self._kind_of(None, follow=False) == LINK

    def read_link(self) -> Url:
        """Return what the link leads to."""
        return self._read_link(None)


class Many(Placed[P]):
    """A directory; names are relative to it."""

    def _folder(self) -> P:
        return self._place

    def is_dir(self, tgt: Any = None) -> bool:
        """Return whether the target is a directory, or a link to one."""
        return self._kind_of(tgt, follow=True) == DIRECTORY

    def is_entry(self, tgt: Any = None) -> bool:
        """Return whether the target is neither a directory nor a link."""
        return self._kind_of(tgt, follow=False) not in {DIRECTORY, LINK}

    def is_link(self, tgt: Any = None) -> bool:
        """Return whether the target is a link."""
        return self._kind_of(tgt, follow=False) == LINK

    def read_link(self, tgt: Any = None) -> Url:
        """Return what the link leads to."""
        return self._read_link(tgt)
