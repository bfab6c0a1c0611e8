"""`juncture file stat`."""

from __future__ import annotations

from contextlib import nullcontext

from juncture.cli import file_facts, words
from juncture.cli.file_places import Names, stats
from juncture.cli.json_rows import Rows
from juncture.saga.exceptions import SagaException
from juncture.saga.storage.values import LINK

TYPE_CHECKING = False
if TYPE_CHECKING:
    from juncture.cli.file_places import Name
    from juncture.cli.file_running import Run
    from juncture.saga.storage.values import Stat

_K = 1024


def stat(run: Run) -> None:
    """Show what is known about names."""
    output = words.Output()
    names = stats(Names(run).each(run.options.urls), follow=run.options.dereference)
    with Rows() if run.options.json else nullcontext() as rows:
        for name, known in names:
            if isinstance(known, SagaException):
                run.fail(known)
            elif rows is not None:
                rows.add(file_facts.facts(name, known, file_facts.link(name, known)))
            else:
                for line in _lines(name, known):
                    output.line(output.text(line))


def _lines(name: Name, known: Stat) -> list[str]:
    size = file_facts.length(known)
    rows = [("name", name.text), ("url", name.url), ("kind", known.kind)]
    if size is not None:
        exactly = "1 byte" if size == 1 else f"{size} bytes"
        rows.append(("size", exactly if size < _K else f"{exactly} ({words.size(size)})"))
    rows.append(("changed", file_facts.exactly_when(known)))
    if known.mode is not None:
        rows.append(("mode", f"{known.mode:04o} ({file_facts.mode(known)})"))
    rows += [("owner", known.owner or "-"), ("group", known.group or "-")]
    if known.kind == LINK:
        rows.append(("link to", file_facts.link(name, known) or "?"))
    if known.version is not None:
        rows.append(("version", known.version))
    return [f"{label:>8}: {text}" for label, text in rows]
