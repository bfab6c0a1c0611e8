"""`juncture file sync`: make one directory like another."""

from __future__ import annotations

from typing import Any

from juncture.cli import words
from juncture.cli.file_copy import summary
from juncture.cli.file_options import ALGORITHM
from juncture.cli.file_places import Names
from juncture.cli.file_progress import progress
from juncture.saga.exceptions import SagaException
from juncture.saga.storage.sync import Sync
from juncture.saga.stored.copying import check_apart

TYPE_CHECKING = False
if TYPE_CHECKING:
    from juncture.cli.file_running import Run
    from juncture.saga.storage.sync import Change


def sync(run: Run) -> None:
    """Copy what is new or has changed, and with `--delete` remove the rest."""
    options = run.options
    names = Names(run)
    source, target = names.find(options.source), names.find(options.target)
    check_apart(source.place, target.place, "copied")
    changes: list[dict[str, Any]] = []

    def tell(change: Change) -> None:
        if options.json:
            changes.append(_facts(change))
        else:
            run.note(f"{change.what:>7} {change.path}")

    asked = Sync(
        source.store,
        source.path,
        target.store,
        target.path,
        checksum=ALGORITHM if options.checksum else None,
        delete=options.delete,
        dereference=options.dereference,
        make_parents=target.makes_parents,
        on_change=tell if options.json or options.verbose else None,
    )
    if options.dry_run:
        _rehearse(run, asked)
        return
    with progress(run) as shown:
        error = asked.run(shown.tell)
        if error is not None:
            run.fail(error)
    if options.json:
        run.print_json(summary(run, shown.last, changes=changes))


def _rehearse(run: Run, asked: Sync) -> None:
    output = words.Output()
    found: list[dict[str, Any]] = []
    for change in asked.changes():
        if isinstance(change, SagaException):
            run.fail(change)
        elif run.options.json:
            found.append(_facts(change))
        else:
            output.line(f"{change.what:>7} {output.text(change.path)}")
    if run.options.json:
        run.print_json({"changes": found, "failed": run.failed, "failures": run.failures})


def _facts(change: Change) -> dict[str, Any]:
    return {
        "what": change.what,
        "path": change.path,
        "kind": change.kind,
        "size_bytes": change.size_bytes,
    }
