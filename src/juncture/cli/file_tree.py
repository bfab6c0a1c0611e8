"""`juncture file tree`."""

from __future__ import annotations

import sys
from contextlib import nullcontext

from juncture.cli import file_facts, words
from juncture.cli.file_places import Names, children
from juncture.cli.json_rows import Rows, encoded
from juncture.saga.exceptions import SagaException
from juncture.saga.storage.values import DIRECTORY, LINK

TYPE_CHECKING = False
if TYPE_CHECKING:
    from juncture.cli.file_places import Name
    from juncture.cli.file_running import Run
    from juncture.saga.storage.values import Stat

    Child = tuple[str, Stat, "str | None"]

_LINES = ("\u251c\u2500\u2500 ", "\u2514\u2500\u2500 ", "\u2502   ")
_PLAIN = ("|-- ", "`-- ", "|   ")
_SPACE = "    "


def tree(run: Run) -> None:
    """Draw what is below directories, a line for each name."""
    with Rows() if run.options.json else nullcontext() as rows:
        for name in Names(run).each(run.options.urls):
            try:
                known = name.stat()
            except SagaException as error:
                run.fail(error)
                continue
            if rows is None:
                _Drawing(run).draw(name, known)
            else:
                _write(run, rows.begin(), name, (known, None), 0)


def _children(run: Run, folder: Name, depth: int) -> list[Child]:
    """Return what is in a directory, in order; one that cannot be read is a failure."""
    options = run.options
    if options.depth is not None and depth >= options.depth:
        return []
    try:
        rows = children(run, folder, hidden=options.all)
        rows.sort(key=lambda row: row[0])
        linked = file_facts.links(
            folder.below(text) for text, stat in rows if stat is not None and stat.kind == LINK
        )
        return [
            (text, stat, next(linked) if stat.kind == LINK else None)
            for text, stat in rows
            if stat is not None
        ]
    except SagaException as error:
        run.fail(error)
        return []


def _write(run: Run, before: str, name: Name, known: tuple[Stat, str | None], depth: int) -> None:
    """Write the object of a name, and those of its children in it.

    What goes before it is written with it: an interrupt must not come between the two.
    """
    text = encoded(file_facts.facts(name, *known))
    if known[0].kind != DIRECTORY:
        sys.stdout.write(before + text)
        return
    sys.stdout.write(f'{before}{text[:-1]}, "children": [')
    margin = "\n" + _SPACE * (depth + 1)
    between = margin
    try:
        for text, stat, link in _children(run, name, depth):
            _write(run, between, name.below(text), (stat, link), depth + 1)
            between = f",{margin}"
    finally:
        sys.stdout.write("]}")


class _Drawing:
    def __init__(self, run: Run) -> None:
        self._run = run
        self._output = words.Output()
        speaks = not self._output.is_exact and words.speaks_utf8(sys.stdout)
        # A pipe gets UTF-8 as names do.
        self._branch, self._last, self._down = _LINES if speaks or self._output.is_exact else _PLAIN
        self._counts = {True: 0, False: 0}

    def draw(self, name: Name, known: Stat) -> None:
        """Write a directory, what is below it, and how much that is."""
        self._output.line(self._text(name.text, known, None))
        if known.kind == DIRECTORY:
            self._draw_below(name, "", 0)
        folders, files = self._counts[True], self._counts[False]
        self._output.line("")
        self._output.line(
            f"{folders} {'directory' if folders == 1 else 'directories'}, "
            f"{files} {'file' if files == 1 else 'files'}"
        )

    def _draw_below(self, folder: Name, margin: str, depth: int) -> None:
        found = _children(self._run, folder, depth)
        for number, (text, stat, link) in enumerate(found, 1):
            is_last = number == len(found)
            is_folder = stat.kind == DIRECTORY
            self._counts[is_folder] += 1
            mark = self._last if is_last else self._branch
            self._output.line(f"{margin}{mark}{self._text(text, stat, link)}")
            if is_folder:
                below = margin + (_SPACE if is_last else self._down)
                self._draw_below(folder.below(text), below, depth + 1)

    def _text(self, text: str, stat: Stat, link: str | None) -> str:
        shown = self._output.text(text)
        if self._output.is_colourful:
            shown = file_facts.coloured(shown, stat)
        if stat.kind == LINK:
            shown += f" -> {self._output.text(link or '?')}"
        return shown
