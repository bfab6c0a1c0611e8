"""`juncture file cp`: copies of files and directories between any two places."""

from __future__ import annotations

from typing import Any

from juncture.cli.file_cat import pieces, take_in, write_out
from juncture.cli.file_notes import Notes
from juncture.cli.file_options import ALGORITHM
from juncture.cli.file_places import STREAM, Name, Names, is_directory
from juncture.cli.file_progress import progress
from juncture.cli.file_running import usage
from juncture.saga.exceptions import AlreadyExists, BadParameter, DoesNotExist, SagaException
from juncture.saga.storage import tree
from juncture.saga.storage.transfer import Request, Transfer
from juncture.saga.storage.values import DIRECTORY

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from juncture.cli.file_running import Run
    from juncture.saga.storage.values import Stat


class Copy:
    """One source and the name that it gets.

    Args:
        source: The source.
        target: The name.
        request: The same for a transfer.
    """

    __slots__ = ("request", "source", "target")

    def __init__(self, source: Name, target: Name, request: Request) -> None:
        self.source = source
        self.target = target
        self.request = request


def cp(run: Run) -> None:
    """Copy names to a target."""
    options = run.options
    options.recursive |= options.archive
    names = Names(run)
    if STREAM in options.urls or options.target == STREAM:
        _stream(run, names)
        return
    target = names.find(options.target)
    notes = Notes(target) if options.recursive else None
    begun = None if notes is None else notes.begun
    pairs = list(targets(run, names, target, begun))
    copies = [Copy(source, target, _request(source, target, options)) for source, target in pairs]
    if options.dry_run:
        _rehearse(run, copies)
    else:
        _copy(run, copies, notes)


def targets(
    run: Run, names: Names, target: Name, begun: Callable[[Name], Name | None] | None
) -> Iterator[tuple[Name, Name]]:
    """Yield each source with the name that it gets; what cannot be is a failure of that source.

    Args:
        run: The command.
        names: Finds names.
        target: What stands at the end of the command line.
        begun: Says where a source was being brought to when that was interrupted, or None.

    Raises:
        UsageError: several sources, and a target that is no directory.
    """
    options = run.options
    sources = list(names.each(options.urls))
    into = is_directory(target) or (target.is_folder and target.makes_parents)
    if not into and (len(options.urls) > 1 or len(sources) > 1):
        raise usage(
            f"`{target.text}` is no directory, and there are {max(len(sources), 2)} sources for it",
            "`juncture file mkdir` makes one",
        )
    for source in sources:
        found = target
        try:
            earlier = None if begun is None else begun(source)
            if earlier is not None:
                found = earlier
            elif into and not source.means_content:
                found = target.below(_own_name(source))
                _check_room(source, found)
            elif target.is_folder and not into and not is_directory(source):
                raise DoesNotExist(f"`{target.text}` is no directory that is there")
        except SagaException as error:
            run.fail(error)
            continue
        yield source, found


def _own_name(source: Name) -> str:
    name = source.place.name
    if not name:
        raise BadParameter(
            f"`{source.text}` has no name of its own that its copy could get",
            hint="name what is in it with a `/.` at the end, or give a target that is not there",
        )
    return name


def _check_room(source: Name, target: Name) -> None:
    """Raise AlreadyExists when a file would take the place of a directory."""
    if is_directory(target) and not is_directory(source):
        raise AlreadyExists(f"`{target.text}` is a directory, and `{source.text}` is none")


def _request(source: Name, target: Name, options: Any) -> Request:
    # As with `cp`, a link on the command line is followed unless directories are copied.
    dereference = options.dereference or not options.recursive
    return Request(
        source.store,
        source.path,
        target.store,
        target.path,
        replace=options.replace,
        recursive=options.recursive,
        dereference=dereference,
        make_parents=target.makes_parents,
        merge=True,
    )


# Copying ----------------------------------------------------------------------------------------


def _copy(run: Run, copies: list[Copy], notes: Notes | None) -> None:
    options = run.options
    checksum = ALGORITHM if options.checksum else None
    outcomes = _Outcomes(run, copies, notes)
    with progress(run) as shown:
        for copy in copies:
            if notes is not None:
                notes.begin(copy.source, copy.target, copy.request, checksum)
                if options.verbose:
                    _tell_names(run, copy)
        transfer = Transfer(
            [copy.request for copy in copies],
            checksum=checksum,
            on_progress=shown.tell,
            on_outcome=outcomes.take,
        )
        if copies:
            transfer.run()
    if options.json:
        run.print_json(summary(run, shown.last, skipped=outcomes.skipped))


class _Outcomes:
    """Tells what became of copies as they end.

    Args:
        run: The command.
        copies: What it copies.
        notes: Those of directories that are being copied.
    """

    def __init__(self, run: Run, copies: list[Copy], notes: Notes | None) -> None:
        self._run = run
        self._copies = {id(copy.request): copy for copy in copies}
        self._notes = notes
        self.skipped = 0
        """How many names were there and left alone, as `-n` asks for."""

    def take(self, request: Request, error: SagaException | None) -> None:
        """Take what became of one."""
        copy = self._copies[id(request)]
        failures = self._failures(error)
        if failures and not request.recursive and is_directory(copy.source):
            failures = [_needs_recursive(copy.source)]
        for each in failures:
            self._run.fail(each)
        if error is None:
            self._run.note(f"{copy.source.text} -> {copy.target.text}")
        if self._notes is not None and not failures:
            self._notes.end(copy.source, request)

    def _failures(self, error: SagaException | None) -> list[SagaException]:
        if error is None:
            return []
        if self._run.options.replace:
            return [error]
        all_: Iterable[SagaException] = getattr(error, "failures", ()) or (error,)
        left = [each for each in all_ if not isinstance(each, AlreadyExists)]
        self.skipped += getattr(error, "count", 1) - len(left)
        return left


def _tell_names(run: Run, copy: Copy) -> None:
    """Have the names below a directory printed as their copies begin."""
    from functools import partial

    before = copy.request.walk

    def walk(request: Request, target: str) -> Iterator[tuple[str, Stat | SagaException]]:
        walked = partial(before, request, target) if before else partial(_all, request)
        for below, found in walked():
            if not isinstance(found, SagaException):
                run.note(f"{copy.source.text_below(below)} -> {copy.target.text_below(below)}")
            yield below, found

    copy.request.walk = walk


def _all(request: Request) -> Iterator[tuple[str, Stat | SagaException]]:
    return tree.walk(request.source_store, request.source, dereference=request.dereference)


def summary(run: Run, last: Any, **more: Any) -> dict[str, Any]:
    """Return what `--json` has for copies."""
    return {
        "names_done": last.files_done,
        "names_total": last.files_total,
        "bytes_done": last.bytes_done,
        "seconds": round(last.seconds, 3),
        **more,
        "failed": run.failed,
        "failures": run.failures,
    }


def _rehearse(run: Run, copies: list[Copy]) -> None:
    """Print what would be copied."""
    from juncture.cli import words

    output = words.Output()
    found: list[dict[str, Any]] = []
    for copy in copies:
        for below, stat in _planned(copy, run):
            source = copy.source.text_below(below) if below else copy.source.text
            target = copy.target.text_below(below) if below else copy.target.text
            if run.options.json:
                size = stat.size_bytes
                found.append(
                    {"source": source, "target": target, "kind": stat.kind, "size_bytes": size}
                )
            else:
                output.line(f"{output.text(source)} -> {output.text(target)}")
    if run.options.json:
        run.print_json({"copies": found, "failed": run.failed, "failures": run.failures})


def _planned(copy: Copy, run: Run) -> Iterator[tuple[str, Stat]]:
    request = copy.request
    try:
        stat = copy.source.stat(follow=request.dereference)
    except SagaException as error:
        run.fail(error)
        return
    if stat.kind == DIRECTORY and not request.recursive:
        run.fail(_needs_recursive(copy.source))
        return
    names: list[tuple[str, Stat]] = []
    if stat.kind != DIRECTORY:
        names.append(("", stat))
    else:
        yield "", stat
        for below, found in tree.walk(
            request.source_store, request.source, dereference=request.dereference
        ):
            if isinstance(found, SagaException):
                run.fail(found)
            else:
                names.append((below, found))
    for below, found in names:
        path = tree.child(request.target, below) if below else request.target
        if request.replace or found.kind == DIRECTORY or not request.target_store.exists(path):
            yield below, found


def _needs_recursive(source: Name) -> SagaException:
    return BadParameter(f"`{source.text}` is a directory", hint="`-r` copies directories")


# Streams ----------------------------------------------------------------------------------------


def _stream(run: Run, names: Names) -> None:
    options = run.options
    if len(options.urls) > 1 or options.urls[0] == options.target or options.dry_run:
        raise usage("`-` is one source or the target, alone and not in a dry run")
    if options.target == STREAM and options.json:
        raise usage("standard output holds the file or JSON, not both", "`cat --json` has both")
    try:
        if options.target == STREAM:
            for source in names.each(options.urls):
                write_out(pieces(source))
            return
        target = names.find(options.target)
        sent = take_in(target, replace=options.replace)
    except AlreadyExists as error:
        if options.replace:
            run.fail(error)
        return
    except SagaException as error:
        run.fail(error)
        return
    run.note(f"- -> {target.text}")
    if options.json:
        run.print_json(
            {"bytes_done": sent, "target": target.text, "failed": 0, "failures": run.failures}
        )
