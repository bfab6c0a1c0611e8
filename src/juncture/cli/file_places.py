"""Names on a command line: plain paths, as they are spelled, and URLs of any scheme.

A path may have `..` after a link, which only the file system can resolve. A pattern in the last
part of a URL means what fits it, since no shell knows; patterns in paths are the shell's business.
Nothing that is secret in a URL is ever printed.
"""

from __future__ import annotations

import os
from itertools import groupby, islice

from juncture.cli.file_running import usage
from juncture.saga.exceptions import SagaException
from juncture.saga.storage import paths, retries
from juncture.saga.storage.values import DIRECTORY
from juncture.saga.stored import places
from juncture.saga.stored.adaptor import adaptor_for
from juncture.saga.url import Url

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Any

    from juncture.cli.file_running import Run
    from juncture.saga.storage.store import Store
    from juncture.saga.storage.values import Stat
    from juncture.saga.stored.places import Place

STREAM = "-"
_AT_ONCE = 256
_SECRET = ("key", "token", "secret", "pass", "sig", "cred", "auth")


class Name:
    """One name that a command is about.

    Args:
        text: How it was spelled, without what is secret.
        place: Where it is.
        is_path: Whether it was spelled as a path.
    """

    __slots__ = ("_folder", "_url", "is_path", "place", "text")

    def __init__(self, text: str, place: Place, *, is_path: bool) -> None:
        self.text = text
        self.place = place
        self.is_path = is_path
        self._folder: tuple[Name, str] | None = None
        self._url = ""

    @property
    def store(self) -> Store:
        """The store that it is in."""
        return self.place.store

    @property
    def path(self) -> str:
        """Its path there."""
        return self.place.path

    @property
    def makes_parents(self) -> bool:
        """Whether what is written to it makes the directories above: there is no other way to."""
        return not self.place.store.keeps_directories

    @property
    def url(self) -> str:
        """The URL that means it."""
        if not self._url:
            if self._folder is not None:
                folder, path = self._folder
                self._url = _below(folder.url, paths.url_path(path))
            else:
                self._url = shown(self.place.url())
        return self._url

    @property
    def spelled(self) -> str:
        """Its spelling, of a URL without query and fragment."""
        return self.text if self.is_path else self.text.partition("?")[0].partition("#")[0]

    @property
    def means_content(self) -> bool:
        """Whether it was spelled `directory/.`: what is in it, not itself."""
        return self.spelled == "." or self.spelled.endswith("/.")

    @property
    def is_folder(self) -> bool:
        """Whether it was spelled as what must be a directory."""
        return self.spelled.endswith("/") or self.spelled.rpartition("/")[2] in {".", ".."}

    @property
    def is_root(self) -> bool:
        """Whether it is the root of its tree, or spelled as a URL without a path or with `~` alone.

        What a URL without a path means differs: a bucket, the home directory, or where the command
        runs.
        """
        if self.path == "/":
            return True
        _, mark, rest = self.text.partition("://")
        return (
            bool(mark)
            and not self.is_path
            and rest.split("?")[0].partition("/")[2].strip("/") in {"", "~"}
        )

    def stat(self, *, follow: bool = True) -> Stat:
        """Return what is known about it."""
        return self.store.stat(self.path, follow=follow)

    def below(self, path: str) -> Name:
        """Return a name below this one."""
        place = self.place.at(f"{self.path.rstrip('/')}/{path}")
        # A text that is a URL has its names encoded, so that it can be given to the next command.
        found = Name(self.text_below(path), place, is_path=self.is_path)
        found._folder = (self, path)
        return found

    def text_below(self, path: str) -> str:
        """Return the spelling of a name below this one."""
        if self.is_path:
            return f"{self.text}{'' if self.text.endswith('/') else '/'}{path}"
        return _below(self.text, paths.url_path(path))


class Names:
    """Turns what a command line says into names; stores are opened once each.

    Args:
        run: The command.
    """

    def __init__(self, run: Run) -> None:
        self._run = run
        self._session: Any = None
        self._folder: Place | None = None

    def find(self, text: str) -> Name:
        """Return the name that a path or a URL means.

        Raises:
            UsageError: it is empty, or no adaptor serves it.
        """
        if not text:
            raise usage("a name is a path or a URL, found an empty text")
        if not paths.is_url(text):
            return Name(text, self._here().find(_physical(text), None), is_path=True)
        if self._session is None:
            from juncture.cli.asking import session

            self._session = session()
        url = Url(text)
        place = places.opened(adaptor_for(url), url, self._session)
        return Name(shown(url), place, is_path=False)

    def each(self, texts: Iterable[str]) -> Iterator[Name]:
        """Yield what texts mean; one that means nothing is a failure among the others."""
        for text in texts:
            try:
                yield from self._matching(self.find(text))
            except SagaException as error:
                self._run.fail(error)

    def _here(self) -> Place:
        if self._folder is None:
            root = Url("file:///")
            place = places.opened(adaptor_for(root), root, None)
            self._folder = place.at(os.getcwd())
        return self._folder

    def _matching(self, name: Name) -> Iterator[Name]:
        from juncture.saga.stored import patterns

        last = name.place.name
        if name.is_path or not patterns.is_pattern(last) or name.store.exists(name.path):
            yield name
            return
        matches = patterns.matcher(last)
        folder = Name(shown(name.place.folder().url()), name.place.folder(), is_path=False)
        found = sorted(
            each
            for each in folder.store.names(folder.path)
            if matches(each) and (last.startswith(".") or not each.startswith("."))
        )
        if not found:
            yield name
        for each in found:
            yield folder.below(each)


def stats(names: Iterable[Name], *, follow: bool) -> Iterator[tuple[Name, Stat | SagaException]]:
    """Yield each name with what is known about it, or why nothing is; many are asked for at once.

    Args:
        names: The names.
        follow: Whether of a link that is told what it leads to.
    """
    for _, group in groupby(names, lambda name: id(name.store)):
        while some := list(islice(group, _AT_ONCE)):
            known = dict(retries.stats(some[0].store, [name.path for name in some], follow=follow))
            for number, name in enumerate(some):
                yield name, known[number]


def children(run: Run, folder: Name, *, hidden: bool) -> list[tuple[str, Stat | None]]:
    """Return the names in a directory in any order, each with what is known about it.

    Args:
        run: The command; it is told why of a name nothing is known, which then is None.
        folder: The directory.
        hidden: Whether names that begin with a dot are among them.
    """
    rows = [row for row in retries.entries(folder.store, folder.path) if hidden or row[0][0] != "."]
    missing = [number for number, (_, stat) in enumerate(rows) if stat is None]
    names = [folder.below(rows[number][0]) for number in missing]
    for number, (_, stat) in zip(missing, stats(names, follow=False), strict=True):
        if isinstance(stat, SagaException):
            run.fail(stat)
        else:
            rows[number] = (rows[number][0], stat)
    return rows


def _below(url: str, path: str) -> str:
    """Return the URL of what is below a directory; a query stays at the end."""
    text, mark, query = url.partition("?")
    return f"{text}{'' if text.endswith('/') else '/'}{path}{mark}{query}"


def is_directory(name: Name) -> bool:
    """Return whether there is a directory, or a link to one."""
    from juncture.saga.exceptions import BadParameter, DoesNotExist

    try:
        return name.stat().kind == DIRECTORY
    except (DoesNotExist, BadParameter):  # nothing is there, or what it is below is a file
        return False


def shown(url: Url) -> str:
    """Return a URL without what is secret in it, a password or a value of its query."""
    text = url.masked()
    head, mark, query = text.partition("?")
    if not mark:
        return text
    parts = [part.partition("=") for part in query.split("&")]
    return f"{head}?" + "&".join(
        f"{key}=..."
        if sign and any(word in key.lower() for word in _SECRET)
        else key + sign + value
        for key, sign, value in parts
    )


def _physical(text: str) -> str:
    """Return a path without `..`, each being the parent of what the part before leads to."""
    parts = text.split("/")
    if ".." not in parts:
        return text
    last = len(parts) - parts[::-1].index("..")
    return os.path.join(os.path.realpath("/".join(parts[:last])), *parts[last:])
