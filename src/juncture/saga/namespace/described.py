"""Attributes of a name that its back end keeps (GFD.90, section 3.8)."""

from __future__ import annotations

from juncture._util.typed import overload

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from juncture.saga.task.task import Task


class Described:
    """What an API object offers whose attributes are kept by the back end.

    The names are the caller's own. A value is text, a number, which is kept as its text, or a list
    of them.
    """

    __slots__ = ()

    _call: Any

    @overload
    def set_attribute(self, key: str, val: Any, ttype: None = None) -> None: ...
    @overload
    def set_attribute(self, key: str, val: Any, ttype: int) -> Task[None]: ...
    def set_attribute(self, key: str, val: Any, ttype: int | None = None) -> Any:
        """Set an attribute; a list makes it one that holds a list."""
        return self._call("set_attribute", ttype, key, val)

    @overload
    def get_attribute(self, key: str, ttype: None = None) -> str: ...
    @overload
    def get_attribute(self, key: str, ttype: int) -> Task[str]: ...
    def get_attribute(self, key: str, ttype: int | None = None) -> Any:
        """Return the text that an attribute holds.

        Raises:
            DoesNotExist: there is none of that name.
            IncorrectState: it holds a list.
        """
        return self._call("get_attribute", ttype, key)

    @overload
    def set_vector_attribute(
        self, key: str, val: Sequence[str | float], ttype: None = None
    ) -> None: ...
    @overload
    def set_vector_attribute(
        self, key: str, val: Sequence[str | float], ttype: int
    ) -> Task[None]: ...
    def set_vector_attribute(
        self, key: str, val: Sequence[str | float], ttype: int | None = None
    ) -> Any:
        """Set an attribute that holds a list."""
        return self._call("set_vector_attribute", ttype, key, val)

    @overload
    def get_vector_attribute(self, key: str, ttype: None = None) -> list[str]: ...
    @overload
    def get_vector_attribute(self, key: str, ttype: int) -> Task[list[str]]: ...
    def get_vector_attribute(self, key: str, ttype: int | None = None) -> Any:
        """Return the list that an attribute holds.

        Raises:
            DoesNotExist: there is none of that name.
            IncorrectState: it holds no list.
        """
        return self._call("get_vector_attribute", ttype, key)

    @overload
    def remove_attribute(self, key: str, ttype: None = None) -> None: ...
    @overload
    def remove_attribute(self, key: str, ttype: int) -> Task[None]: ...
    def remove_attribute(self, key: str, ttype: int | None = None) -> Any:
        """Take an attribute away."""
        return self._call("remove_attribute", ttype, key)

    @overload
    def list_attributes(self, ttype: None = None) -> list[str]: ...
    @overload
    def list_attributes(self, ttype: int) -> Task[list[str]]: ...
    def list_attributes(self, ttype: int | None = None) -> Any:
        """Return the names of the attributes, sorted."""
        return self._call("list_attributes", ttype)

    @overload
    def find_attributes(self, pattern: str | Sequence[str], ttype: None = None) -> list[str]: ...
    @overload
    def find_attributes(self, pattern: str | Sequence[str], ttype: int) -> Task[list[str]]: ...
    def find_attributes(self, pattern: str | Sequence[str], ttype: int | None = None) -> Any:
        """Return the names of the attributes which match one of the patterns.

        A pattern is `name` or `name=value`, each with the wildcards `*`, `?`, `[…]` and `{a,b}`.
        """
        return self._call("find_attributes", ttype, pattern)

    @overload
    def attribute_exists(self, key: str, ttype: None = None) -> bool: ...
    @overload
    def attribute_exists(self, key: str, ttype: int) -> Task[bool]: ...
    def attribute_exists(self, key: str, ttype: int | None = None) -> Any:
        """Return whether there is an attribute of that name."""
        return self._call("attribute_exists", ttype, key)

    @overload
    def attribute_is_readonly(self, key: str, ttype: None = None) -> bool: ...
    @overload
    def attribute_is_readonly(self, key: str, ttype: int) -> Task[bool]: ...
    def attribute_is_readonly(self, key: str, ttype: int | None = None) -> Any:
        """Return whether the attribute cannot be set."""
        return self._call("attribute_is_readonly", ttype, key)

    @overload
    def attribute_is_writeable(self, key: str, ttype: None = None) -> bool: ...
    @overload
    def attribute_is_writeable(self, key: str, ttype: int) -> Task[bool]: ...
    def attribute_is_writeable(self, key: str, ttype: int | None = None) -> Any:
        """Return whether the attribute can be set."""
        return self._call("attribute_is_writeable", ttype, key)

    @overload
    def attribute_is_removable(self, key: str, ttype: None = None) -> bool: ...
    @overload
    def attribute_is_removable(self, key: str, ttype: int) -> Task[bool]: ...
    def attribute_is_removable(self, key: str, ttype: int | None = None) -> Any:
        """Return whether the attribute can be taken away."""
        return self._call("attribute_is_removable", ttype, key)

    @overload
    def attribute_is_vector(self, key: str, ttype: None = None) -> bool: ...
    @overload
    def attribute_is_vector(self, key: str, ttype: int) -> Task[bool]: ...
    def attribute_is_vector(self, key: str, ttype: int | None = None) -> Any:
        """Return whether the attribute holds a list."""
        return self._call("attribute_is_vector", ttype, key)
