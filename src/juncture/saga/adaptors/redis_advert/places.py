"""Where an advert is: a server, a path there, and the URL that means it.

`redis://[user[:password]@]host[:port]/path[?db=N]`: the whole path is the advert's, and options of
the adaptor may stand in the query. `rediss` is the same over TLS; `redis+unix:///path?socket=FILE`
reaches a server of this host by its socket.
"""

from __future__ import annotations

import posixpath

from juncture.saga.adaptors.redis_advert.server import Location
from juncture.saga.exceptions import BadParameter, IncorrectURL
from juncture.saga.storage import paths
from juncture.saga.stored.credentials import of_session
from juncture.saga.stored.places import tidy
from juncture.saga.url import Url

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from juncture.saga.adaptors.redis_advert.server import Server

_PORT = 6379
SCHEMES = ("redis", "rediss", "redis+unix")


class Place:
    """A name on a server."""

    __slots__ = ("adaptor", "base", "path", "server")

    def __init__(self, adaptor: Any, server: Server, path: str, base: Url) -> None:
        self.adaptor = adaptor
        self.server = server
        self.path = path
        self.base = base

    @property
    def name(self) -> str:
        """The last part of the path."""
        return posixpath.basename(self.path)

    def url(self) -> Url:
        """Return the URL of the name."""
        found = Url(self.base)
        found.path = paths.url_path(self.path)
        return found

    def at(self, path: str) -> Place:
        """Return another name on the same server."""
        return Place(self.adaptor, self.server, path, self.base)

    def folder(self) -> Place:
        """Return the directory that the name is in."""
        return self.at(posixpath.dirname(self.path))

    def find(self, name: Any, session: Any) -> Place:
        """Return the place of a name that is relative to this one, or of a URL of any server.

        Raises:
            BadParameter: it is neither text nor a URL.
            IncorrectURL: it is not the URL of an advert.
        """
        if name is None:
            raise BadParameter("a target is a name or a URL, found None")
        if isinstance(name, str) and not paths.is_url(name):
            return self.at(tidy(paths.joined(self.path, name)))
        url = Url(name)
        if url.scheme.lower() in SCHEMES:
            if self._means_here(url):
                return self.at(tidy(paths.joined("/", paths.path_of(url))))
            return opened(self.adaptor, url, session)
        if url.scheme or url.host:
            raise IncorrectURL(
                f"`{url.masked()}` is not the URL of an advert",
                hint=f"adverts are copied and moved to {', '.join(SCHEMES)} only",
            )
        return self.at(tidy(paths.joined(self.path, paths.path_of(url))))

    def _means_here(self, url: Url) -> bool:
        """Return whether a URL without a credential means our server; then ours is used."""
        if url.username or url.password:
            return False
        ours = self.base
        place = (url.scheme.lower(), url.host, url.port or _PORT, url.query)
        return place == (ours.scheme.lower(), ours.host, ours.port or _PORT, ours.query)


def opened(adaptor: Any, url: Url, session: Any) -> Place:
    """Return the place of a URL that the adaptor serves."""
    server = adaptor.server_for(url, session)
    return Place(adaptor, server, tidy(paths.joined("/", paths.path_of(url) or "/")), Url(url))


def location(adaptor: Any, url: Url, session: Any) -> Location:
    """Return which database a URL means, and the credential for it.

    Raises:
        BadParameter: the URL says too little or too much.
    """

    def option(name: str) -> Any:
        return adaptor.get_option(name, session=session, url=url)

    adaptor.opts.check_query(url)
    over_socket = url.scheme.lower() == "redis+unix"
    socket = str(option("socket")) if over_socket else ""
    if over_socket and (not socket or url.host):
        raise BadParameter(
            f"`{url.masked()}` does not say which socket, or names a host",
            hint="write `redis+unix:///path?socket=/run/redis/redis.sock`",
        )
    if url.fragment:
        raise BadParameter(f"`{url.masked()}` has a fragment", hint="write `%23` for `#` in a name")
    for name, least in (("db", 0), ("timeout", 0.001)):
        if not option(name) >= least:
            raise BadParameter(f"the option `{name}` is {least} or more, found {option(name)}")
    port = _PORT if url.port is None else url.port
    username, password = _credential(url, session, port)
    return Location(
        host=url.host or "localhost",
        port=port,
        socket=socket,
        secure=url.scheme.lower() == "rediss",
        ca_certs=str(option("ca_certs")),
        db=int(option("db")),
        prefix=str(option("prefix")),
        timeout=float(option("timeout")),
        username=username,
        password=password,
    )


def _credential(url: Url, session: Any, port: int) -> tuple[str | None, str | None]:
    """Return user and password: those of the URL, else of a context; a socket is localhost's."""
    user = url.username or None
    if url.password is not None:
        return user, url.password
    return of_session(session, url.host or "localhost", port, user) or (user, None)
