# pyright: reportPrivateUsage=false
"""Bulk calls that copy bytes: one transfer for all, and another one for those that failed.

Each file begins with its nearest copy. Those whose copy could not be read go on with their next
one, together, until none is left.
"""

from __future__ import annotations

from juncture.saga.adaptors.sql_replica import copies, locations
from juncture.saga.adaptors.sql_replica.bulk import in_bulk
from juncture.saga.constants import DEREFERENCE
from juncture.saga.exceptions import BadParameter, SagaException
from juncture.saga.storage.logs import debug
from juncture.saga.stored import copying
from juncture.saga.stored.credentials import bare

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from juncture.saga.adaptors.sql_replica.catalogue import Catalogue, Entry
    from juncture.saga.storage.transfer import Request
    from juncture.saga.stored.places import Place
    from juncture.saga.task import Task
    from juncture.saga.url import Url


class Copy:
    """What one task wants to have copied, and how far that is."""

    def __init__(self, task: Task, entry: Entry, urls: list[Url], flags: int) -> None:
        name, self.session = task.cpi._place.name, task.cpi._session
        self.task = task
        self.entry = entry
        self.flags = flags
        self.target: Place = copies.target_of(task.arguments[0], name, self.session)
        copies.check_target(self.target, flags)
        here = self.target.url()
        self._left = copies.nearest_first((each for each in urls if each != here), here)
        self._url: Url | None = None
        self.reasons: list[tuple[Url, SagaException]] = []

    def request(self) -> Request | None:
        """Return how to copy from the next location that answers, or None when none is left."""
        while self._left:
            self._url = self._left.pop(0)
            try:
                source = copies.place_of(self._url, self.session)
                copies.check_size(copies.file_size(source), self.entry)
                copying.check_apart(source, self.target, "copied")
                return copying.request(source, self.target, self.flags | DEREFERENCE)
            except SagaException as error:
                self.failed(error)
        return None

    def failed(self, error: SagaException) -> None:
        """Note why the location did not do."""
        if self._url is not None:
            debug(__name__, copies.NOT_FROM, self.entry.path, bare(self._url), error)
            self.reasons.append((self._url, error))


def download(tasks: list[Task]) -> None:
    """Bring a copy of each file to its target."""
    for copy in _copied(_begun(tasks, "download", writes=False)):
        copy.task._finish(None)


def replicate(tasks: list[Task]) -> None:
    """Make one more copy of each file, and add their locations together."""
    done = _copied(_begun(tasks, "replicate", writes=True))
    _record([(copy.task, copy.target, None) for copy in done])


def upload(tasks: list[Task]) -> None:
    """Copy files to locations, and add those together."""
    from juncture.saga.storage.transfer import Transfer

    planned: list[tuple[Task, Place, int | None]] = []
    requests: list[Request] = []
    for task, (entry, urls) in _looked_up(tasks, "upload", writes=True):
        src, tgt, given = task.arguments
        try:
            source, target, size = task.cpi._planned(src, tgt, entry, urls)
            copying.check_apart(source, target, "copied")
            requests.append(copying.request(source, target, given | DEREFERENCE))
        except Exception as error:  # noqa: BLE001 - it is the outcome of this task
            task._fail(error)
        else:
            planned.append((task, target, size))
    done: list[tuple[Task, Place, int | None]] = []
    for plan, failure in zip(planned, Transfer(requests).run(), strict=True):
        if failure is None:
            done.append(plan)
        else:
            plan[0]._fail(failure)
    _record(done)


def _record(done: list[tuple[Task, Place, int | None]]) -> None:
    """Add the locations of copies that were made, and end their tasks."""
    made = {id(task): (target, size) for task, target, size in done}

    def work(catalogue: Catalogue, found: list[tuple[Task, Entry]]) -> list[Any]:
        places: list[dict[str, Any]] = []
        sizes: list[dict[str, Any]] = []
        for task, entry in found:
            target, size = made[id(task)]
            url = locations.without_password(target.url())
            places.append({"entry": entry.id, "url": locations.text_of(url)})
            if size is not None:
                sizes.append({"entry": entry.id, "size": size})
        catalogue.connection.change_many("set-size", sizes)
        catalogue.connection.change_many("add-location", places)
        return [None] * len(found)

    for task, _ in in_bulk([task for task, _, _ in done], work, writes=True):
        task._finish(None)


def _looked_up(
    tasks: list[Task], method: str, *, writes: bool
) -> list[tuple[Task, tuple[Entry, list[Url]]]]:
    """Return entries and locations of files; a task that cannot be done has failed."""

    def check(task: Any) -> None:
        copies.check(task.arguments[-1], method)
        if task.arguments[0] is None:
            raise BadParameter("a target is a path or a URL, found None")
        if writes:
            task.cpi._writable()

    def work(catalogue: Catalogue, found: list[tuple[Task, Entry]]) -> list[Any]:
        entries = [entry for _, entry in found]
        values = [{"entry": entry.id} for entry in entries]
        rows = catalogue.connection.rows_of_many("locations", values)
        return list(zip(entries, map(locations.urls_of, rows), strict=True))

    return in_bulk(tasks, work, writes=False, check=check)


def _begun(tasks: list[Task], method: str, *, writes: bool) -> list[Copy]:
    """Return what is to be copied; a task for which nothing can be has failed."""
    begun: list[Copy] = []
    for task, (entry, urls) in _looked_up(tasks, method, writes=writes):
        try:
            wanted = _wanted(task, urls) if method == "download" else urls
            begun.append(Copy(task, entry, wanted, task.arguments[-1]))
        except Exception as error:  # noqa: BLE001 - it is the outcome of this task
            task._fail(error)
    return begun


def _wanted(task: Task, urls: list[Url]) -> list[Url]:
    """Return the location that a download is to use, or all."""
    if task.arguments[1] is None:
        return urls
    location = locations.checked(task.arguments[1])
    found = [each for each in urls if each == location]
    if not found:
        raise locations.missing(task.cpi._place.path, location)
    return found


def _copied(waiting: list[Copy]) -> list[Copy]:
    """Copy, and return what was copied; a task whose file has no copy left has failed."""
    from juncture.saga.storage.transfer import Transfer

    done: list[Copy] = []
    while waiting:
        requests: dict[Request, Copy] = {}
        for copy in waiting:
            request = copy.request()
            if request is None:
                copy.task._fail(copies.no_copy(copy.entry.path, copy.reasons))
            else:
                requests[request] = copy
        waiting = []
        debug(__name__, "%d files go from the nearest copy that is left of each", len(requests))
        outcomes = Transfer(requests).run()
        for copy, error in zip(requests.values(), outcomes, strict=True):
            if error is None:
                done.append(copy)
            elif copies.is_of_target(error, copy.target):
                copy.task._fail(error)
            else:
                copy.failed(error)
                waiting.append(copy)
    return done
