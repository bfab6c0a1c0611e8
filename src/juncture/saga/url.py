"""Where something is: `scheme://user:password@host:port/path?query#fragment` (RFC 3986).

Every part is a plain attribute, parsed once. Setting one checks it, and `str(url)` is put
together again; an untouched URL is the text it was made from, to the character. `username`,
`password` and an IPv6 `host` are held decoded and without brackets; `path`, `query` and
`fragment` are held as they are written. Parts that are absent are None (`host`, `port`,
`username`, `password`) or "".

`str(url)` holds the password, because programs pass it on; `repr(url)`, `masked()` and every error
do not. Write `{url!r}` or `masked()` into messages and logs.

Two differences from `radical.saga`: `path` is not tidied up, since `//` and `..` mean something to
object stores and behind symbolic links (use `Url.normpath`); and `set_path` keeps the query and the
fragment.
"""

from __future__ import annotations

from juncture.saga import _url_grammar as grammar
from juncture.saga.exceptions import BadParameter

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Protocol

    class OtherUrl(Protocol):
        """A URL as another library has it; its text is what counts."""

        scheme: Any
        host: Any


_MASK = "***"

_store = object.__setattr__


class Url:
    """A URL whose parts can be read and set.

    Two URLs are equal when RFC 3986 calls them equivalent: case of scheme and host, needless
    percent-encoding, and `/` for an empty path after a host do not matter. The hash follows the
    parts, so do not change a URL that is in a set or is a key.

    >>> url = Url("ssh://bob@[::1]:22/data?a=1#top")
    >>> url.host, url.port, url.query, url.fragment
    ('::1', 22, 'a=1', 'top')
    >>> url.path = "/tmp"
    >>> str(url)
    'ssh://bob@[::1]:22/tmp?a=1#top'

    Args:
        url_in: Text or another URL, which is copied; one of another library will do.

    Raises:
        BadParameter: the text is not a URL; the message names the part.
    """

    __slots__ = (
        "__weakref__",
        "_authority",
        "_text",
        "fragment",
        "host",
        "password",
        "path",
        "port",
        "query",
        "scheme",
        "username",
    )

    scheme: str
    username: str | None
    password: str | None
    host: str | None
    port: int | None
    path: str
    query: str
    fragment: str
    _authority: bool  # whether `//` stands before the path
    _text: str | None  # the whole, until a part is set

    def __init__(self, url_in: str | Url | OtherUrl = "") -> None:
        if isinstance(url_in, Url):
            for name in _COPIED:
                _store(self, name, getattr(url_in, name))
        elif isinstance(url_in, str) or _is_url(url_in):
            _parse(self, str(url_in))
        else:
            raise BadParameter(
                f"a URL is text or a Url, not {type(url_in).__name__}",
                hint="a path is given as text: `str(path)`"
                if hasattr(url_in, "__fspath__")
                else "",
            )

    def __setattr__(self, name: str, value: Any) -> None:
        check = grammar.CHECKS.get(name)
        if check is None:
            if name == "schema":
                name, check = "scheme", grammar.check_scheme
            else:
                raise _no_part(name)
        value = check(value)
        if name == "path" and self._authority and value and not value.startswith("/"):
            value = "/" + value
        elif name in {"username", "password", "host", "port"} and value is not None:
            _store(self, "_authority", True)
            if self.path and not self.path.startswith("/"):
                _store(self, "path", "/" + self.path)
        _store(self, name, value)
        _store(self, "_text", None)

    def __delattr__(self, name: str) -> None:
        raise BadParameter(f"part `{name}` of a URL cannot be deleted", hint="set it to None")

    @property
    def schema(self) -> str:
        """The scheme, under the name that SAGA programs use."""
        return self.scheme

    def get_scheme(self) -> str:
        """Return `scheme`."""
        return self.scheme

    get_schema = get_scheme

    def set_scheme(self, scheme: str | None) -> None:
        """Set `scheme`."""
        self.scheme = scheme  # type: ignore[assignment] # the check turns None into ""

    set_schema = set_scheme

    def get_username(self) -> str | None:
        """Return `username`, decoded."""
        return self.username

    def set_username(self, username: str | None) -> None:
        """Set `username`, given as it is typed at a login prompt."""
        self.username = username

    def get_password(self) -> str | None:
        """Return `password`, decoded."""
        return self.password

    def set_password(self, password: str | None) -> None:
        """Set `password`, given as it is typed at a login prompt."""
        self.password = password

    def get_host(self) -> str | None:
        """Return `host`, an IPv6 address without brackets."""
        return self.host

    def set_host(self, host: str | None) -> None:
        """Set `host`; brackets around an IPv6 address may be left out."""
        self.host = host

    def get_port(self) -> int | None:
        """Return `port`."""
        return self.port

    def set_port(self, port: int | str | None) -> None:
        """Set `port`, a number from 0 to 65535 or None."""
        self.port = port  # type: ignore[assignment] # the check reads the text

    def get_path(self) -> str:
        """Return `path` as it is written."""
        return self.path

    def set_path(self, path: str | None) -> None:
        """Set `path`; `?` and `#` in it are encoded, query and fragment stay."""
        self.path = path  # type: ignore[assignment] # the check turns None into ""

    def get_query(self) -> str:
        """Return `query` as it is written."""
        return self.query

    def set_query(self, query: str | None) -> None:
        """Set `query`, without the `?`; `#` in it is encoded."""
        self.query = query  # type: ignore[assignment] # the check turns None into ""

    def get_fragment(self) -> str:
        """Return `fragment` as it is written."""
        return self.fragment

    def set_fragment(self, fragment: str | None) -> None:
        """Set `fragment`, without the `#`."""
        self.fragment = fragment  # type: ignore[assignment] # the check turns None into ""

    @staticmethod
    def normpath(path: str) -> str:
        """Return a path without `//`, `.` and `..`; a slash at its end stays.

        >>> Url.normpath("/a//b/../c/")
        '/a/c/'
        """
        if not path:
            return path
        import posixpath

        tidy = posixpath.normpath(path).replace("//", "/", 1)
        return tidy + "/" if path.endswith("/") and tidy != "/" else tidy

    def masked(self) -> str:
        """Return the text with the password hidden, for messages and logs."""
        return str(self) if self.password is None else _compose(self, password=_MASK)

    def __str__(self) -> str:
        text = self._text
        if text is None:
            text = _compose(self, password=self.password)
            _store(self, "_text", text)
        return text

    def __repr__(self) -> str:
        return f"Url({self.masked()!r})"

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Url):
            return _canonical(self) == _canonical(other)
        return NotImplemented

    def __hash__(self) -> int:
        return hash(_canonical(self))

    def __copy__(self) -> Url:
        return type(self)(self)

    def __deepcopy__(self, memo: object) -> Url:
        return type(self)(self)

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (str(self),)


_COPIED = tuple(name for name in Url.__slots__ if name != "__weakref__")


def _is_url(value: Any) -> bool:
    """Say whether something is a URL of another library, as `radical.utils` has them."""
    return hasattr(value, "scheme") and hasattr(value, "host")


def _parse(url: Url, text: str) -> None:
    if "\0" in text:
        raise BadParameter("a URL holds no NUL character")
    rest, _, fragment = text.partition("#")
    rest, _, query = rest.partition("?")
    scheme, rest = grammar.split_scheme(rest)
    authority = rest.startswith("//")
    user = password = host = port = None
    if authority:
        place, slash, rest = rest[2:].partition("/")
        rest = slash + rest
        if place:
            user, password, host, port = grammar.split_authority(place, rest + query + fragment)
    _store(url, "scheme", scheme)
    _store(url, "username", user)
    _store(url, "password", password)
    _store(url, "host", host)
    _store(url, "port", port)
    _store(url, "path", rest)
    _store(url, "query", query)
    _store(url, "fragment", fragment)
    _store(url, "_authority", authority)
    _store(url, "_text", text)


def _compose(url: Url, *, password: str | None) -> str:
    parts: list[str] = []
    if url.scheme:
        parts.append(url.scheme + ":")
    if url._authority or url.path.startswith("//"):  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]
        parts.append("//")
        if url.username is not None or password is not None:
            parts.append(grammar.encode(url.username or ""))
            if password is not None:
                parts.append(":" + grammar.encode(password))
            parts.append("@")
        parts.append(grammar.bracketed(url.host or ""))
        if url.port is not None:
            parts.append(f":{url.port}")
    elif grammar.split_scheme(url.path)[0] and not url.scheme:
        parts.append("./")  # or the part before the colon would be read as a scheme
    parts.append(url.path)
    if url.query:
        parts.append("?" + url.query)
    if url.fragment:
        parts.append("#" + url.fragment)
    return "".join(parts)


def _canonical(url: Url) -> tuple[object, ...]:
    path = url.path
    if not path and url.host:
        path = "/"
    username = url.username
    if username is None and url.password is not None:
        username = ""  # what its text says
    return (
        url.scheme.lower(),
        username,
        url.password,
        url.host.lower() if url.host else None,
        url.port,
        grammar.plain(path),
        grammar.plain(url.query),
        grammar.plain(url.fragment),
    )


def _no_part(name: str) -> Exception:
    from juncture.saga.exceptions import UnknownAttributeError

    return UnknownAttributeError(
        f"a URL has no part `{name}`", hint=f"its parts are {', '.join(grammar.CHECKS)}"
    )
