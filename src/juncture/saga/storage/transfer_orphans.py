"""Parts that a store may have left when its connection was lost, and nobody knows of."""

from __future__ import annotations

from contextlib import suppress

from juncture.saga.storage import tree
from juncture.saga.storage.parts import is_part, part_name, stem
from juncture.saga.storage.retries import entries

TYPE_CHECKING = False
if TYPE_CHECKING:
    from juncture.saga.storage.store import Store


class Orphans:
    """What may be left of files that were to be written into one store.

    Args:
        store: Where they were to be.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._stems: dict[str, set[str]] = {}

    def note(self, path: str) -> None:
        """Remember that there may be a part of a file."""
        folder, _, name = part_name(path).rpartition("/")
        self._stems.setdefault(folder or "/", set()).add(stem(name))

    def sweep(self) -> None:
        """Remove those that are there."""
        for folder, stems in self._stems.items():
            with suppress(Exception):  # a part that stays does no harm
                names = [name for name, _ in entries(self._store, folder) if is_part(name)]
                for name in names:
                    if stem(name) in stems:
                        self._store.remove(tree.child(folder, name))
