"""`juncture file rm` and `juncture file mkdir`."""

from __future__ import annotations

from typing import Any

from juncture.cli.file_places import Names
from juncture.cli.file_running import usage
from juncture.saga.constants import CREATE_PARENTS
from juncture.saga.exceptions import BadParameter, DoesNotExist, SagaException
from juncture.saga.storage.making import make_dir
from juncture.saga.storage.values import DIRECTORY

TYPE_CHECKING = False
if TYPE_CHECKING:
    from juncture.cli.file_places import Name
    from juncture.cli.file_running import Run


def rm(run: Run) -> None:
    """Remove names."""
    options = run.options
    done: list[str] = []
    run.so_far = lambda: (
        f"{len(done)} names were removed, and what was in the one after them in part"
    )
    names = list(Names(run).each(options.urls))
    for name in names:
        # Before anything is removed: half of such a command is no better than all of it.
        if name.is_root and not options.no_preserve_root:
            raise usage(
                f"`{name.text}` is the root of {name.store.name or 'its tree'}, or your home"
                " there, and stays",
                "`--no-preserve-root` removes all that is below it",
            )
        if name.spelled.rstrip("/").rpartition("/")[2] in {".", ".."}:
            raise usage(f"`{name.text}` is where you are, or above it, and stays")
    for name in names:
        try:
            _remove(run, name)
        except DoesNotExist as error:
            if not options.force:
                run.fail(error)
        except SagaException as error:
            run.fail(error)
        else:
            done.append(name.text)
            run.note(f"removed {name.text}")
    _end(run, "removed", done)


def _remove(run: Run, name: Name) -> None:
    store = name.store
    kind = name.stat(follow=False).kind
    if kind != DIRECTORY:
        if name.spelled.endswith("/"):
            raise BadParameter(f"`{name.text}` is a {kind}, and no directory")
        store.remove(name.path)
    elif not run.options.recursive:
        raise BadParameter(
            f"`{name.text}` is a directory", hint="`-r` removes it with all that is in it"
        )
    elif name.is_root:
        for below in list(store.names(name.path)):
            try:
                _remove(run, name.below(below))
            except SagaException as error:
                run.fail(error)
    else:
        store.remove_tree(name.path)


def mkdir(run: Run) -> None:
    """Make directories."""
    options = run.options
    names = Names(run)
    done: list[str] = []
    for text in options.urls:
        try:
            name = names.find(text)
            make_dir(name.store, name.path, CREATE_PARENTS if options.parents else 0)
        except DoesNotExist as error:
            run.fail(DoesNotExist(error.message, hint="`-p` makes missing parents, too"))
        except SagaException as error:
            run.fail(error)
        else:
            done.append(name.text)
            run.note(f"made {name.text}")
    _end(run, "made", done)


def _end(run: Run, what: str, done: list[Any]) -> None:
    if run.options.json:
        run.print_json({what: done, "failed": run.failed, "failures": run.failures})
