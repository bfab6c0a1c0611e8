"""Parts that a store may have left when its connection was lost, and nobody knows of.

Or when the process was killed that copied: a copy of many files leaves a note while it goes on, and
whoever makes the same copy again and finds the note looks for the parts of the files that it
copies. A lone small file leaves no note: that would take as long as to copy it.
"""

from __future__ import annotations

from juncture.saga.exceptions import DoesNotExist
from juncture.saga.storage import tree
from juncture.saga.storage.parts import is_part, part_name, stem
from juncture.saga.storage.resume import Note, Notes
from juncture.saga.storage.retries import entries
from juncture.saga.storage.values import WHOLE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

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
        self._are_inherited = False
        """Whether the same copy was begun before, and did not come to its end."""
        self._found: dict[str, dict[str, list[str]]] = {}
        """Parts that an earlier attempt left, by directory and what their names begin with."""
        self._is_clean = True
        """Whether all that was to be removed is."""

    def open(self, tickets: list[Ticket]) -> None:
        """Leave a note until `end`, if much is to be copied."""
        if WHOLE in self._store.traits or not tickets:
            return
        # The requests of one container come in any order.
        request = min((ticket.request for ticket in tickets), key=lambda each: each.target)
        if len(tickets) == 1 and not request.recursive:
            return
        source = f"many of {request.source_store.name}", request.source
        self._notes = Notes(source, (self._store.name, request.target))
        self._notes.open()
        self._are_inherited = self._notes.read() is not None
        self._notes.write(Note(request.target, ""))

    def note(self, path: str) -> None:
        """Remember that there may be a part of a file."""
        folder, stem_ = _split(path)
        self._stems.setdefault(folder, set()).add(stem_)

    def clear(self, paths: Iterable[str]) -> None:
        """Remove what an earlier attempt left of files that are copied now.

        Before they are: when they have their names no later attempt looks for them.
        """
        if not self._are_inherited:
            return
        for path in paths:
            folder, stem_ = _split(path)
            if folder not in self._found:
                self._found[folder] = self._parts(folder)
            self._remove(self._found[folder].pop(stem_, ()))

    def end(self, *, is_done: bool) -> None:
        """Remove what this attempt may have left.

        Args:
            is_done: Whether it was not canceled. If it was, or if something could not be removed,
                the note stays for the next attempt: an earlier one may have left more.
        """
        for folder, stems in self._stems.items():
            found = self._parts(folder)
            for each in stems:
                self._remove(found.get(each, ()))
        if self._notes is not None and self._is_clean and (is_done or not self._are_inherited):
            self._notes.remove()

    def _parts(self, folder: str) -> dict[str, list[str]]:
        """Return the paths of all parts in a directory, by what their names begin with."""
        found: dict[str, list[str]] = {}
        try:
            for name, _ in entries(self._store, folder):
                if is_part(name):
                    found.setdefault(stem(name), []).append(tree.child(folder, name))
        except DoesNotExist:
            pass
        except Exception:  # noqa: BLE001 - a part that stays does no harm
            self._is_clean = False
        return found

    def _remove(self, paths: Iterable[str]) -> None:
        for path in paths:
            try:
                self._store.remove(path)
            except DoesNotExist:
                continue
            except Exception:  # noqa: BLE001 - as above
                self._is_clean = False

    def close(self) -> None:
        """Let go of the note."""
        if self._notes is not None:
            self._notes.close()


def _split(path: str) -> tuple[str, str]:
    """Return the directory of a file, and what the names of all its parts begin with."""
    folder, _, name = part_name(path).rpartition("/")
    return folder or "/", stem(name)
