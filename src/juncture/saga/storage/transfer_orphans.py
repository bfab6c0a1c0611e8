"""Parts that a store may have left when its connection was lost, and nobody knows of.

Or when the process was killed that copied: a copy of many files leaves a note while it goes on, and
whoever makes the same copy again and finds the note looks for the parts of the files that it
copies. A lone small file leaves no note: that would take as long as to copy it.
"""

from __future__ import annotations

from contextlib import suppress

from juncture.saga.exceptions import DoesNotExist
from juncture.saga.storage import tree
from juncture.saga.storage.parts import is_part, part_name, stem
from juncture.saga.storage.resume import Note, Notes
from juncture.saga.storage.retries import entries
from juncture.saga.storage.values import WHOLE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from juncture.saga.storage.store import Store
    from juncture.saga.storage.transfer_plan import Ticket


class Orphans:
    """What may be left of files that were to be written into one store.

    Args:
        store: Where they were to be.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._stems: dict[str, set[str]] = {}
        self._notes: Notes | None = None
        self.are_inherited = False
        """Whether the same copy was begun before, and did not come to its end."""

    def open(self, tickets: list[Ticket]) -> None:
        """Leave a note until `sweep`, if much is to be copied."""
        if WHOLE in self._store.traits or not tickets:
            return
        # The requests of one container come in any order.
        request = min((ticket.request for ticket in tickets), key=lambda each: each.target)
        if len(tickets) == 1 and not request.recursive:
            return
        source = f"many of {request.source_store.name}", request.source
        self._notes = Notes(source, (self._store.name, request.target))
        self._notes.open()
        self.are_inherited = self._notes.read() is not None
        self._notes.write(Note(request.target, ""))

    def note(self, path: str) -> None:
        """Remember that there may be a part of a file."""
        folder, _, name = part_name(path).rpartition("/")
        self._stems.setdefault(folder or "/", set()).add(stem(name))

    def sweep(self) -> None:
        """Remove those that are there; if that fails, the note stays for the next attempt."""
        is_clean = True
        for folder, stems in self._stems.items():
            try:
                names = [name for name, _ in entries(self._store, folder) if is_part(name)]
                for name in names:
                    if stem(name) in stems:
                        self._remove(tree.child(folder, name))
            except DoesNotExist:
                continue
            except Exception:  # noqa: BLE001 - a part that stays does no harm
                is_clean = False
        if is_clean and self._notes is not None:
            self._notes.remove()

    def _remove(self, path: str) -> None:
        with suppress(DoesNotExist):
            self._store.remove(path)

    def close(self) -> None:
        """Let go of the note."""
        if self._notes is not None:
            self._notes.close()
