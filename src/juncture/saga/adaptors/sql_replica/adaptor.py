"""What both catalogue adaptors have in common: from URLs to databases, and the bulk calls.

Objects of one catalogue share its database. The last few that were used are kept; any other goes
with the last object that uses it.
"""

from __future__ import annotations

import weakref

from juncture.saga.cpi.base import AdaptorBase
from juncture.saga.storage.logs import debug
from juncture.saga.stored.credentials import bare

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from juncture.saga.adaptors.sql_replica.database import Database
    from juncture.saga.task import Task
    from juncture.saga.url import Url

OPENED = "catalogue %s opened for `%s` by `%s`"

_KEPT = 8


def info(name: str, schemas: list[str]) -> dict[str, Any]:
    """Return the `_ADAPTOR_INFO` of a catalogue adaptor."""
    cpis = [
        {"type": f"rs.replica.{kind}", "class": kind}
        for kind in ("LogicalFile", "LogicalDirectory")
    ]
    return {"name": name, "version": "v1.0", "schemas": schemas, "cpis": cpis}


def options(name: str, *others: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the `_ADAPTOR_OPTIONS` of a catalogue adaptor."""
    upload_to: dict[str, Any] = {
        "name": "upload_to",
        "type": str,
        "default": "",
        "env_variable": "JUNCTURE_UPLOAD_TO",
        "documentation": "URL of the directory below which `upload` puts files without a target",
    }
    return [{"category": name, **option} for option in (upload_to, *others)]


class ReplicaAdaptor(AdaptorBase):
    """The adaptor of catalogues in databases."""

    def __init__(self, adaptor_info: Any, adaptor_options: Any) -> None:
        super().__init__(adaptor_info, adaptor_options)
        self._databases: weakref.WeakValueDictionary[tuple[Any, ...], Database] = (
            weakref.WeakValueDictionary()
        )
        self._kept: dict[tuple[Any, ...], Database] = {}

    def split(self, url: Url) -> tuple[str, str]:
        """Return where the catalogue of a URL is, and the name in it.

        Raises:
            BadParameter: the URL names no catalogue.
        """
        raise NotImplementedError(url)

    def key(self, url: Url, where: str, session: Any) -> tuple[Any, ...]:
        """Return what URLs of one catalogue have in common, in one session."""
        raise NotImplementedError(url, where, session)

    def open_database(self, url: Url, where: str, session: Any) -> Database:
        """Return a new database for a catalogue; nothing is connected yet."""
        raise NotImplementedError(url, where, session)

    def database_for(self, url: Url, where: str, session: Any) -> Database:
        """Return the database of a catalogue, made when nothing has one."""
        key = self.key(url, where, session)
        with self._lock:
            database = self._databases.get(key)
            if database is None:
                database = self._databases[key] = self.open_database(url, where, session)
                debug(__name__, OPENED, database.name, bare(url), self.get_name())
            self._kept.pop(key, None)
            self._kept[key] = database
            if len(self._kept) > _KEPT:
                del self._kept[next(iter(self._kept))]
            return database

    # Bulk calls ---------------------------------------------------------------------------------

    def container_add_location(self, tasks: list[Task]) -> None:
        """Add locations in one transaction for each catalogue."""
        from juncture.saga.adaptors.sql_replica import bulk

        bulk.add_locations(tasks)

    def container_remove_location(self, tasks: list[Task]) -> None:
        """Remove locations in one transaction for each catalogue."""
        from juncture.saga.adaptors.sql_replica import bulk

        bulk.remove_locations(tasks)

    def container_list_locations(self, tasks: list[Task]) -> None:
        """List locations in one transaction for each catalogue."""
        from juncture.saga.adaptors.sql_replica import bulk

        bulk.listings(tasks)

    def container_set_attribute(self, tasks: list[Task]) -> None:
        """Set attributes in one transaction for each catalogue."""
        from juncture.saga.adaptors.sql_replica import bulk

        bulk.attributes(tasks)

    def container_replicate(self, tasks: list[Task]) -> None:
        """Copy files in one transfer, and add the locations together."""
        from juncture.saga.adaptors.sql_replica import bulk_copies

        bulk_copies.replicate(tasks)

    def container_upload(self, tasks: list[Task]) -> None:
        """Copy files in one transfer, and add the locations together."""
        from juncture.saga.adaptors.sql_replica import bulk_copies

        bulk_copies.upload(tasks)

    def container_download(self, tasks: list[Task]) -> None:
        """Copy files in one transfer."""
        from juncture.saga.adaptors.sql_replica import bulk_copies

        bulk_copies.download(tasks)
