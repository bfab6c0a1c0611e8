"""Where something is: `scheme://user:password@host:port/path?query#fragment` (RFC 3986).

Every part is a plain attribute, parsed once. Setting one checks it, and `str(url)` is put together
again; an untouched URL is the text it was made from, to the character. `username`, `password` and
an IPv6 `host` are held decoded and without brackets; `path`, `query` and `fragment` are held as
they are written. Parts that are absent are None (`host`, `port`, `username`, `password`) or "".

`str(url)` holds the password, because programs pass it on; `repr(url)`, `masked()` and every error
do not. Write `{url!r}` or `masked()` into messages and logs.

Two differences from `radical.saga`: `path` is not tidied up, since `//` and `..` mean something to
object stores and behind symbolic links (use `Url.normpath`); and `set_path` keeps the query and the
fragment.
"""

from __future__ import annotations

from juncture.saga.exceptions import BadParameter

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

_ALPHA = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")
_DIGITS = frozenset("0123456789")
_HEX = frozenset("0123456789abcdefABCDEF")
_SCHEME = _ALPHA | _DIGITS | frozenset("+-.")
_UNRESERVED = _ALPHA | _DIGITS | frozenset("-._~")
_USER = _UNRESERVED | frozenset("!$&'()*+,;=")
_NOT_IN_HOST = frozenset('/?#[]@:<>"\\^`{|}')
_MAX_PORT = 65535
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
        url_in: Text or another URL, which is copied.

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

    def __init__(self, url_in: str | Url = "") -> None:
        if isinstance(url_in, Url):
            for name in _COPIED:
                _store(self, name, getattr(url_in, name))
        elif isinstance(url_in, str):  # pyright: ignore[reportUnnecessaryIsInstance]
            _parse(self, url_in)
        else:
            raise BadParameter(f"a URL is text or a Url, not {type(url_in).__name__}")

    def __setattr__(self, name: str, value: Any) -> None:
        check = _CHECKS.get(name)
        if check is None:
            if name == "schema":
                name, check = "scheme", _check_scheme
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


def _parse(url: Url, text: str) -> None:
    if "\0" in text:
        raise BadParameter("a URL holds no NUL character")
    rest, _, fragment = text.partition("#")
    rest, _, query = rest.partition("?")
    scheme, rest = _split_scheme(rest)
    authority = rest.startswith("//")
    user = password = host = port = None
    if authority:
        place, slash, rest = rest[2:].partition("/")
        rest = slash + rest
        if place:
            user, password, host, port = _split_checked(place, rest + query + fragment)
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


def _split_scheme(text: str) -> tuple[str, str]:
    scheme, colon, rest = text.partition(":")
    if colon and scheme and scheme[0] in _ALPHA and _SCHEME.issuperset(scheme):
        return scheme, rest
    return "", text


def _split_checked(place: str, rest: str) -> tuple[str | None, str | None, str | None, int | None]:
    try:
        return _split_authority(place)
    except BadParameter:
        if "@" not in place and "@" in rest:
            # What looks like a port is the beginning of a password: it is not shown.
            raise BadParameter(
                "the user name or password of a URL holds a `/`, `?` or `#`",
                hint="write `%2F`, `%3F` or `%23` for it",
            ) from None
        raise


def _split_authority(text: str) -> tuple[str | None, str | None, str | None, int | None]:
    user: str | None = None
    password: str | None = None
    userinfo, at, place = text.rpartition("@")
    if at:
        user, colon, word = userinfo.partition(":")
        user = _decode(user)
        password = _decode(word) if colon else None
    if place.startswith("["):
        host, bracket, port = place.partition("]")
        if not bracket or (port and not port.startswith(":")):
            raise BadParameter(f"host {place!r} of a URL has no matching brackets")
        host, port = host + bracket, port[1:]
    else:
        host, _, port = place.partition(":")
    return user, password, _check_host(host), _check_port(port)


def _compose(url: Url, *, password: str | None) -> str:
    parts: list[str] = []
    if url.scheme:
        parts.append(url.scheme + ":")
    if url._authority or url.path.startswith("//"):  # pyright: ignore[reportPrivateUsage]
        parts.append("//")
        if url.username is not None or password is not None:
            parts.append(_encode(url.username or ""))
            if password is not None:
                parts.append(":" + _encode(password))
            parts.append("@")
        parts.append(_bracketed(url.host or ""))
        if url.port is not None:
            parts.append(f":{url.port}")
    elif _split_scheme(url.path)[0] and not url.scheme:
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
    return (
        url.scheme.lower(),
        url.username,
        url.password,
        url.host.lower() if url.host else None,
        url.port,
        _plain(path),
        _plain(url.query),
        _plain(url.fragment),
    )


def _check_scheme(value: object) -> str:
    text = _text_of("scheme", value)
    if text and not (text[0] in _ALPHA and _SCHEME.issuperset(text)):
        raise BadParameter(
            f"scheme {text!r} of a URL is not a letter followed by letters, digits, `+`, `-` or `.`"
        )
    return text


def _check_user(value: object) -> str | None:
    return None if value is None else _text_of("username", value)


def _check_password(value: object) -> str | None:
    if value is None or isinstance(value, str):
        return value
    raise BadParameter(f"the password of a URL is text, not {type(value).__name__}")


def _check_host(value: object) -> str | None:
    text = _text_of("host", value)
    if not text:
        return None
    if text.startswith("[") and text.endswith("]"):
        text = text[1:-1]
        if not _is_literal(text):
            raise BadParameter(f"host '[{text}]' of a URL is not an IPv6 address")
        return text.replace("%25", "%", 1)
    if ":" in text and _is_literal(text):
        return text
    if text.startswith("-") or not _NOT_IN_HOST.isdisjoint(text) or not _is_printed(text):
        raise BadParameter(
            f"host {text!r} of a URL is not a host name or address",
            hint="percent-encode `@`, `:` and `/` in a user name or password",
        )
    return text


def _check_port(value: object) -> int | None:
    if value is None or value == "":
        return None
    number = -1
    if isinstance(value, int):
        number = value
    elif isinstance(value, str) and _DIGITS.issuperset(value) and len(value.lstrip("0")) < 6:  # noqa: PLR2004 - digits of 65535
        number = int(value)
    if not 0 <= number <= _MAX_PORT:
        raise BadParameter(f"port {value!r} of a URL is not a number from 0 to {_MAX_PORT}")
    return number


def _check_path(value: object) -> str:
    return _text_of("path", value).replace("?", "%3F").replace("#", "%23")


def _check_query(value: object) -> str:
    return _text_of("query", value).replace("#", "%23")


def _check_fragment(value: object) -> str:
    return _text_of("fragment", value)


_CHECKS: dict[str, Callable[[object], object]] = {
    "scheme": _check_scheme,
    "username": _check_user,
    "password": _check_password,
    "host": _check_host,
    "port": _check_port,
    "path": _check_path,
    "query": _check_query,
    "fragment": _check_fragment,
}


def _no_part(name: str) -> Exception:
    from juncture.saga.exceptions import UnknownAttributeError

    return UnknownAttributeError(
        f"a URL has no part `{name}`", hint=f"its parts are {', '.join(_CHECKS)}"
    )


def _text_of(part: str, value: object) -> str:
    if value is None:
        return ""
    if not isinstance(value, str):
        raise BadParameter(f"the {part} of a URL is text, not {type(value).__name__}")
    if "\0" in value:
        raise BadParameter(f"the {part} of a URL holds a NUL character")
    return value


def _is_literal(text: str) -> bool:
    """Return whether `text` may stand in brackets: an IPv6 address, with or without a zone."""
    address, _, zone = text.partition("%")
    is_address = address.count(":") > 1 and _HEX.issuperset(
        address.replace(":", "").replace(".", "")
    )
    return is_address and _is_printed(zone) and _NOT_IN_HOST.isdisjoint(zone)


def _is_printed(text: str) -> bool:
    return text.isprintable() and " " not in text


def _bracketed(host: str) -> str:
    return f"[{host.replace('%', '%25', 1)}]" if ":" in host else host


def _encode(text: str) -> str:
    if _USER.issuperset(text):
        return text
    return "".join(
        chr(byte) if chr(byte) in _USER else f"%{byte:02X}"
        for byte in text.encode("utf-8", "surrogateescape")
    )


def _decode(text: str) -> str:
    """Undo percent-encoding; a `%` without two hexadecimal digits stands for itself."""
    head, *pieces = text.split("%")
    if not pieces:
        return text
    whole = bytearray(head.encode("utf-8", "surrogateescape"))
    for piece in pieces:
        if len(piece) > 1 and _HEX.issuperset(piece[:2]):
            whole.append(int(piece[:2], 16))
            piece = piece[2:]  # noqa: PLW2901 - the rest of the same piece
        else:
            whole += b"%"
        whole += piece.encode("utf-8", "surrogateescape")
    return whole.decode("utf-8", "surrogateescape")


def _plain(text: str) -> str:
    """Return the one spelling of equivalent texts (RFC 3986, section 6.2.2)."""
    head, *pieces = text.split("%")
    if not pieces:
        return text
    parts = [head]
    for piece in pieces:
        code = piece[:2]
        if len(code) > 1 and _HEX.issuperset(code):
            letter = chr(int(code, 16))
            parts.append((letter if letter in _UNRESERVED else "%" + code.upper()) + piece[2:])
        else:
            parts.append("%" + piece)
    return "".join(parts)
