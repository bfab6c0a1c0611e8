"""`radical.saga.utils.job`: file transfer directives, sorted by what they ask for.

GFD.90, section 4.1.3: `local > remote` before the job, `local < remote` after it; a doubled sign
appends.
"""

from __future__ import annotations

from juncture.saga.exceptions import BadParameter

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

__path__: list[str] = []
"""`utils.job` was a package: what is imported from in it is looked for, and found by name."""


class TransferDirectives:
    """Directives of a job description.

    Args:
        directives: As `jd.file_transfer` has them; None means none.

    Raises:
        BadParameter: one is malformed.
    """

    def __init__(self, directives: Iterable[str] | None = None) -> None:
        self._pairs: dict[str, list[list[str]]] = {">": [], ">>": [], "<": [], "<<": []}
        for text in directives or ():
            sign = next((sign for sign in (">>", ">", "<<", "<") if sign in text), "")
            local, _, remote = (part.strip() for part in text.partition(sign or " "))
            if not (sign and local and remote) or set("<>") & set(local + remote):
                raise BadParameter(
                    "a file transfer directive is `local > remote` or `local < remote`, "
                    f"found {text!r}"
                )
            self._pairs[sign].append([local, remote])

    @property
    def in_overwrite(self) -> list[list[str]]:
        """`[local, remote]` of each `>`."""
        return self._pairs[">"]

    @property
    def in_append(self) -> list[list[str]]:
        """`[local, remote]` of each `>>`."""
        return self._pairs[">>"]

    @property
    def out_overwrite(self) -> list[list[str]]:
        """`[local, remote]` of each `<`."""
        return self._pairs["<"]

    @property
    def out_append(self) -> list[list[str]]:
        """`[local, remote]` of each `<<`."""
        return self._pairs["<<"]

    @property
    def string_list(self) -> list[str]:
        """The directives as text."""
        return [
            f"{local} {sign} {remote}"
            for sign in (">", ">>", "<", "<<")
            for local, remote in self._pairs[sign]
        ]

    def __str__(self) -> str:
        return str(self.string_list)
