"""Make one directory like another: what is new or changed is copied, and nothing else.

A file has changed if its length or its time is another; with a checksum, if its content is. Times
are compared as exactly as the coarser of the two back ends keeps them. Where the target keeps no
times, a copy that is younger than its source counts as unchanged.

What is not in the source is removed from the target only if that is asked for, only after all else
was copied, and only in directories of the source that could be read to their end.
"""

from __future__ import annotations

import time
from functools import partial
from itertools import chain, islice

from juncture.saga.exceptions import AlreadyExists, BadParameter, DoesNotExist, SagaException
from juncture.saga.storage import rsync, tree
from juncture.saga.storage.failures import Canceled, as_saga
from juncture.saga.storage.parts import is_part
from juncture.saga.storage.pipe import Stop
from juncture.saga.storage.progress import Progress, Stages
from juncture.saga.storage.retries import entries, retried
from juncture.saga.storage.sync_alike import Theirs, is_as_old
from juncture.saga.storage.transfer import Transfer
from juncture.saga.storage.transfer_plan import MOST_FAILURES, Incomplete, Request
from juncture.saga.storage.values import DIRECTORY, FILE, LINK, TIMES
from juncture.saga.task.errors import CallerError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import TypeGuard

    from juncture.saga.storage.store import Store
    from juncture.saga.storage.values import Stat

    Found = tuple[str, "Stat | SagaException"]
    Answers = Iterator[str | SagaException]

_AT_ONCE = 256

NEW = "new"
CHANGED = "changed"
REMOVED = "removed"


class Change:
    """What there is to do for one name.

    Args:
        what: NEW, CHANGED or REMOVED.
        path: The name, relative to both directories.
        kind: FILE, DIRECTORY, LINK or OTHER.
        size_bytes: How much there is to copy.
    """

    __slots__ = ("kind", "path", "size_bytes", "what")

    def __init__(self, what: str, path: str, kind: str, size_bytes: int = 0) -> None:
        self.what = what
        self.path = path
        self.kind = kind
        self.size_bytes = size_bytes

    def __repr__(self) -> str:
        return f"<Change {self.what} {self.kind} {self.path!r}>"


class Sync:
    """One directory that is to become like another.

    Args:
        source_store: Where it is.
        source: The directory.
        target_store: Where it shall be.
        target: The directory that gets the content; it is made if it is not there.
        checksum: An algorithm by which contents are compared; None: by length and time.
        delete: Whether what is not in the source is removed.
        dereference: Whether what links lead to is copied in their place.
        make_parents: Whether directories that the target is to be in are made.
        on_change: Called by `run` with what it is about to do for each name, on any thread.
    """

    def __init__(
        self,
        source_store: Store,
        source: str,
        target_store: Store,
        target: str,
        *,
        checksum: str | None = None,
        delete: bool = False,
        dereference: bool = False,
        make_parents: bool = False,
        on_change: Callable[[Change], None] | None = None,
    ) -> None:
        self._source = source_store
        self._from = source.rstrip("/") or "/"
        self._target = target_store
        self._to = target.rstrip("/") or "/"
        self._checksum = checksum
        self._delete = delete
        self._dereference = dereference
        self._make_parents = make_parents
        self._on_change = on_change
        self._stop = Stop()
        self._stages = Stages(None)
        self._uses_rsync = False
        self._deltas: list[tuple[str, Stat]] = []
        self._extra: list[tuple[str, str]] = []

    def changes(self) -> Iterator[Change | SagaException]:
        """Yield what `run` would do, and change nothing; exceptions are what it would fail at.

        Raises:
            DoesNotExist: the source is not there.
            BadParameter: it is no directory.
        """
        self._check_source()
        for path, found, what in self._compared(None):
            self._stop.check()
            if isinstance(found, SagaException):
                yield found
            else:
                yield Change(what, path, found.kind, found.size_bytes or 0)
        self._stop.check()
        for path, kind in self._extra:
            yield Change(REMOVED, path, kind)

    def run(self, on_progress: Callable[[Progress], None] | None = None) -> SagaException | None:
        """Copy and remove; return None, or why not all was done."""
        try:
            self._check_source()
        except SagaException as error:
            return error
        request = Request(
            self._source,
            self._from,
            self._target,
            self._to,
            replace=True,
            recursive=True,
            dereference=self._dereference,
            make_parents=self._make_parents,
            merge=True,
            walk=self.walk,
        )
        self._deltas = []
        self._stages = Stages(on_progress)
        self._uses_rsync = rsync.is_usable(self._source, self._target)
        outcome = self._copy([request])[0]
        failures = [] if outcome is None else [outcome]
        failures += self._updated()
        if not failures:
            failures += self._removed()
        if outcome is not None and len(failures) == 1:
            return outcome
        for failure in failures:
            if isinstance(failure, Canceled):
                return failure
        return Incomplete(request, failures[:MOST_FAILURES], len(failures)) if failures else None

    def _check_source(self) -> None:
        if retried(lambda: self._source.stat(self._from)).kind != DIRECTORY:
            raise BadParameter(f"`{self._from}` on {self._source.name} is no directory")

    def _copy(self, requests: list[Request]) -> list[SagaException | None]:
        told = self._stages.begin()
        transfer = Transfer(requests, checksum=self._checksum, on_progress=told)
        self._stop.add(transfer.cancel)
        try:
            return transfer.run()
        finally:
            self._stop.drop(transfer.cancel)

    def _updated(self) -> list[SagaException]:
        """Send what has changed of large files, and copy those whole for which that fails."""
        if not self._deltas:
            return []
        left = self._rsynced()
        requests = [
            Request(
                self._source,
                tree.child(self._from, path),
                self._target,
                tree.child(self._to, path),
                replace=True,
                dereference=self._dereference,
            )
            for path, _ in left
        ]
        outcomes = self._copy(requests) if requests else []
        return [outcome for outcome in outcomes if outcome is not None]

    def _rsynced(self) -> list[tuple[str, Stat]]:
        """Send what has changed, and return those files that are still to be copied."""
        begun = time.monotonic()
        sides = (self._source, self._from), (self._target, self._to)
        tell = self._stages.begin()
        if tell is None:
            return rsync.update(*sides, self._deltas, self._stop)
        files, size = len(self._deltas), _size(self._deltas)

        def told(done: int, files_done: int = 0) -> None:
            seconds = time.monotonic() - begun
            try:
                tell(Progress(files_done, files, min(done, size), size, seconds, self._to))
            except Exception as error:
                raise CallerError("on_progress", error) from error

        left = rsync.update(*sides, self._deltas, self._stop, told)
        # What is left counts where it is copied.
        self._stages.files_later, self._stages.bytes_later = len(left), _size(left)
        files, size = files - len(left), size - _size(left)
        told(size, files)
        return left

    def cancel(self) -> None:
        """Have `run` end soon, from any thread."""
        self._stop.set()

    def walk(self, request: Request, target: str) -> Iterator[Found]:
        """Yield what is to be copied, for a request."""
        del request
        for path, found, what in self._compared(target):
            if not isinstance(found, SagaException):
                self._tell(what, path, found.kind, found.size_bytes or 0)
            if self._is_delta(found, what):
                self._deltas.append((path, found))
                self._stages.files_later += 1
                self._stages.bytes_later += found.size_bytes or 0
            else:
                yield path, found

    def _is_delta(self, found: Stat | SagaException, what: str) -> TypeGuard[Stat]:
        return (
            self._uses_rsync
            and what == CHANGED
            and not isinstance(found, SagaException)
            and found.kind == FILE
            and (found.size_bytes or 0) >= rsync.SMALLEST_BYTES
        )

    def _tell(self, what: str, path: str, kind: str, size_bytes: int = 0) -> None:
        if self._on_change is not None:
            self._on_change(Change(what, path, kind, size_bytes))

    def _removed(self) -> Iterator[SagaException]:
        for path, kind in self._extra:
            try:
                self._stop.check()
                self._tell(REMOVED, path, kind)
                self._remove(tree.child(self._to, path), kind)
            except Exception as error:  # noqa: BLE001 - one name of many
                yield as_saga(error, tree.child(self._to, path), self._target.name)

    def _remove(self, path: str, kind: str) -> None:
        try:
            if kind == DIRECTORY:
                self._target.remove_tree(path)
            else:
                self._target.remove(path)
        except DoesNotExist:
            return

    # What differs -------------------------------------------------------------------------------

    def _compared(self, target: str | None) -> Iterator[tuple[str, Stat | SagaException, str]]:
        """Yield what is to be copied, each directory before what is in it.

        Args:
            target: The directory that may be changed, or None when nothing is.
        """
        self._extra = []
        real = tree.resolved(self._source, self._from) if self._dereference else ""
        waiting = [("", real, True)]
        while waiting and not self._stop.asked:  # whoever asked sees what that means
            folder, real, is_there = waiting.pop()
            try:
                theirs = Theirs(self._there(folder) if is_there else {})
                alike: list[tuple[str, Stat]] = []
                links: list[tuple[str, Stat]] = []
                for name, stat, where in self._here(folder, real):
                    path = f"{folder}/{name}" if folder else name
                    other = theirs.take(name, partial(self._is_there, path))
                    found, what = self._judged(path, stat, other, target)
                    if what:
                        yield path, found, what
                    if isinstance(found, SagaException):
                        continue
                    if not what and found.kind in {FILE, LINK}:
                        (alike if found.kind == FILE else links).append((path, found))
                    if found.kind == DIRECTORY:
                        waiting.append((path, where, other is not None and other.kind == DIRECTORY))
                for path, stat in chain(self._other_text(links), self._other_content(alike)):
                    yield path, stat, CHANGED
                self._keep_extra(folder, theirs.left)
            except Exception as error:  # noqa: BLE001 - one directory of many
                place = tree.child(self._from, folder) if folder else self._from
                yield folder, as_saga(error, place, self._source.name), CHANGED

    def _judged(
        self, path: str, stat: Stat | SagaException, other: Stat | None, target: str | None
    ) -> tuple[Stat | SagaException, str]:
        """Return what to copy for a name, and NEW, CHANGED, or nothing if both are alike."""
        if isinstance(stat, SagaException) or other is None:
            return stat, NEW
        if stat.kind != other.kind:
            return self._other_kind(path, stat, other, target), CHANGED
        return stat, "" if self._is_alike(stat, other) else CHANGED

    def _here(self, folder: str, real: str) -> Iterator[tuple[str, Stat | SagaException, str]]:
        place = tree.child(self._from, folder) if folder else self._from
        for name, known in entries(self._source, place):
            path = tree.child(place, name)
            stat: Stat | SagaException = known or self._source.stat(path, follow=False)
            where = ""
            if self._dereference:
                stat, where = tree.followed(self._source, path, stat, real)
            yield name, stat, where

    def _there(self, folder: str) -> dict[str, Stat]:
        place = tree.child(self._to, folder) if folder else self._to
        try:
            return {
                name: known or self._target.stat(tree.child(place, name), follow=False)
                for name, known in entries(self._target, place)
            }
        except DoesNotExist:
            return {}

    def _is_there(self, path: str) -> bool:
        return retried(lambda: self._target.exists(tree.child(self._to, path)))

    def _keep_extra(self, folder: str, theirs: dict[str, Stat]) -> None:
        if self._delete:
            for name, stat in theirs.items():
                # A part may be one that somebody is writing.
                if not is_part(name):
                    self._extra.append((f"{folder}/{name}" if folder else name, stat.kind))

    def _other_kind(
        self, path: str, stat: Stat, other: Stat, target: str | None
    ) -> Stat | SagaException:
        """Make room for a name that is another kind of thing in the target."""
        place = tree.child(self._to, path)
        if DIRECTORY in {stat.kind, other.kind} and not self._delete:
            text = f"`{place}` on {self._target.name} is a {other.kind}, and a {stat.kind} in"
            return AlreadyExists(
                f"{text} `{self._from}`", hint="it is removed if you ask for deletion"
            )
        if target is not None and DIRECTORY in {stat.kind, other.kind}:
            try:
                self._remove(place, other.kind)
            except SagaException as error:
                return error
        return stat

    def _is_alike(self, stat: Stat, other: Stat) -> bool:
        if stat.kind != FILE:
            return stat.kind in {DIRECTORY, LINK}  # the texts of links are compared together
        if stat.size_bytes is None or stat.size_bytes != other.size_bytes:
            return False
        return self._checksum is not None or is_as_old(
            stat.mtime, other.mtime, kept=TIMES in self._target.traits
        )

    def _other_text(self, links: list[tuple[str, Stat]]) -> Iterator[tuple[str, Stat]]:
        return self._differing(links, lambda store, paths: store.read_link_many(paths))

    def _other_content(self, files: list[tuple[str, Stat]]) -> Iterator[tuple[str, Stat]]:
        how = self._checksum
        if how is None:
            return iter(())
        return self._differing(files, lambda store, paths: store.checksum_many(paths, how))

    def _differing(
        self, names: list[tuple[str, Stat]], ask: Callable[[Store, list[str]], Answers]
    ) -> Iterator[tuple[str, Stat]]:
        """Yield those names of which both sides do not say the same."""
        waiting = iter(names)
        while some := list(islice(waiting, _AT_ONCE)):
            here = ask(self._source, [tree.child(self._from, path) for path, _ in some])
            there = ask(self._target, [tree.child(self._to, path) for path, _ in some])
            for (path, stat), ours, theirs in zip(some, here, there, strict=True):
                # What says nothing is not known to be the same; to copy it tells why.
                if isinstance(ours, SagaException) or ours != theirs:
                    yield path, stat


def _size(files: list[tuple[str, Stat]]) -> int:
    return sum(stat.size_bytes or 0 for _, stat in files)
