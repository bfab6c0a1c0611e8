"""What a WebDAV server tells of names (RFC 4918, 9.1), one after the other as it comes."""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote, urlsplit
from xml.etree.ElementTree import ParseError, XMLPullParser

from juncture.saga.adaptors.fsspec_file.stats import stat_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from xml.etree.ElementTree import Element

    from juncture.saga.storage.values import Stat

_Parser: Any = XMLPullParser  # its events are typed for all kinds of them
_PROPERTIES = {
    "getcontentlength": "size",
    "getlastmodified": "modified",
    "getetag": "etag",
    "creationdate": "created",
}
QUESTION = (
    '<?xml version="1.0" encoding="utf-8"?><propfind xmlns="DAV:"><prop><resourcetype/>'
    + "".join(f"<{name}/>" for name in _PROPERTIES)
    + "</prop></propfind>"
).encode()
"""The body of a PROPFIND that asks for what a `Stat` has."""


def told(pieces: Iterable[bytes]) -> Iterator[tuple[str, Stat]]:
    """Yield the path of each name, without slashes around it, and what is known of it.

    Raises:
        EOFError: the answer ends before its end.
    """
    parser = _Parser(["start", "end"])
    root: Any = None
    try:
        for piece in pieces:
            parser.feed(piece)
            for event, element in parser.read_events():
                root = element if root is None else root
                if event == "end" and element.tag == "{DAV:}response":
                    yield _one(element)
                    root.clear()  # or it would keep them all
        parser.close()
    except ParseError as error:
        raise EOFError(str(error)) from error


def _one(element: Element) -> tuple[str, Stat]:
    href = element.findtext("{DAV:}href") or ""
    path = unquote(urlsplit(href.strip()).path, errors="surrogateescape").strip("/")
    info: dict[str, object] = {
        key: element.findtext(f".//{{DAV:}}{name}") for name, key in _PROPERTIES.items()
    }
    size = str(info["size"] or "").strip()
    info["size"] = int(size) if size.isdecimal() else None
    if (kind := element.find(".//{DAV:}resourcetype")) is not None:
        is_folder = kind.find("{DAV:}collection") is not None
        info["type"] = "directory" if is_folder else "file"
    return path, stat_of(info)
