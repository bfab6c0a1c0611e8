"""The names that the page of a directory links to (HTML), as they come."""

from __future__ import annotations

import codecs
from html.parser import HTMLParser
from urllib.parse import unquote, urljoin

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_PAGES = frozenset({"", "text/html", "application/xhtml+xml"})


def names(base: str, kind: str, charset: str | None, pieces: Iterable[bytes]) -> Iterator[str]:
    """Yield each name that is in a directory and that its page links to, once.

    Args:
        base: The URL of the directory, with a slash at its end and without a query.
        kind: The media type of the page; nothing but HTML has links.
        charset: How its text is encoded, as far as the server says.
        pieces: What there is of it, one after the other.
    """
    if kind not in _PAGES:
        return
    seen: set[str] = set()
    for link in _links(charset, pieces):
        text = urljoin(base, link).partition("#")[0].partition("?")[0]
        below = text[len(base) :].rstrip("/")
        if text.startswith(base) and below and "/" not in below and below not in seen:
            seen.add(below)
            yield unquote(below, errors="surrogateescape")


def _links(charset: str | None, pieces: Iterable[bytes]) -> Iterator[str]:
    try:
        decoder = codecs.getincrementaldecoder(charset or "utf-8")("replace")
    except LookupError:
        decoder = codecs.getincrementaldecoder("utf-8")("replace")
    page = _Page()
    for piece in pieces:
        page.feed(decoder.decode(piece))
        yield from page.taken()
    page.close()
    yield from page.taken()


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self._found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "a":
            self._found += [text.strip() for name, text in attrs if name == "href" and text]

    def taken(self) -> list[str]:
        """Return the links that were found since the last time."""
        found, self._found = self._found, []
        return found
