"""Which name of a target a name of the source is, and whether their times let them be the same."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from juncture.saga.storage.values import Stat

_CLOCK_S = 2e-6
"""Two times that differ by less are the same; they are kept as floating point numbers."""


class Theirs:
    """What is in a directory of the target, and not known to be in the source.

    Args:
        left: The names, and what they are.
    """

    def __init__(self, left: dict[str, Stat]) -> None:
        self.left = left
        self._spelled: dict[str, str] | None = None

    def take(self, name: str, exists: Callable[[], bool]) -> Stat | None:
        """Take out a name of the source, and return what it is; None: it is not there.

        It may be there in another spelling: there are file systems on which `README` and `readme`
        are one name, or the two ways to write an `é`. To remove the one is to remove the other.

        Args:
            name: The name.
            exists: Asks the target whether there is something of the name.
        """
        if not self.left:
            return None
        found = self.left.pop(name, None)
        if found is not None:
            return found
        if self._spelled is None:
            self._spelled = {_folded(other): other for other in self.left}
        other = self._spelled.get(_folded(name))
        return self.left.pop(other) if other in self.left and exists() else None


def _folded(name: str) -> str:
    import unicodedata

    return unicodedata.normalize("NFD", unicodedata.normalize("NFD", name).casefold())


def is_as_old(source: float | None, target: float | None, *, kept: bool) -> bool:
    """Return whether the times of two files of one length let them be the same.

    Args:
        source: When the source was changed, or None.
        target: When its copy was.
        kept: Whether copies get the times of their sources there.
    """
    if source is None or target is None:
        return False
    if not kept:
        return target >= source
    if target == int(target) or source == int(source):
        return int(source) == int(target)
    return abs(source - target) < _CLOCK_S
