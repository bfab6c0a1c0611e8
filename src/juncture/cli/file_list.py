"""`juncture file ls`."""

from __future__ import annotations

import sys
import time
from contextlib import nullcontext
from typing import Any

from juncture.cli import file_facts, words
from juncture.cli.file_places import Names, children, stats
from juncture.cli.json_rows import Rows
from juncture.saga.exceptions import SagaException
from juncture.saga.storage.values import DIRECTORY, LINK, Stat

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from juncture.cli.file_places import Name
    from juncture.cli.file_running import Run

    Row = tuple[str, "Stat | None"]

_GAP = 2
_WIDE = frozenset("WF")


def ls(run: Run) -> None:
    """List names: those of files first, then directories with what is in them."""
    options = run.options
    with _Json() if options.json else nullcontext(_Text(run)) as listing:
        files: list[tuple[Name, Stat]] = []
        folders: list[Name] = []
        for name, stat in stats(Names(run).each(options.urls), follow=False):
            try:
                shown = _shown(name, stat, options)
            except SagaException as error:
                run.fail(error)
                continue
            if shown.kind == DIRECTORY and not options.directory:
                folders.append(name)
            else:
                files.append((name, shown))
        listing.names(files)
        has_titles = len(folders) + len(files) + run.failed > 1
        for number, folder in enumerate(folders):
            try:
                rows = _rows(run, folder, needs_stat=listing.needs_stat)
            except SagaException as error:
                run.fail(error)
                continue
            if has_titles:
                listing.title(folder, is_first=not number and not files)
            listing.folder(folder, rows)


def _shown(name: Name, stat: Stat | SagaException, options: Any) -> Stat:
    """Return what is shown of a name on the command line: where a link leads, unless with -l."""
    if isinstance(stat, SagaException):
        raise stat
    if stat.kind != LINK or options.directory or (options.long and not name.is_folder):
        return stat
    try:
        followed = name.stat()
    except SagaException:
        return stat
    return followed if followed.kind == DIRECTORY else stat


def _rows(run: Run, folder: Name, *, needs_stat: bool) -> list[Row]:
    """Return the names in a directory in their order."""
    options = run.options
    is_sorted_by_stat = options.by_time or options.by_size
    if not (needs_stat or is_sorted_by_stat):
        names = sorted(folder.store.names(folder.path), reverse=options.reverse)
        return [(name, None) for name in names if options.all or name[0] != "."]
    rows = children(run, folder, hidden=options.all)
    rows.sort(key=_key(options), reverse=options.reverse)
    return rows


def _key(options: Any) -> Callable[[Row], tuple[float, str]]:
    """Return by what names are sorted: what is not known comes last."""

    def by_size(row: Row) -> tuple[float, str]:
        return -((row[1].size_bytes if row[1] else None) or 0), row[0]

    def by_time(row: Row) -> tuple[float, str]:
        return -((row[1].mtime if row[1] else None) or 0.0), row[0]

    if options.by_size:
        return by_size
    return by_time if options.by_time else lambda row: (0, row[0])


class _Text:
    """Names for people and for pipes."""

    def __init__(self, run: Run) -> None:
        self._options = run.options
        self._output = words.Output("\0" if run.options.null else "\n")
        self._now = time.time()
        self.needs_stat = run.options.long or self._output.is_colourful

    def names(self, files: list[tuple[Name, Stat]]) -> None:
        """Write names that stand on the command line."""
        if self._options.long:
            self._long([(name.text, stat) for name, stat in files], _links_of(files))
        else:
            for name, stat in files:
                self._output.line(self._name(name.text, stat))

    def title(self, folder: Name, *, is_first: bool) -> None:
        """Write which directory follows."""
        if self._options.null:
            return
        if not is_first:
            self._output.line("")
        self._output.line(f"{self._output.text(folder.text)}:")

    def folder(self, folder: Name, rows: list[Row]) -> None:
        """Write what is in a directory."""
        if self._options.long:
            self._long(rows, _links_in(folder, rows))
        elif self._output.is_exact:
            stream = sys.stdout.buffer
            end = b"\0" if self._options.null else b"\n"
            stream.writelines(words.exact(text) + end for text, _ in rows)
        elif self._options.one:
            for text, stat in rows:
                self._output.line(self._name(text, stat))
        else:
            self._columns(rows)

    def _name(self, text: str, stat: Stat | None) -> str:
        written = self._output.text(text)
        return file_facts.coloured(written, stat) if self._output.is_colourful else written

    def _long(self, rows: Sequence[Row], linked: Iterator[str | None]) -> None:
        owners, groups, sizes, times = (set[str]() for _ in range(4))
        for _, stat in rows:
            _, owner, group, size, when = self._facts(stat)
            owners.add(owner)
            groups.add(group)
            sizes.add(size)
            times.add(when)
        wide = [max(map(len, texts), default=0) for texts in (owners, groups, sizes, times)]
        for text, stat in rows:
            shown = self._name(text, stat)
            if stat is not None and stat.kind == LINK:
                shown += f" -> {self._output.text(next(linked) or '?')}"
            mode, owner, group, size, when = self._facts(stat)
            self._output.line(
                f"{mode:<10} {owner:<{wide[0]}} {group:<{wide[1]}} "
                f"{size:>{wide[2]}} {when:>{wide[3]}} {shown}"
            )

    def _facts(self, stat: Stat | None) -> tuple[str, str, str, str, str]:
        """Return what stands before a name; it is made twice, since all of it would be much."""
        if stat is None:
            return ("?", "?", "?", "?", "?")
        return (
            file_facts.mode(stat),
            self._output.text(stat.owner or "-"),
            self._output.text(stat.group or "-"),
            file_facts.size(stat, human=self._options.human),
            file_facts.when(stat, self._now),
        )

    def _columns(self, rows: list[Row]) -> None:
        """Write names in columns, as many as the terminal has room for."""
        texts = [self._output.text(text) for text, _ in rows]
        widths = [_width(text) for text in texts]
        room = words.columns(sys.stdout)
        most = max(1, min(len(texts), room // (_GAP + 1)))
        for columns in range(most, 0, -1):
            lines = -(-len(texts) // columns)
            each = [
                max(widths[start : start + lines]) for start in range(0, len(texts), lines or 1)
            ]
            if columns == 1 or sum(each) + _GAP * (len(each) - 1) <= room - 1:
                break
        else:
            return
        for line in range(lines):
            cells = range(line, len(texts), lines)
            row = ""
            for column, cell in enumerate(cells):
                row += self._name(rows[cell][0], rows[cell][1])
                if cell + lines < len(texts):
                    row += " " * (each[column] - widths[cell] + _GAP)
            self._output.line(row)


class _Json(Rows):
    """One array of all names."""

    needs_stat = True

    def names(self, files: list[tuple[Name, Stat]]) -> None:
        """Write names that stand on the command line."""
        linked = _links_of(files)
        for name, stat in files:
            self.add(file_facts.facts(name, stat, next(linked) if stat.kind == LINK else None))

    def title(self, folder: Name, *, is_first: bool) -> None:
        """Each name says which directory it is in."""

    def folder(self, folder: Name, rows: list[Row]) -> None:
        """Write what is in a directory."""
        linked = _links_in(folder, rows)
        for text, stat in rows:
            known = stat or Stat("unknown")
            link = next(linked) if known.kind == LINK else None
            self.add(file_facts.facts(folder.below(text), known, link))


def _links_of(files: list[tuple[Name, Stat]]) -> Iterator[str | None]:
    """Yield what the links among names hold."""
    return file_facts.links(name for name, stat in files if stat.kind == LINK)


def _links_in(folder: Name, rows: list[Row]) -> Iterator[str | None]:
    """Yield what the links in a directory hold."""
    return file_facts.links(
        folder.below(text) for text, stat in rows if stat is not None and stat.kind == LINK
    )


def _width(text: str) -> int:
    """Return how many columns of a terminal a text takes."""
    if text.isascii():
        return len(text)
    from unicodedata import combining, east_asian_width

    return sum(
        0 if combining(letter) else 2 if east_asian_width(letter) in _WIDE else 1 for letter in text
    )
