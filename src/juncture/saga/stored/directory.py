# mypy: disable-error-code="override"
# pyright: reportIncompatibleMethodOverride=false, reportIncompatibleVariableOverride=false
"""`namespace.Directory` and `filesystem.Directory` of any store."""

from __future__ import annotations

from juncture.saga import cpi
from juncture.saga.constants import CREATE, EXCLUSIVE, LOCK, RECURSIVE
from juncture.saga.engine.binding import most_specific
from juncture.saga.exceptions import BadParameter, DoesNotExist, SagaException
from juncture.saga.exceptions import NotImplemented as Lacking
from juncture.saga.storage import paths
from juncture.saga.storage.making import is_directory, make_dir
from juncture.saga.storage.values import DIRECTORY, FILE
from juncture.saga.stored import copying, flags, listing, patterns, permissions
from juncture.saga.stored.named import Named
from juncture.saga.stored.placed import Many
from juncture.saga.stored.places import Place

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    from juncture.saga.url import Url


class _Many(Named, Many[Place]):
    """A directory."""

    def init_instance(self, url: Any, given: int, session: Any) -> None:
        """Look whether it is there, or make it, as the flags say."""
        given = flags.opening(given, flags.OPEN_DIRECTORY)
        self._begin(url, given, session)
        self._place = open_dir(self._place, given)

    def copy(
        self,
        src: Any,
        tgt: Any,
        given: int = 0,
        on_progress: Any = None,
        checksum: str | None = None,
    ) -> None:
        """Copy a source, or all that a pattern means, to a target."""
        self._each(src, tgt, lambda each: self._copy(each, tgt, given, on_progress, checksum))

    def _request(
        self,
        src: Any,
        tgt: Any,
        given: int = 0,
        on_progress: Any = None,
        checksum: str | None = None,
    ) -> Any:
        source, *others = self._sources(src)
        if others:
            return None, on_progress, checksum
        return self._asked(source, tgt, given, on_progress, checksum)

    def link(self, src: Any, tgt: Any, given: int = 0) -> None:
        """Make a link at the target that leads to the source."""
        self._each(src, tgt, lambda each: self._link(each, tgt, given))

    def move(self, src: Any, tgt: Any, given: int = 0) -> None:
        """Move a source, or all that a pattern means, to a target."""
        here = self._here()

        def move(source: Place) -> None:
            target = self._move(source, tgt, given)
            if source.is_same(here):
                self._move_to(target)

        self._each(src, tgt, move)

    def remove(self, tgt: Any = None, given: int = 0) -> None:
        """Remove the target, or all that a pattern means."""
        self._each(tgt, None, lambda each: self._remove(each, given))

    def make_dir(self, tgt: Any, given: int = 0) -> None:
        """Make a directory."""
        given = flags.check(given, flags.MAKE, "make_dir")
        place = self._target(tgt)
        make_dir(place.store, place.path, given)

    def change_dir(self, url: Any, given: int = 0) -> None:
        """Be another directory from now on."""
        given = flags.opening(given, flags.OPEN_DIRECTORY)
        self._move_to(open_dir(self._target(url), given))

    def exists(self, path: Any) -> bool:
        """Return whether there is something of that name, be it a link to nothing."""
        place = self._target(path)
        return place.store.exists(place.path)

    def list(self, pattern: str | None = None, given: int = 0) -> Sequence[Url]:
        """Return the names in the directory that match a pattern."""
        given = flags.check(given, flags.LIST, "list")
        return listing.names(self._here(), pattern, given)

    def find(self, pattern: str, given: int = RECURSIVE) -> Sequence[Url]:
        """Return the names in and below the directory whose last part matches a pattern."""
        given = flags.check(given, flags.LIST, "find")
        return listing.find(self._here(), pattern, given)

    def get_num_entries(self) -> int:
        """Return how many names the directory has."""
        here = self._here()
        return sum(1 for _ in here.store.names(here.path))

    def get_entry(self, num: int) -> Url:
        """Return a name by its position in the sorted listing; less than 0 counts from the end."""
        here = self._here()
        return listing.entry(here, num)

    def get_mtime(self, tgt: Any = None) -> float:
        """Return the time of the last change."""
        return permissions.mtime(self._find(tgt))

    def set_mtime(self, tgt: Any, mtime: float) -> None:
        """Set the time of the last change."""
        self._set_mtime(self._find(tgt), mtime)

    def get_mode(self, tgt: Any = None) -> int:
        """Return the permission bits."""
        return permissions.mode(self._find(tgt))

    def set_mode(self, tgt: Any, mode: int, given: int = 0) -> None:
        """Set the permission bits."""
        permissions.set_mode(self._find(tgt), mode, given)

    def get_owner(self, tgt: Any = None) -> str:
        """Return the owner's id."""
        return permissions.owner(self._find(tgt))

    def get_group(self, tgt: Any = None) -> str:
        """Return the group's id."""
        return permissions.group(self._find(tgt))

    def permissions_allow(self, tgt: Any, id: str, perm: int, given: int = 0) -> None:  # noqa: A002 - SAGA's name
        """Let somebody do more."""
        permissions.allow(self._find(tgt), id, perm, given)

    def permissions_deny(self, tgt: Any, id: str, perm: int, given: int = 0) -> None:  # noqa: A002 - as above
        """Let somebody do less."""
        permissions.deny(self._find(tgt), id, perm, given)

    def permissions_check(self, tgt: Any, id: str, perm: int) -> bool:  # noqa: A002 - as above
        """Return whether somebody may do all of this."""
        return permissions.check(self._find(tgt), id, perm)

    def permissions_list(self, tgt: Any = None) -> dict[str, int]:
        """Return who may do what."""
        return permissions.listed(self._find(tgt))

    def _sources(self, name: Any) -> Sequence[Place]:
        """Return the place of a name; of a text that is none, the places that match it."""
        place = self._find(name)
        text = name if isinstance(name, str) and not paths.is_url(name) else ""
        if not patterns.is_pattern(text) or place.store.exists(place.path):
            return [place]
        folder, matches = place.folder(), patterns.matcher(place.name)
        found = sorted(each for each in folder.store.names(folder.path) if matches(each))
        return [folder.at(paths.joined(folder.path, each)) for each in found] or [place]

    def _each(self, name: Any, target: Any, do: Callable[[Place], object]) -> None:
        """Do something to each source, and raise what failed when all were tried."""
        sources = self._sources(name)
        if len(sources) == 1:
            do(sources[0])
            return
        if target is not None:
            place = self._target(target)
            if not is_directory(place.store, place.path):
                raise BadParameter(
                    f"{name!r} means {len(sources)} names, and `{place.path}` is no directory"
                )
        failed: list[SagaException] = []
        for source in sources:
            try:
                do(source)
            except SagaException as error:
                failed.append(error)
        if failed:
            raise most_specific(failed)

    def _open_as(self, kind: Any, name: Any, given: int) -> Any:
        place = self._target(name)
        same = place.adaptor is self._adaptor
        return kind(place.url(), given, self._session, _adaptor=self._adaptor if same else None)


class Folder(_Many, cpi.namespace.Directory):  # type: ignore[misc] # one has targets, the other not
    """A directory of names of any store."""

    def open(self, name: Any, given: int) -> Any:
        """Return the entry of a name."""
        from juncture.saga.namespace import Entry

        return self._open_as(Entry, name, given)

    def open_dir(self, name: Any, given: int) -> Any:
        """Return the directory of a name."""
        from juncture.saga.namespace import Directory

        return self._open_as(Directory, name, given)


class Directory(_Many, cpi.filesystem.Directory):  # type: ignore[misc] # as above
    """A directory of files of any store."""

    def open(self, name: Any, given: int) -> Any:
        """Return the file of a name."""
        from juncture.saga.filesystem import File

        return self._open_as(File, name, given)

    def open_dir(self, name: Any, given: int) -> Any:
        """Return the directory of a name."""
        from juncture.saga.filesystem import Directory

        return self._open_as(Directory, name, given)

    def is_file(self, tgt: Any = None) -> bool:
        """Return whether the target is a file, or a link to one."""
        return self._kind_of(tgt, follow=True) == FILE

    def get_size(self, tgt: Any = None) -> int:
        """Return the length of a file, or of all files below a directory."""
        place = self._find(tgt)
        found = place.store.stat(place.path)
        if found.kind != DIRECTORY:
            return found.size_bytes or 0
        below = place.store.walk(place.path)
        return sum(each.size_bytes or 0 for _, each in below if each.kind == FILE)

    def sync(  # noqa: PLR0917 - as in the CPI
        self,
        src: Any,
        tgt: Any,
        given: int = 0,
        delete: bool = False,
        checksum: Any = False,
        dry_run: bool = False,
        on_progress: Any = None,
    ) -> Any:
        """Make a target directory like a source directory."""
        given = flags.check(given, flags.SYNC, "sync")
        wishes = {"delete": delete, "checksum": "sha256" if checksum is True else checksum or None}
        source, target = self._find(src), self._target(tgt)
        return copying.sync(source, target, given, wishes, dry_run, on_progress)


def open_dir(place: Place, given: int) -> Place:
    """Return the place of a directory that is there, or is made as the flags say.

    Raises:
        BadParameter: it is something else.
        DoesNotExist: it is not there.
    """
    if given & LOCK:
        raise Lacking(f"`{place.path}` is a directory, which cannot be locked")
    if given & EXCLUSIVE:
        make_dir(place.store, place.path, given)
        return place
    try:
        found = place.store.stat(place.path)
    except DoesNotExist:
        if not given & CREATE:
            raise
        make_dir(place.store, place.path, given)
        return place
    if found.kind != DIRECTORY:
        raise BadParameter(
            f"`{place.path}` is a {found.kind}, not a directory", hint="open it as a `File`"
        )
    return place
