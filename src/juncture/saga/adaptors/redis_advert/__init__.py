"""Adverts on a Redis server: `redis://`, `rediss://` (TLS) and `redis+unix://` (a socket).

The tree is kept in one database under keys of its own; `tree.lua` is all that touches it. The
client library `redis` is loaded when a server is first asked.
"""

from __future__ import annotations

import threading
import weakref

from juncture.saga.adaptors.redis_advert import bulk, places
from juncture.saga.adaptors.redis_advert.directory import Directory
from juncture.saga.adaptors.redis_advert.entry import Entry
from juncture.saga.adaptors.redis_advert.server import Server
from juncture.saga.cpi.base import AdaptorBase
from juncture.saga.exceptions import NoSuccess
from juncture.saga.storage.logs import debug
from juncture.saga.stored.credentials import bare

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from juncture.saga.adaptors.redis_advert.server import Location
    from juncture.saga.url import Url

__all__ = ["Adaptor", "Directory", "Entry"]

OPENED = "server %s taken for `%s` by `%s`"

_KEPT = 8

_ADAPTOR_NAME = "juncture.advert.redis"
_ADAPTOR_SCHEMAS = list(places.SCHEMES)
_ADAPTOR_OPTIONS: list[dict[str, Any]] = [
    {
        "category": _ADAPTOR_NAME,
        "name": "db",
        "type": int,
        "default": 0,
        "documentation": "number of the database; usually in the URL, as `?db=1`",
        "env_variable": "JUNCTURE_REDIS_DB",
    },
    {
        "category": _ADAPTOR_NAME,
        "name": "prefix",
        "type": str,
        "default": "juncture",
        "documentation": "what all keys and channels begin with, in braces; another one is "
        "another tree",
        "env_variable": "JUNCTURE_REDIS_PREFIX",
    },
    {
        "category": _ADAPTOR_NAME,
        "name": "timeout",
        "type": float,
        "default": 10.0,
        "documentation": "seconds in which the server must take a connection, and answer a call",
        "env_variable": "JUNCTURE_REDIS_TIMEOUT",
    },
    {
        "category": _ADAPTOR_NAME,
        "name": "socket",
        "type": str,
        "default": "",
        "documentation": "the server's Unix socket, for `redis+unix`; usually in the URL, as "
        "`?socket=/run/redis/redis.sock`",
        "env_variable": "JUNCTURE_REDIS_SOCKET",
    },
    {
        "category": _ADAPTOR_NAME,
        "name": "ca_certs",
        "type": str,
        "default": "",
        "documentation": "file with the certificates that a `rediss` server's is checked by; empty "
        "means the system's",
        "env_variable": "JUNCTURE_REDIS_CA_CERTS",
    },
]
_ADAPTOR_INFO: dict[str, Any] = {
    "name": _ADAPTOR_NAME,
    "version": "v1.0",
    "schemas": _ADAPTOR_SCHEMAS,
    "capabilities": {"contexts": {"userpass": "user and password of the server"}},
    "cpis": [
        {"type": "rs.advert.Entry", "class": "Entry"},
        {"type": "rs.advert.Directory", "class": "Directory"},
    ],
}


class Adaptor(AdaptorBase):
    """The adaptor of adverts on Redis servers."""

    def __init__(self) -> None:
        super().__init__(_ADAPTOR_INFO, _ADAPTOR_OPTIONS)
        self._guard = threading.Lock()
        self._servers: weakref.WeakValueDictionary[Location, Server] = weakref.WeakValueDictionary()
        self._kept: list[Server] = []

    def sanity_check(self) -> None:
        """Say what to install when the client library is missing."""
        from importlib.util import find_spec

        if find_spec("redis") is None:
            raise NoSuccess(
                "the Python package `redis` is not installed",
                hint="python -m pip install 'juncture[redis]'",
            )

    def server_for(self, url: Url, session: Any) -> Server:
        """Return the server of a URL; objects of one credential share it."""
        location = places.location(self, url, session)
        with self._guard:
            server = self._servers.get(location)
            if server is None:
                server = self._servers[location] = Server(location)
                debug(__name__, OPENED, server.name, bare(url), self.get_name())
            self._kept = [server, *(each for each in self._kept if each is not server)][:_KEPT]
            return server

    container_store_object = container_retrieve_object = container_delete_object = bulk.run
    container_set_attribute = container_get_attribute = container_remove_attribute = bulk.run
    container_get_attributes = container_list_attributes = bulk.run
    container_set_ttl = container_get_ttl = container_remove = bulk.run
    container_make_dir = container_exists = container_list = bulk.run
