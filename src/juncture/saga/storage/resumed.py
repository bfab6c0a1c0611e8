"""Copies of directories that go on where they were stopped: only what differs is copied."""

from __future__ import annotations

from contextlib import suppress

from juncture.saga.exceptions import SagaException
from juncture.saga.storage import transfer_names, tree
from juncture.saga.storage.sync import Sync
from juncture.saga.storage.values import DIRECTORY

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from juncture.saga.storage.transfer_plan import Request
    from juncture.saga.storage.values import Stat


def only_changed(
    request: Request, target: str, *, checksum: str | None = None
) -> Iterator[tuple[str, Stat | SagaException]]:
    """Yield what of a directory is new or changed: the `walk` of a request that goes on.

    Args:
        request: The copy.
        target: The directory that gets the content.
        checksum: See `Sync`.
    """
    places = request.source_store, request.source, request.target_store, target
    asked = Sync(*places, checksum=checksum, dereference=request.dereference)
    return asked.walk(request, target)


def settle(request: Request) -> None:
    """Give directories that an earlier attempt made their modes and times."""
    source, target = request.source_store, request.target_store
    with suppress(SagaException):
        folders = [(request.target, source.stat(request.source))]
        for below, stat in tree.walk(source, request.source, dereference=request.dereference):
            if not isinstance(stat, SagaException) and stat.kind == DIRECTORY:
                folders.append((tree.child(request.target, below), stat))
        for _ in transfer_names.settle(target, folders):
            pass  # the content is there all the same
