"""Bulk calls: one pipeline for each server of a container, and an outcome for each task."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    from juncture.saga.adaptors.redis_advert.server import Server
    from juncture.saga.task import Task


class Call:
    """One run of the script, and what its reply means."""

    __slots__ = ("operation", "read", "server", "words")

    def __init__(
        self,
        server: Server,
        operation: str,
        *words: str | bytes,
        read: Callable[[list[Any]], Any] | None = None,
    ) -> None:
        self.server = server
        self.operation = operation
        self.words: Sequence[str | bytes] = words
        self.read = read

    def make(self) -> Any:
        """Make the call and return what it means."""
        return self.result(self.server.call(self.operation, *self.words))

    def result(self, reply: list[Any]) -> Any:
        """Return what a reply means; None for a call that only does something."""
        return None if self.read is None else self.read(reply)


def run(_adaptor: Any, tasks: list[Task]) -> None:
    """Do the calls of tasks; those of one server follow each other as they are in the container."""
    planned: dict[Server, list[tuple[Task, Call]]] = {}
    for task in tasks:
        try:
            call = task.cpi.plan(task.method)(*task.arguments)
        except Exception as error:  # noqa: BLE001 - it is the outcome of this task
            task._fail(error)  # pyright: ignore[reportPrivateUsage]
        else:
            planned.setdefault(call.server, []).append((task, call))
    for server, pairs in planned.items():
        replies = server.call_many([(call.operation, call.words) for _, call in pairs])
        for (task, call), reply in zip(pairs, replies, strict=True):
            _end(task, call, reply)


def _end(task: Task, call: Call, reply: Any) -> None:
    if isinstance(reply, Exception):
        task._fail(reply)  # pyright: ignore[reportPrivateUsage]
        return
    try:
        result = call.result(reply)
    except Exception as error:  # noqa: BLE001 - as above
        task._fail(error)  # pyright: ignore[reportPrivateUsage]
    else:
        task._finish(result)  # pyright: ignore[reportPrivateUsage]
