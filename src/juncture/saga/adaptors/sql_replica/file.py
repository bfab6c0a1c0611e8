# mypy: disable-error-code="override"
# pyright: reportIncompatibleMethodOverride=false, reportIncompatibleVariableOverride=false
"""`replica.LogicalFile` of a catalogue in a database."""

from __future__ import annotations

from juncture.saga import cpi
from juncture.saga.adaptors.sql_replica import copies, locations
from juncture.saga.adaptors.sql_replica.named import Named
from juncture.saga.adaptors.sql_replica.places import Place
from juncture.saga.exceptions import AlreadyExists, BadParameter
from juncture.saga.storage.values import FILE
from juncture.saga.stored.placed import One

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from juncture.saga.adaptors.sql_replica.catalogue import Entry
    from juncture.saga.url import Url


class LogicalFile(Named, One[Place], cpi.replica.LogicalFile):
    """A logical file; names are relative to the directory in which it is."""

    _kind = FILE

    def is_file(self) -> bool:
        """Return whether it is a logical file, or a link to one."""
        return self._kind_of(None, follow=True) == FILE

    def copy(self, tgt: Any, given: int = 0) -> None:
        """Copy the name with its locations and attributes."""
        self._copy(self._here(), tgt, given)

    def link(self, tgt: Any, given: int = 0) -> None:
        """Make a link to it."""
        self._link(self._here(), tgt, given)

    def move(self, tgt: Any, given: int = 0) -> None:
        """Move it; the object is at the target then."""
        self._move_to(self._move(self._here(), tgt, given))

    def remove(self, given: int = 0) -> None:
        """Remove the name; the copies stay where they are."""
        self._remove(self._here(), given)

    def get_size(self) -> int:
        """Return the recorded length in bytes, or that of the first copy that answers."""
        entry, urls = self._with_locations()
        if entry.size_bytes is not None:
            return entry.size_bytes
        return copies.size_of(urls, self._place.path, self._session)

    # Locations ----------------------------------------------------------------------------------

    def add_location(self, url: Any) -> None:
        """Say that a copy is at a URL; to say it again changes nothing."""
        location = locations.checked(url)
        with self._changing(self._writable(), "locations") as (catalogue, entry, rows):
            if locations.named(rows, location) is None:
                locations.add(catalogue, entry, location)

    def remove_location(self, url: Any) -> None:
        """Say that no copy is at a URL any more."""
        location = locations.checked(url)
        with self._changing(self._writable(), "locations") as (catalogue, entry, rows):
            text = locations.existing(rows, entry, location)
            catalogue.connection.change("remove-location", entry=entry.id, url=text)

    def update_location(self, old: Any, new: Any) -> None:
        """Say that a copy has another URL."""
        before, after = locations.checked(old), locations.checked(new)
        with self._changing(self._writable(), "locations") as (catalogue, entry, rows):
            text = locations.existing(rows, entry, before)
            there = locations.named(rows, after)
            if there is not None and there != text:
                raise AlreadyExists(f"`{self._place.path}` has the location `{after}` already")
            values = {"entry": entry.id, "old": text, "new": locations.text_of(after)}
            catalogue.connection.change("update-location", **values)

    def list_locations(self) -> list[Url]:
        """Return the URLs of the copies."""
        return self._with_locations()[1]

    def _with_locations(self) -> tuple[Entry, list[Url]]:
        entry, rows = self._with("locations")
        return entry, locations.urls_of(rows)

    # Copies -------------------------------------------------------------------------------------

    def replicate(self, tgt: Any, given: int = 0) -> None:
        """Make one more copy, from the nearest that can be read."""
        self._writable()
        given = copies.check(given, "replicate")
        if tgt is None:
            raise BadParameter("a target is a path or a URL, found None")
        target = copies.target_of(tgt, self._place.name, self._session)
        self._brought(target, None, given)
        self._record(target, None)

    def upload(self, src: Any, tgt: Any = None, given: int = 0) -> None:
        """Copy a file to a location, and add that."""
        self._writable()
        given = copies.check(given, "upload")
        entry, urls = self._with_locations()
        source, target, size = self._planned(src, tgt, entry, urls)
        copies.transfer(source, target, given)
        self._record(target, size)

    def _planned(
        self, src: Any, tgt: Any, entry: Entry, urls: list[Url]
    ) -> tuple[Any, Any, int | None]:
        """Return source, target and length of an upload.

        Raises:
            BadParameter: there are copies of another length.
        """
        where = self._default_target() if tgt is None else tgt
        source = copies.place_of(src, self._session)
        size = copies.file_size(source)
        target = copies.target_of(where, self._place.name, self._session)
        others = [each for each in urls if each != target.url()]
        if others and entry.size_bytes not in {None, size}:
            raise BadParameter(
                f"`{source.path}` has {size} bytes, the other copies of `{self._place.path}` have "
                f"{entry.size_bytes}",
                hint="a logical file has copies of one file; make another one for another file",
            )
        return source, target, size

    def download(self, tgt: Any, src: Any = None, given: int = 0) -> None:
        """Bring a copy to a place that is not added as a location."""
        given = copies.check(given, "download")
        if tgt is None:
            raise BadParameter("a target is a path or a URL, found None")
        self._here()
        target = copies.target_of(tgt, self._place.name, self._session)
        self._brought(target, src, given)

    def _brought(self, target: Any, src: Any, given: int) -> None:
        """Copy the nearest copy that can be read, or the one that was asked for."""
        entry, urls = self._with_locations()
        if src is not None:
            wanted = locations.checked(src)
            urls = [each for each in urls if each == wanted]
            if not urls:
                raise locations.missing(entry.path, wanted)
        copies.bring(urls, target, entry, given, self._session)

    def _record(self, target: Any, size_bytes: int | None) -> None:
        """Add the location of a copy that was made."""
        location = locations.without_password(target.url())
        with self._changing(self._place, "locations") as (catalogue, entry, rows):
            if locations.named(rows, location) is None:
                locations.add(catalogue, entry, location)
            if size_bytes is not None:
                catalogue.set_size(entry, size_bytes)

    def _default_target(self) -> str:
        folder: str = self._adaptor.get_option("upload_to", self._session, self._place.base)
        if not folder:
            raise BadParameter(
                f"`upload` of `{self._place.path}` has no target",
                hint="give one, or set the option `upload_to` to the URL of a directory",
            )
        return folder.rstrip("/") + locations.url_path(self._place.path)
