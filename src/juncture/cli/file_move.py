"""`juncture file mv`: a rename in one place, else a copy, after which the source is removed."""

from __future__ import annotations

from functools import partial

from juncture.cli.file_copy import targets
from juncture.cli.file_places import Names, is_directory
from juncture.cli.file_progress import progress
from juncture.saga.constants import CREATE_PARENTS, OVERWRITE
from juncture.saga.exceptions import AlreadyExists, SagaException
from juncture.saga.stored import moving

TYPE_CHECKING = False
if TYPE_CHECKING:
    from juncture.cli.file_places import Name
    from juncture.cli.file_running import Run


def mv(run: Run) -> None:
    """Move names to a target."""
    options = run.options
    names = Names(run)
    moved = skipped = 0
    with progress(run) as shown:
        target = names.find(options.target)
        pairs = list(targets(run, names, target, partial(_begun, target)))
        run.so_far = lambda: (
            f"{moved} of {len(pairs)} names were moved, the others are where they were;"
            " move these again"
        )
        for source, to in pairs:
            flags = OVERWRITE if options.replace else 0
            flags |= CREATE_PARENTS if to.makes_parents else 0
            try:
                moving.move_as(source.place, to.place, flags, shown.tell)
            except SagaException as error:
                if isinstance(error, AlreadyExists) and not options.replace:
                    skipped += 1
                else:
                    run.fail(error)
            else:
                moved += 1
                run.note(f"{source.text} -> {to.text}")
    if options.json:
        more = {"failed": run.failed, "failures": run.failures}
        run.print_json({"moved": moved, "skipped": skipped, **more})


def _begun(target: Name, source: Name) -> Name | None:
    """Return the name to which a move that was stopped was bringing a source, or None."""
    if not is_directory(target):
        return None
    for name in (target, target.below(source.place.name)):
        if moving.is_begun(source.place, name.place):
            return name
    return None
