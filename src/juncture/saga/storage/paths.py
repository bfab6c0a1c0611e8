"""From URLs to the paths of stores and back.

A text without `://` is a path, taken as it is spelled: `100%.txt` and `what?` are names. The path
of a `Url`, and of a text with `://`, is percent-decoded (RFC 3986, section 2.1) where two
hexadecimal digits follow; `url_path` encodes what would be read otherwise. `/~/` at the beginning
is the home directory of the account.
"""

from __future__ import annotations

import posixpath

from juncture.saga.url import Url

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

_HEX = frozenset(b"0123456789abcdefABCDEF")
_ENCODED: Mapping[int, str] = str.maketrans(
    {
        "%": "%25",
        "?": "%3F",
        "#": "%23",
        "\n": "%0A",
        "\r": "%0D",
        "\t": "%09",
        **{chr(0xDC00 + byte): f"%{byte:02X}" for byte in range(0x80, 0x100)},
    }
)


def is_url(text: str) -> bool:
    """Return whether a text is a URL rather than a path."""
    return "://" in text


def path_of(url: Url | str) -> str:
    """Return the path of a URL, or a text that is a path already."""
    if isinstance(url, str):
        if not is_url(url):
            return url
        url = Url(url)
    return decoded(url.path)


def decoded(text: str) -> str:
    """Return text with its percent-encoded bytes in place."""
    if "%" not in text:
        return text
    first, *parts = text.encode("utf-8", "surrogateescape").split(b"%")
    pieces = [first]
    for part in parts:
        if len(part) > 1 and part[0] in _HEX and part[1] in _HEX:
            pieces += (bytes((int(part[:2], 16),)), part[2:])
        else:
            pieces += (b"%", part)
    return b"".join(pieces).decode("utf-8", "surrogateescape")


def url_path(path: str) -> str:
    """Return a path as the path of a URL has it; blanks and letters of any language stay."""
    return path.translate(_ENCODED)


def joined(folder: str, name: str) -> str:
    """Return a name's absolute path; one that begins with a slash is absolute already."""
    return posixpath.normpath(posixpath.join(folder, name)) if name else folder


def relative_url(name: str) -> Url:
    """Return a URL that means a name in some directory, as listings have it."""
    url = _new(_NameUrl)
    _store(url, "_name", name)
    return url


class _NameUrl(Url):
    """A URL of a name alone; its parts are made when somebody asks for one."""

    __slots__ = ("_name",)

    _name: str

    def __getattr__(self, part: str) -> Any:
        if part not in _PARTS:
            raise AttributeError(f"a URL has no part `{part}`")
        self._fill()
        return getattr(self, part)

    def __setattr__(self, part: str, value: Any) -> None:
        self._fill()
        super().__setattr__(part, value)

    def _fill(self) -> None:
        """Make the parts, unless they are there."""
        name = getattr(self, "_name", None)
        if name is not None:
            _forget_name(self)
            super().__init__("")
            _store(self, "path", url_path(name))
            _store(self, "_text", None)


_new = object.__new__
_store = object.__setattr__
_PARTS = frozenset(Url.__slots__) - {"__weakref__"}
_forget_name = _NameUrl.__dict__["_name"].__delete__
