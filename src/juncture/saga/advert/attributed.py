"""The attribute interface of adverts (GFD.90, section 3.8; GFD.177): the back end keeps the values.

It has the names of `juncture.saga.attributes`, and differs where values that others change differ
from values of an object's own: names are taken as they are spelled, each reading asks the back end,
and every method takes `ttype`.
"""

from __future__ import annotations

from juncture._util.typed import overload
from juncture.saga.constants import ATTRIBUTE, CHANGE, DELETE, NEW
from juncture.saga.exceptions import DoesNotExist, IncorrectState

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

    from juncture.saga.task.task import Task

_TOLD_ONLY = (ATTRIBUTE, CHANGE, NEW, DELETE)


class Attributed:
    """An advert or a folder of adverts as a holder of attributes."""

    __slots__ = ()

    _call: Callable[..., Any]

    @overload
    def set_attribute(
        self, key: str, val: Any, ttl: float | None = None, ttype: None = None
    ) -> None: ...
    @overload
    def set_attribute(
        self, key: str, val: Any, ttl: float | None = None, *, ttype: int
    ) -> Task[None]: ...
    def set_attribute(
        self, key: str, val: Any, ttl: float | None = None, ttype: int | None = None
    ) -> Any:
        """Set an attribute; None takes it away.

        Args:
            key: Its name, spelled in one way.
            val: Text, a number, a list, a dictionary, bytes, whatever the back end keeps.
            ttl: After how many seconds it ends; None means with the advert.
            ttype: A task type, or None to have it done on return.
        """
        return self._call("set_attribute", ttype, key, val, ttl)

    @overload
    def get_attribute(self, key: str, ttype: None = None) -> Any: ...
    @overload
    def get_attribute(self, key: str, ttype: int) -> Task[Any]: ...
    def get_attribute(self, key: str, ttype: int | None = None) -> Any:
        """Return an attribute's value.

        Raises:
            DoesNotExist: there is no such attribute.
        """
        return self._call("get_attribute", ttype, key)

    @overload
    def set_vector_attribute(self, key: str, val: Any, ttype: None = None) -> None: ...
    @overload
    def set_vector_attribute(self, key: str, val: Any, ttype: int) -> Task[None]: ...
    def set_vector_attribute(self, key: str, val: Any, ttype: int | None = None) -> Any:
        """Set an attribute to a list."""
        return self.set_attribute(key, list(val), ttype=ttype)

    @overload
    def get_vector_attribute(self, key: str, ttype: None = None) -> list[Any]: ...
    @overload
    def get_vector_attribute(self, key: str, ttype: int) -> Task[list[Any]]: ...
    def get_vector_attribute(self, key: str, ttype: int | None = None) -> Any:
        """Return the list that an attribute holds.

        Raises:
            IncorrectState: it holds no list.
        """

        def checked(value: Any) -> Any:
            if not isinstance(value, list):
                raise IncorrectState(f"attribute `{key}` holds no list")
            return value  # pyright: ignore[reportUnknownVariableType]

        return self._call("get_attribute", ttype, key, convert=checked)

    @overload
    def remove_attribute(self, key: str, ttype: None = None) -> None: ...
    @overload
    def remove_attribute(self, key: str, ttype: int) -> Task[None]: ...
    def remove_attribute(self, key: str, ttype: int | None = None) -> Any:
        """Take an attribute away."""
        return self._call("remove_attribute", ttype, key)

    @overload
    def get_attributes(self, ttype: None = None) -> dict[str, Any]: ...
    @overload
    def get_attributes(self, ttype: int) -> Task[dict[str, Any]]: ...
    def get_attributes(self, ttype: int | None = None) -> Any:
        """Return all attributes, as they are at one moment: `{name: value}`."""
        return self._call("get_attributes", ttype)

    @overload
    def list_attributes(self, ttype: None = None) -> list[str]: ...
    @overload
    def list_attributes(self, ttype: int) -> Task[list[str]]: ...
    def list_attributes(self, ttype: int | None = None) -> Any:
        """Return the names of the attributes."""
        return self._call("list_attributes", ttype)

    @overload
    def find_attributes(self, pattern: str, ttype: None = None) -> list[str]: ...
    @overload
    def find_attributes(self, pattern: str, ttype: int) -> Task[list[str]]: ...
    def find_attributes(self, pattern: str, ttype: int | None = None) -> Any:
        """Return the names of attributes that match `name` or `name=value`, with shell wildcards.

        A list matches when one of its values does, a dictionary by its `key=value`.
        """
        return self._call("find_attributes", ttype, pattern)

    @overload
    def attribute_exists(self, key: str, ttype: None = None) -> bool: ...
    @overload
    def attribute_exists(self, key: str, ttype: int) -> Task[bool]: ...
    def attribute_exists(self, key: str, ttype: int | None = None) -> Any:
        """Return whether there is an attribute of this name."""
        return self._call("attribute_exists", ttype, key)

    def attribute_is_readonly(self, key: str) -> bool:
        """Return whether a program cannot set the attribute: those are only told to callbacks."""
        return key in _TOLD_ONLY

    def attribute_is_writeable(self, key: str) -> bool:
        """Return whether a program can set the attribute."""
        return key not in _TOLD_ONLY

    def attribute_is_removable(self, key: str) -> bool:
        """Return whether a program can take the attribute away."""
        return self.attribute_is_writeable(key) and bool(self.attribute_exists(key))

    def attribute_is_vector(self, key: str) -> bool:
        """Return whether the attribute holds a list."""
        return isinstance(self.get_attribute(key), list)

    @overload
    def add_callback(self, key: str, cb: Any, ttype: None = None) -> int: ...
    @overload
    def add_callback(self, key: str, cb: Any, ttype: int) -> Task[int]: ...
    def add_callback(self, key: str, cb: Any, ttype: int | None = None) -> Any:
        """Call `cb(object, key, value)` at changes, until it returns no true value.

        The call comes from the back end's side, in a thread of its own. The object is kept as long
        as it has callbacks. What was missed while the back end was out of reach comes as one call
        with what there is now.

        Args:
            key: The name of an attribute, which comes with its new value, or with None when it is
                gone; or one of `advert`'s names. ATTRIBUTE comes with the name of an attribute that
                has changed, OBJECT with the object, TTL with the seconds left, CHANGE with what has
                changed: of an entry the attribute, OBJECT or TTL, of a folder the name in it. NEW
                and DELETE come with the name in the folder that was made or is gone, and with `.`
                for the object's own. These names come with None when something was missed.
            cb: A function, or a `juncture.saga.attributes.Callback`.
            ttype: A task type, or None for the number.

        Returns:
            A number for `remove_callback`, never 0. From then on every change is told.
        """
        return self._call("add_callback", ttype, key, cb)

    @overload
    def remove_callback(self, key: str, id: int | None = None, ttype: None = None) -> None: ...
    @overload
    def remove_callback(self, key: str, id: int | None = None, *, ttype: int) -> Task[None]: ...
    def remove_callback(
        self,
        key: str,
        id: int | None = None,  # noqa: A002 - SAGA's name
        ttype: int | None = None,
    ) -> Any:
        """Forget one callback, or all of the key's when `id` is None."""
        return self._call("remove_callback", ttype, key, id)

    def as_dict(self) -> dict[str, Any]:
        """Return `get_attributes`."""
        return {**self.get_attributes()}

    def keys(self) -> list[str]:
        """Return the names of the attributes."""
        return [*self.list_attributes()]

    def values(self) -> list[Any]:
        """Return the values of the attributes in the order of their sorted names."""
        return [value for _, value in self.items()]

    def items(self) -> list[tuple[str, Any]]:
        """Return pairs of name and value, sorted by name."""
        return sorted(self.as_dict().items(), key=lambda item: item[0])

    def get(self, key: str, default: Any = None) -> Any:
        """Return an attribute's value, or `default` when there is none."""
        try:
            return self.get_attribute(key)
        except DoesNotExist:
            return default

    def __getitem__(self, key: str) -> Any:
        return self.get_attribute(key)

    def __setitem__(self, key: str, value: Any) -> None:
        self.set_attribute(key, value)

    def __delitem__(self, key: str) -> None:
        self.remove_attribute(key)

    def __contains__(self, key: object) -> bool:
        return isinstance(key, str) and bool(self.attribute_exists(key))

    def __iter__(self) -> Iterator[str]:
        return iter(self.keys())

    def __len__(self) -> int:
        return len(self.keys())

    def __bool__(self) -> bool:
        return True  # one without attributes is still one
