"""The version of an interface: MAJOR.MINOR, and which versions can stand in for which.

Every command compares versions before it does anything else, so this module imports nothing but
the root error.
"""

from __future__ import annotations

from juncture.errors import DataError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

_MAX_DIGITS = 9


class SemanticVersion:
    """A version MAJOR.MINOR; it unpacks, sorts and hashes as the pair of its numbers does.

    A version equals only another version, never a plain tuple.

    >>> major, minor = SemanticVersion(1, 2)
    >>> str(SemanticVersion.parse("1.10")), SemanticVersion(1, 10) > SemanticVersion(1, 9)
    ('1.10', True)

    Args:
        major: Raised by a change that breaks callers.
        minor: Raised by an addition; while major is 0, by any change.
    """

    __slots__ = ("_pair",)

    def __init__(self, major: int, minor: int) -> None:
        self._pair = (major, minor)

    @property
    def major(self) -> int:
        """The number before the dot."""
        return self._pair[0]

    @property
    def minor(self) -> int:
        """The number after the dot."""
        return self._pair[1]

    @classmethod
    def parse(cls, text: str) -> SemanticVersion:
        """Read a version from text.

        Args:
            text: Two numbers without leading zeros and a dot between them, nothing around.

        Raises:
            DataError: the text is anything else.
        """
        major, dot, minor = text.partition(".")
        if not (dot and _is_number(major) and _is_number(minor)):
            raise DataError(
                f"version {text!r} is not MAJOR.MINOR",
                hint="write two whole numbers with a dot between them, such as `1.2`",
            )
        return cls(int(major), int(minor))

    def has_compatibility_with(self, other: SemanticVersion) -> bool:
        """Return whether this version can serve a caller who was written for `other`.

        From 1.0 on, a later minor serves an earlier one of the same major. Before 1.0 every minor
        is a world of its own.
        """
        if self.major == 0 or other.major == 0:
            return self == other
        return self.major == other.major and self.minor >= other.minor

    def __str__(self) -> str:
        return f"{self._pair[0]}.{self._pair[1]}"

    def __repr__(self) -> str:
        return f"SemanticVersion(major={self._pair[0]}, minor={self._pair[1]})"

    def __iter__(self) -> Iterator[int]:
        return iter(self._pair)

    def __getitem__(self, index: int) -> int:
        return self._pair[index]

    def __hash__(self) -> int:
        return hash(self._pair)

    def __eq__(self, other: object) -> bool:
        if isinstance(other, SemanticVersion):
            return self._pair == other._pair
        return NotImplemented

    # `>` and `>=` are these two seen from the other side; Python finds them by itself.
    def __lt__(self, other: SemanticVersion) -> bool:
        if isinstance(other, SemanticVersion):  # pyright: ignore[reportUnnecessaryIsInstance]
            return self._pair < other._pair
        return NotImplemented

    def __le__(self, other: SemanticVersion) -> bool:
        if isinstance(other, SemanticVersion):  # pyright: ignore[reportUnnecessaryIsInstance]
            return self._pair <= other._pair
        return NotImplemented


def _is_number(text: str) -> bool:
    """Return whether `text` is one way only to write a number: ASCII digits, no leading zero."""
    canonical = text == "0" or not text.startswith("0")
    return canonical and text.isascii() and text.isdigit() and len(text) <= _MAX_DIGITS
