"""The grammar of RFC 3986: cutting a URL into parts, checking one part, percent-encoding.

These functions know text and no `Url`. No message of theirs holds a password.
"""

from __future__ import annotations

from juncture.saga.exceptions import BadParameter

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

_ALPHA = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")
_DIGITS = frozenset("0123456789")
_HEX = frozenset("0123456789abcdefABCDEF")
_SCHEME = _ALPHA | _DIGITS | frozenset("+-.")
_UNRESERVED = _ALPHA | _DIGITS | frozenset("-._~")
_USER = _UNRESERVED | frozenset("!$&'()*+,;=")
_NOT_IN_HOST = frozenset('/?#[]@:<>"\\^`{|}')
_MAX_PORT = 65535


def split_scheme(text: str) -> tuple[str, str]:
    scheme, colon, rest = text.partition(":")
    if colon and scheme and scheme[0] in _ALPHA and _SCHEME.issuperset(scheme):
        return scheme, rest
    return "", text


def split_authority(place: str, rest: str) -> tuple[str | None, str | None, str | None, int | None]:
    try:
        return _cut(place)
    except BadParameter:
        if "@" not in place and "@" in rest:
            # What looks like a port is the beginning of a password: it is not shown.
            raise BadParameter(
                "the user name or password of a URL holds a `/`, `?` or `#`",
                hint="write `%2F`, `%3F` or `%23` for it",
            ) from None
        raise


def _cut(text: str) -> tuple[str | None, str | None, str | None, int | None]:
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


def check_scheme(value: object) -> str:
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
    if text.isascii() and text.replace(".", "").isalnum():
        return text  # nearly every host
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


CHECKS: dict[str, Callable[[object], object]] = {
    "scheme": check_scheme,
    "username": _check_user,
    "password": _check_password,
    "host": _check_host,
    "port": _check_port,
    "path": _check_path,
    "query": _check_query,
    "fragment": _check_fragment,
}


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


def bracketed(host: str) -> str:
    return f"[{host.replace('%', '%25', 1)}]" if ":" in host else host


def encode(text: str) -> str:
    if _USER.issuperset(text):
        return text
    return "".join(
        chr(byte) if chr(byte) in _USER else f"%{byte:02X}"
        for byte in text.encode("utf-8", "surrogateescape")
    )


def _decode(text: str) -> str:
    """Undo percent-encoding; a `%` without two hexadecimal digits stands for itself."""
    if "%" not in text:
        return text
    head, *pieces = text.split("%")
    whole = bytearray(head.encode("utf-8", "surrogateescape"))
    for piece in pieces:
        if len(piece) > 1 and _HEX.issuperset(piece[:2]):
            whole.append(int(piece[:2], 16))
            piece = piece[2:]  # noqa: PLW2901 - the rest of the same piece
        else:
            whole += b"%"
        whole += piece.encode("utf-8", "surrogateescape")
    return whole.decode("utf-8", "surrogateescape")


def plain(text: str) -> str:
    """Return the one spelling of equivalent texts (RFC 3986, section 6.2.2)."""
    if "%" not in text:
        return text
    head, *pieces = text.split("%")
    parts = [head]
    for piece in pieces:
        code = piece[:2]
        if len(code) > 1 and _HEX.issuperset(code):
            letter = chr(int(code, 16))
            parts.append((letter if letter in _UNRESERVED else "%" + code.upper()) + piece[2:])
        else:
            parts.append("%" + piece)
    return "".join(parts)
