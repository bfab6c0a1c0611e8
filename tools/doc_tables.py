"""Write the tables of the documentation that the code knows better.

A page has `<!-- table: NAME -->`, and the table that follows is replaced by what the code says.
`tests/docs` fails while a page differs.

usage: python tools/doc_tables.py        rewrites the pages
"""

from __future__ import annotations

import re
from pathlib import Path

DOCS = Path(__file__).parents[1] / "docs"
MARK = re.compile(r"^(<!-- table: ([\w -]+) -->)\n+(?:\|.*\n)*\n*", re.MULTILINE)


def moves() -> list[tuple[str, ...]]:
    """The legal moves of an adaptor: a row for each state, a column for each move."""
    from juncture.runtime.lifecycle import MOVES, AdaptorState

    names = list(dict.fromkeys(move for _, move in MOVES))
    rows = [("state", *names)]
    for state in AdaptorState:
        following = (MOVES.get((state, name)) for name in names)
        cells = (f"`{after.value}`" if after else "" for after in following)
        rows.append((f"`{state.value}`", *cells))
    return rows


def statuses() -> list[tuple[str, ...]]:
    """Every exit status."""
    from juncture.runtime.outcome import EXIT_STATUSES

    rows = [("status", "kind", "means")]
    for kind, (status, meaning) in EXIT_STATUSES.items():
        rows.append(("n" if status is None else str(status), f"`{kind}`", meaning))
    return rows


def frames() -> list[tuple[str, ...]]:
    """Every frame of the wire protocol."""
    from juncture_client.protocol import FRAMES

    rows = [("kind", "code", "sent by", "fields")]
    for name, (code, sender, fields) in FRAMES.items():
        rows.append((f"`{name}`", str(code), sender, ", ".join(f"`{x}`" for x in fields)))
    return rows


def options(command: str) -> list[tuple[str, ...]]:
    """Every option of a command of the adaptor's command line."""
    from juncture.runtime.commandline import COMMANDS

    rows = [("option", "means")]
    for name, _, metavar, what in COMMANDS[tuple(command.split())][1]:
        rows.append((f"`{name} {metavar}`" if metavar else f"`{name}`", what))
    return rows


TABLES = {"moves": moves, "statuses": statuses, "frames": frames}


def table(name: str) -> list[tuple[str, ...]]:
    """Return a table: one of `TABLES`, or `options COMMAND`."""
    kind, _, argument = name.partition(" ")
    return options(argument) if argument else TABLES[kind]()


def markdown(rows: list[tuple[str, ...]]) -> str:
    """Return rows, the first of them the head, as a table."""
    head, *body = rows
    lines = [head, ("---",) * len(head), *body]
    return "".join("| " + " | ".join(line) + " |\n" for line in lines)


def updated(text: str) -> str:
    """Return a page with its tables as the code has them."""
    return MARK.sub(lambda found: f"{found[1]}\n\n{markdown(table(found[2]))}\n", text)


def main() -> None:
    """Rewrite every page that differs."""
    for page in sorted(DOCS.rglob("*.md")):
        text = page.read_text(encoding="utf-8")
        if updated(text) != text:
            page.write_text(updated(text), encoding="utf-8")
            print(page.relative_to(DOCS))


if __name__ == "__main__":
    main()
