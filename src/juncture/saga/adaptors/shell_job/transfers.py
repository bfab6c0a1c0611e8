"""The files of a job on their way: through the copy engine, from any store to any other.

What is copied takes its name when all of it has arrived; what is appended is read to its end first.
Several copies are done together, but never past an append or a name that comes twice, so that the
order of the directives counts. Each may be done more than once: a client that is killed leaves it
to the next, and only copies may be repeated without a trace.
"""

from __future__ import annotations

import os
import posixpath

from juncture.saga.exceptions import BadParameter, DoesNotExist, NoSuccess, SagaException
from juncture.saga.storage import paths, tree
from juncture.saga.storage.making import make_parents
from juncture.saga.storage.transfer import Request, Transfer
from juncture.saga.storage.values import DIRECTORY
from juncture.saga.stored import places
from juncture.saga.stored.adaptor import adaptor_for
from juncture.saga.url import Url

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from typing import Any

    from juncture.saga.adaptors.shell_job.staging import Directive
    from juncture.saga.storage.progress import Progress
    from juncture.saga.storage.store import Store

    End = tuple[Store, str]

_PIECE_BYTES = 1 << 18
_KEPT_BYTES = 1 << 23
_TOLD = 3
_UNITS = ("B", "KiB", "MiB", "GiB", "TiB")
_K = 1024


def copy(
    directives: Iterable[Directive],
    host: Store,
    folder: str,
    session: Any,
    on_detail: Callable[[str | None], None],
) -> None:
    """Do what directives say.

    Args:
        directives: Those of one direction.
        host: The files of the job's host.
        folder: The job's working directory.
        session: With whose credentials URLs are opened.
        on_detail: Told now and then how far it is, in words.

    Raises:
        SagaException: something was not copied; everything else was.
    """
    failed: list[SagaException] = []

    def tell(progress: Progress) -> None:
        on_detail(_words(progress))

    for some in _groups(directives):
        ready: list[Request] = []
        for each in some:
            try:
                source, target = _ends(each, host, folder, session)
                if each.append:
                    _append(source, target)
                else:
                    ready.append(_request(each, source, target))
            except SagaException as error:
                failed.append(error)
        if ready:
            outcomes = Transfer(ready, on_progress=tell).run()
            failed += [outcome for outcome in outcomes if outcome is not None]
    if failed:
        _raise(failed)


def _groups(directives: Iterable[Directive]) -> Iterator[list[Directive]]:
    """Yield what may be done together, one lot after the other."""
    some: list[Directive] = []
    targets: set[str] = set()
    for each in directives:
        target = posixpath.normpath(each.remote if each.to_host else each.local)
        if some and (each.append or some[-1].append or target in targets):
            yield some
            some, targets = [], set()
        some.append(each)
        targets.add(target)
    if some:
        yield some


def _ends(directive: Directive, host: Store, folder: str, session: Any) -> tuple[End, End]:
    local = directive.local
    url = Url(local) if paths.is_url(local) else Url("file:///")
    place = places.opened(adaptor_for(url), url, session)
    here = (place.store, place.path if paths.is_url(local) else places.tidy(local))
    there = (host, places.tidy(os.path.join(folder, directive.remote)))
    return (here, there) if directive.to_host else (there, here)


def _request(directive: Directive, source: End, target: End) -> Request:
    store, path = source
    is_folder = store.stat(path).kind == DIRECTORY
    if not is_folder and directive.source.endswith("/"):
        raise BadParameter(f"`{path}` on {store.name} is no directory, as its `/` says")
    return Request(
        store,
        # A link to a directory is followed, links in directories are copied as they are.
        tree.resolved(store, path) if is_folder else path,
        *target,
        replace=True,
        recursive=is_folder,
        dereference=not is_folder,
        make_parents=True,
        merge=True,
    )


def _append(source: End, target: End) -> None:
    """Add a file to the end of another; both may be in any store."""
    from tempfile import SpooledTemporaryFile

    store, path = target
    with SpooledTemporaryFile(_KEPT_BYTES) as kept:
        reader = source[0].open_read(source[1])
        try:
            while data := reader.read(_PIECE_BYTES):
                kept.write(data)
        finally:
            reader.close()
        kept.seek(0)
        make_parents(store, path)
        writer = store.open_write(path, append=_is_there(store, path))
        try:
            while data := kept.read(_PIECE_BYTES):
                writer.write(data)
            writer.close()
        except BaseException:
            writer.abort()
            raise


def _is_there(store: Store, path: str) -> bool:
    try:
        return store.stat(path).kind != ""
    except DoesNotExist:
        return False


def _raise(failed: list[SagaException]) -> None:
    if len(failed) == 1:
        raise failed[0]
    told = "; ".join(error.message for error in failed[:_TOLD])
    more = f"; and {len(failed) - _TOLD} more" if len(failed) > _TOLD else ""
    kinds = {type(error) for error in failed}
    kind = type(failed[0]) if len(kinds) == 1 else NoSuccess
    raise kind(f"{told}{more}") from failed[0]


def _words(progress: Progress) -> str:
    done, total = _size(progress.bytes_done), _size(progress.bytes_total)
    return f"{progress.files_done} of {progress.files_total} names are copied, {done} of {total}"


def _size(number: float) -> str:
    for unit in _UNITS[:-1]:
        if number < _K:
            return f"{number:.0f} {unit}" if unit == "B" else f"{number:.1f} {unit}"
        number /= _K
    return f"{number:.1f} {_UNITS[-1]}"
