"""The attribute interface of GFD.90 (section 3.8): named, typed values of API objects.

One store has three faces: `job.exit_code`, `job["ExitCode"]` and `job.get_attribute("ExitCode")`;
under_score and CamelCase spellings work in each. A class declares its attributes in a table:

>>> class Lamp(Attributes):
...     _ATTRIBUTES = (Attribute("Colour", STRING, default="white"), Attribute("Watts", INT))
>>> lamp = Lamp(watts="40")
>>> lamp.watts, lamp["Colour"], lamp.as_dict()
(40, 'white', {'Colour': 'white', 'Watts': 40})

A name that is not in the table is an error at once, with the nearest name in the hint, unless the
class says `_EXTENSIBLE = True`. Setting None takes a value away. Copies, clones and pickles carry
the attributes and neither callbacks nor hooks.
"""

from __future__ import annotations

from juncture.saga._attributes.callbacks import Callback, Callbacks, callbacks_of
from juncture.saga._attributes.deriver import AttributeDeriver
from juncture.saga._attributes.row import (
    ALIAS,
    ANY,
    BOOL,
    DICT,
    ENUM,
    FINAL,
    FLOAT,
    INT,
    MASK,
    READONLY,
    SCALAR,
    STRING,
    TIME,
    URL,
    VECTOR,
    WRITEABLE,
    Attribute,
)
from juncture.saga.exceptions import BadParameter, IncorrectState

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from typing_extensions import Self

    from juncture.saga._attributes.callbacks import Listener

__all__ = [
    "ALIAS",
    "ANY",
    "BOOL",
    "DICT",
    "ENUM",
    "FINAL",
    "FLOAT",
    "INT",
    "READONLY",
    "SCALAR",
    "STRING",
    "TIME",
    "URL",
    "VECTOR",
    "WRITEABLE",
    "Attribute",
    "Attributes",
    "Callback",
]


class Attributes(AttributeDeriver):
    """An object with attributes.

    Args:
        *seeds: Dictionaries of names and values to begin with.
        **values: More of them.

    Raises:
        DoesNotExist: a name is not one of the object's attributes.
        BadParameter: a value is not of its attribute's type.
    """

    def __init__(self, *seeds: Any, **values: Any) -> None:
        for seed in (*seeds, values):
            self.from_dict(seed)

    def set_attribute(self, key: str, val: Any) -> None:
        """Set an attribute; None takes its value away."""
        self._attributes_i_set(key, val)

    def get_attribute(self, key: str) -> Any:
        """Return an attribute's value, or its default."""
        return self._attributes_i_get(key)

    def set_vector_attribute(self, key: str, val: Any) -> None:
        """Set an attribute that holds a list."""
        self._vector_row(key)
        self._attributes_i_set(key, val)

    def get_vector_attribute(self, key: str) -> list[Any] | None:
        """Return the list that an attribute holds, or None when it has no value."""
        value: list[Any] | None = getattr(self, self._vector_row(key).name)
        return value

    def remove_attribute(self, key: str) -> None:
        """Take an attribute's value away."""
        self._attributes_remove(key)

    def list_attributes(self) -> list[str]:
        """Return the CamelCase names of the attributes that have a value."""
        return [self._written(name) for name in self._attributes_list()]

    def find_attributes(self, pattern: str) -> list[str]:
        """Return the names of attributes that match `name` or `name=value`, with shell wildcards.

        Names match in both spellings; a list or dictionary matches when one of its values does.
        """
        import fnmatch

        key, equals, wanted = pattern.partition("=")
        return [
            self._written(name)
            for name in self._attributes_list()
            if any(fnmatch.fnmatchcase(word, key) for word in (name, self._written(name)))
            and (
                not equals
                or any(fnmatch.fnmatchcase(text, wanted) for text in _texts(getattr(self, name)))
            )
        ]

    def attribute_exists(self, key: str) -> bool:
        """Return whether the object has an attribute of this name, with or without a value."""
        return key in self._attributes_names or key in self.list_attributes()

    def attribute_is_readonly(self, key: str) -> bool:
        """Return whether a program cannot set the attribute."""
        return not self.attribute_is_writeable(key)

    def attribute_is_writeable(self, key: str) -> bool:
        """Return whether a program can set the attribute."""
        return self._attributes_row(key).mode == WRITEABLE

    def attribute_is_removable(self, key: str) -> bool:
        """Return whether a program can take the attribute's value away."""
        return self.attribute_is_writeable(key)

    def attribute_is_vector(self, key: str) -> bool:
        """Return whether the attribute holds a list."""
        return self._attributes_row(key).flavor == VECTOR

    def add_callback(self, key: str, cb: Listener | Callback) -> int:
        """Call `cb(object, key, value)` when the attribute changes, until it returns no true value.

        The call comes in the thread that changes the attribute.

        Returns:
            A number for `remove_callback`, never 0.
        """
        name = self._attributes_row(key).name
        cookie = callbacks_of(self).add(name, key, cb)
        caller = self._attributes_hooks.global_caller
        if caller is not None:
            caller(key, cookie, cb)
        return cookie

    def remove_callback(self, key: str, id: int | None = None) -> None:  # noqa: A002 - SAGA's name
        """Forget one callback, or all of the attribute's when `id` is None.

        Raises:
            BadParameter: no callback of this attribute has that number.
        """
        name = self._attributes_row(key).name
        callbacks = self._attributes_callbacks
        if callbacks is not None or id is not None:
            (callbacks or Callbacks()).remove(name, id)

    def from_dict(self, seed: Any) -> None:
        """Set every attribute that a dictionary names.

        Raises:
            BadParameter: a secret is the mask that `as_dict` wrote in its place.
        """
        for key in seed:
            if seed[key] == MASK and self._is_secret(self._attributes_names.get(key, "")):
                raise BadParameter(
                    f"the value of `{key}` was hidden by `as_dict`",
                    hint="copy an object and its secrets with `clone`",
                )
            self._attributes_i_set(key, seed[key])

    def as_dict(self) -> dict[str, Any]:
        """Return the attributes that have a value, by CamelCase name.

        Lists and dictionaries are copies; secrets are hidden.
        """
        found: dict[str, Any] = {}
        for name in self._attributes_list():
            value = getattr(self, name)
            if value is not None:
                found[self._written(name)] = MASK if self._is_secret(name) else _own(value)
        return found

    def clone(self, other: Any = None) -> Self:
        """Return a copy of the attributes without callbacks, in `other` if that is given."""
        import copy

        if other is None:
            return copy.deepcopy(self)
        self._attributes_deep_copy(other)
        return other  # type: ignore[no-any-return]

    def keys(self) -> list[str]:
        """Return the under_score names of the attributes that have a value."""
        return self._attributes_list()

    def values(self) -> list[Any]:
        """Return the values in the order of `keys`."""
        return [getattr(self, name) for name in self._attributes_list()]

    def items(self) -> list[tuple[str, Any]]:
        """Return pairs of under_score name and value."""
        return [(name, getattr(self, name)) for name in self._attributes_list()]

    def get(self, key: str, default: Any = None) -> Any:
        """Return a value, or `default` when the attribute has none."""
        value = getattr(self, key) if key in self else None
        return default if value is None else value

    def update(self, *seeds: Any, **values: Any) -> None:
        """Set several attributes."""
        for seed in (*seeds, values):
            self.from_dict(seed)

    def __getitem__(self, key: str) -> Any:
        return self._attributes_i_get(key)

    def __setitem__(self, key: str, value: Any) -> None:
        self._attributes_i_set(key, value)

    def __delitem__(self, key: str) -> None:
        self._attributes_remove(key)

    def __iter__(self) -> Iterator[str]:
        return iter(self._attributes_list())

    def __contains__(self, key: object) -> bool:
        return self._attributes_names.get(str(key), key) in self._attributes_list()

    def __len__(self) -> int:
        return len(self._attributes_list())

    def __bool__(self) -> bool:
        return True  # an object without values is still an object

    def _vector_row(self, key: str) -> Attribute:
        row = self._attributes_row(key)
        if row.flavor != VECTOR:
            raise IncorrectState(f"attribute `{row.key}` of {type(self).__name__} holds no list")
        return row

    def _is_secret(self, name: str) -> bool:
        row = self._attributes_table.get(name)
        return row is not None and row.secret

    def _written(self, name: str) -> str:
        """Return the name as lists and dictionaries show it."""
        row = self._attributes_table.get(name)
        return row.key if row is not None and self._attributes_camel else name


def _own(value: Any) -> Any:
    if isinstance(value, (list, dict)):
        return type(value)(value)  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
    return value


def _texts(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [f"{key}={item}" for key, item in value.items()]  # pyright: ignore[reportUnknownVariableType]
    if isinstance(value, (list, tuple, set)):
        return [str(item) for item in value]  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
    return [str(value)]
