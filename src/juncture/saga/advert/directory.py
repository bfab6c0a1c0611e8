"""A folder of adverts."""

from __future__ import annotations

from juncture.saga import namespace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from juncture.saga.url import Url


class Directory(namespace.Directory):
    """A folder of adverts; see `namespace.Directory`."""

    _api_type = "advert.Directory"

    __slots__ = ()

    def set_ttl(
        self, tgt: Url | str | None = None, ttl: float | None = None, ttype: int | None = None
    ) -> Any:
        """Let the target end after so many seconds; None means never."""
        return self._call("set_ttl", ttype, tgt, ttl)

    def get_ttl(self, tgt: Url | str | None = None, ttype: int | None = None) -> Any:
        """Return the seconds that the target has left, or None."""
        return self._call("get_ttl", ttype, tgt)

    def find(  # type: ignore[override]
        self,
        pattern: str,
        attr_pattern: Any = None,
        obj_type: Any = None,
        ttype: int | None = None,
    ) -> Any:
        """Return names below the folder by name, attributes and kind of object."""
        return self._call("find", ttype, pattern, attr_pattern, obj_type)
