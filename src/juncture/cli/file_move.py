"""`juncture file mv`: a rename in one place, else a copy, after which the source is removed."""

from __future__ import annotations

from juncture.cli.file_copy import targets
from juncture.cli.file_places import Names
from juncture.cli.file_progress import progress
from juncture.saga.constants import OVERWRITE
from juncture.saga.exceptions import AlreadyExists, SagaException
from juncture.saga.stored import copying

TYPE_CHECKING = False
if TYPE_CHECKING:
    from juncture.cli.file_running import Run


def mv(run: Run) -> None:
    """Move names to a target."""
    options = run.options
    names = Names(run)
    moved = skipped = 0
    with progress(run) as shown:
        pairs = list(targets(run, names, names.find(options.target)))
        run.so_far = lambda: (
            f"{moved} of {len(pairs)} names were moved, the others are where they were;"
            " move these again"
        )
        for source, target in pairs:
            flags = OVERWRITE if options.replace else 0
            try:
                copying.move(source.place, target.place, flags, on_progress=shown.tell)
            except SagaException as error:
                if isinstance(error, AlreadyExists) and not options.replace:
                    skipped += 1
                else:
                    run.fail(error)
            else:
                moved += 1
                run.note(f"{source.text} -> {target.text}")
    if options.json:
        more = {"failed": run.failed, "failures": run.failures}
        run.print_json({"moved": moved, "skipped": skipped, **more})
