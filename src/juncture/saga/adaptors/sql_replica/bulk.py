# pyright: reportPrivateUsage=false
"""Bulk calls: one transaction for each catalogue, and for each task an outcome of its own.

A task has ended well when the transaction has, not before.
"""

from __future__ import annotations

from functools import partial

from juncture.saga.adaptors.sql_replica import attributes as texts
from juncture.saga.adaptors.sql_replica import locations as urls
from juncture.saga.adaptors.sql_replica.catalogue import Catalogue, as_bytes, as_text
from juncture.saga.adaptors.sql_replica.database import READ, WRITE
from juncture.saga.storage.values import FILE
from juncture.saga.url import Url

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from juncture.saga.adaptors.sql_replica.catalogue import Entry
    from juncture.saga.task import Task

    Work = Callable[[Catalogue, "list[tuple[Task, Entry]]"], "list[Any]"]


def add_locations(tasks: list[Task]) -> None:
    """Add locations; what a file has already, in whatever spelling, it has once."""

    def work(catalogue: Catalogue, found: list[tuple[Task, Entry]]) -> list[Any]:
        numbers = sorted({entry.id for _, entry in found})
        catalogue.claim(numbers)
        rows = catalogue.connection.rows_of_many("locations", [{"entry": each} for each in numbers])
        known = {number: {*urls.urls_of(own)} for number, own in zip(numbers, rows, strict=True)}
        values: list[dict[str, Any]] = []
        for task, entry in found:
            url = urls.checked(task.arguments[0])
            if url not in known[entry.id]:
                known[entry.id].add(url)
                values.append({"entry": entry.id, "url": urls.text_of(url)})
        catalogue.connection.change_many("add-location", values)
        return [None] * len(found)

    for task, _ in in_bulk(tasks, work, writes=True, check=_check_location):
        task._finish(None)


def remove_locations(tasks: list[Task]) -> None:
    """Remove locations."""

    def work(catalogue: Catalogue, found: list[tuple[Task, Entry]]) -> list[Any]:
        values = [
            {"entry": entry.id, "url": urls.text_of(urls.checked(task.arguments[0]))}
            for task, entry in found
        ]
        return catalogue.connection.changed_many("remove-location", values)

    for task, count in in_bulk(tasks, work, writes=True, check=_check_location):
        if count:
            task._finish(None)
        else:
            _alone(task)  # which finds it in another spelling, or says that it is not there


def listings(tasks: list[Task]) -> None:
    """List locations."""

    def work(catalogue: Catalogue, found: list[tuple[Task, Entry]]) -> list[Any]:
        values = [{"entry": entry.id} for _, entry in found]
        return catalogue.connection.rows_of_many("locations", values)

    for task, rows in in_bulk(tasks, work, writes=False):
        task._finish([Url(as_text(text)) for (text,) in rows])


def attributes(tasks: list[Task]) -> None:
    """Set attributes."""

    def work(catalogue: Catalogue, found: list[tuple[Task, Entry]]) -> list[Any]:
        last = {(entry.id, task.arguments[0]): task.arguments[1] for task, entry in found}
        catalogue.claim(number for number, _ in last)
        keys = [{"entry": number, "key": as_bytes(key)} for number, key in last]
        catalogue.connection.change_many("remove-attribute", keys)
        rows = [
            {"entry": number, **row}
            for (number, key), value in last.items()
            for row in texts.rows_of(key, value)
        ]
        catalogue.connection.change_many("add-attribute", rows)
        return [None] * len(found)

    for task, _ in in_bulk(tasks, work, writes=True, check=_check_attribute):
        task._finish(None)


def _check_location(task: Any) -> None:
    urls.checked(task.arguments[0])


def _check_attribute(task: Any) -> None:
    texts.rows_of(*task.arguments)


def in_bulk(
    tasks: list[Task], work: Work, *, writes: bool, check: Callable[[Any], object] | None = None
) -> list[tuple[Task, Any]]:
    """Do the work of tasks in one transaction for each catalogue.

    Args:
        tasks: Of any catalogues.
        work: What is done in one: it returns for each task with its entry what came of it.
        writes: Whether it changes something.
        check: Raises when a task cannot be done, before anything is.

    Returns:
        Each task with what came of it; those that have failed are left out, and know it.
    """
    groups: dict[int, list[Task]] = {}
    for task in tasks:
        try:
            place = task.cpi._writable() if writes else task.cpi._here()
            if check is not None:
                check(task)
        except Exception as error:  # noqa: BLE001 - it is the outcome of this task
            task._fail(error)
        else:
            groups.setdefault(id(place.database), []).append(task)
    done: list[tuple[Task, Any]] = []
    for group in groups.values():
        place = group[0].cpi._place
        try:
            paths = [task.cpi._place.path for task in group if task.cpi._kind == FILE]
            first = place.asking(WRITE if writes else READ, partial(Catalogue.files, paths=paths))
            with first as (catalogue, files):
                found = _entries(catalogue, group, files)
                results = work(catalogue, found)
        except Exception as error:  # noqa: BLE001 - it is the outcome of these tasks
            for task in group:
                task._fail(error)
        else:
            done += zip((task for task, _ in found), results, strict=True)
    return done


def _entries(
    catalogue: Catalogue, group: list[Task], files: list[Entry | None]
) -> list[tuple[Task, Entry]]:
    """Return the entries of tasks; those that have none have failed.

    Args:
        catalogue: The catalogue.
        group: The tasks.
        files: What `Catalogue.files` says of those whose objects are files.
    """
    known = iter(files)
    found: list[tuple[Task, Entry]] = []
    for task in group:
        entry = next(known) if task.cpi._kind == FILE else None
        try:
            found.append((task, entry or task.cpi._entry(catalogue)))
        except Exception as error:  # noqa: BLE001 - it is the outcome of this task
            task._fail(error)
    return found


def _alone(task: Any) -> None:
    try:
        result = getattr(task.cpi, task.method)(*task.arguments)
    except Exception as error:  # noqa: BLE001 - it is the outcome of this task
        task._fail(error)
    else:
        task._finish(result)
