"""What an object with attributes is made of: a table of names, the values, and hooks.

A value lives in the object's `__dict__` under its under_score name, so reading it is reading a
plain attribute. Only a miss (no value yet, a value that a hook computes, another spelling, a
typo) comes to `__getattr__`; every assignment is checked in `__setattr__`. Names with a leading
underscore are the implementation's own and not attributes.

The table belongs to the class; an object that adds a row of its own gets a copy first.
"""

from __future__ import annotations

from juncture.saga._attributes.convert import convert
from juncture.saga._attributes.hooks import Hooks
from juncture.saga._attributes.names import nearest, under_score
from juncture.saga._attributes.row import ALIAS, FINAL, READONLY, WRITEABLE, Attribute
from juncture.saga.exceptions import BadParameter, UnknownAttributeError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from juncture.saga._attributes.callbacks import Callbacks

_new = object.__new__
_store = object.__setattr__
_MACHINERY = frozenset({"_attributes_hooks", "_attributes_callbacks"})


_NO_HOOKS = Hooks()


class AttributeStore:
    """The part of `Attributes` that keeps the values; see there."""

    # Where a change comes from: the program (down to the adaptor), or the adaptor (up to it).
    _DOWN = "down"
    _UP = "up"

    _ATTRIBUTES: tuple[Attribute, ...] = ()
    _EXTENSIBLE = True

    _attributes_table: dict[str, Attribute] = {}  # noqa: RUF012 - copied before it is changed
    _attributes_names: dict[str, str] = {}  # noqa: RUF012 - copied before it is changed
    _attributes_open = True
    _attributes_hooks = _NO_HOOKS
    _attributes_callbacks: Callbacks | None = None

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        own = cls.__dict__.get("_ATTRIBUTES")
        if own is None:
            return
        cls._attributes_open = bool(cls.__dict__.get("_EXTENSIBLE", False))
        table: dict[str, Attribute] = {}
        names: dict[str, str] = {}
        for base in reversed(cls.__mro__):
            for row in base.__dict__.get("_ATTRIBUTES", ()):
                _refuse_clash(cls, row.name)
                _enter(table, names, row)
        cls._attributes_table = table
        cls._attributes_names = names

    def __getattr__(self, key: str) -> Any:
        name = self._attributes_names.get(key)
        if name is None:
            return self._attributes_missing(key)
        if name != key:
            return getattr(self, name)
        row = self._attributes_table[name]
        if row.mode == ALIAS:
            return getattr(self, _warned(row))
        getter = self._attributes_hooks.getter.get(name)
        if getter is not None:
            return getter()
        default = row.fresh_default()
        if isinstance(default, (list, dict)):
            self.__dict__[name] = default  # so that what a program appends is kept
        return default  # pyright: ignore[reportUnknownVariableType]

    def __setattr__(self, key: str, value: Any) -> None:
        if key[0] == "_":
            _store(self, key, value)
        else:
            self._attributes_i_set(key, value)

    def __delattr__(self, key: str) -> None:
        if key[0] == "_":
            object.__delattr__(self, key)
        else:
            self._attributes_remove(key)

    def _attributes_missing(self, key: str) -> Any:
        """Ask the hook of an extensible object for an attribute without a row, or refuse."""
        hook = self._attributes_hooks.global_getter
        if hook is not None and self._attributes_open and not key.startswith("_"):
            return hook(key)
        raise self._attributes_unknown(key)

    def _attributes_unknown(self, key: str) -> UnknownAttributeError:
        kind = type(self).__name__
        if key.startswith("_"):
            return UnknownAttributeError(f"{kind} has no attribute `{key}`")
        meant = nearest(key, self._attributes_table)
        known = f"`{meant}` is the nearest name" if meant else ""
        if not known and self._attributes_table:
            known = "its attributes are " + ", ".join(sorted(self._attributes_table))
        return UnknownAttributeError(
            f"{kind} has no attribute `{key}`", api_object=self, hint=known
        )

    def _attributes_row(self, key: str) -> Attribute:
        """Return the row of a name in any spelling; an alias leads to what it stands for."""
        name = self._attributes_names.get(key)
        if name is None:
            raise self._attributes_unknown(key)
        row = self._attributes_table[name]
        return self._attributes_row(_warned(row)) if row.mode == ALIAS else row

    def _attributes_i_get(self, key: str, flow: str = _DOWN) -> Any:
        """Return a value by name in any spelling."""
        del flow
        if not key.startswith("_") or key in self._attributes_names:
            return getattr(self, self._attributes_names.get(key, key))
        raise self._attributes_unknown(key)

    def _attributes_i_set(self, key: str, val: Any, flow: str = _DOWN, force: bool = False) -> None:
        """Set a value: `_DOWN` as a program does, `_UP` as the implementation reports one.

        A report skips the mode and the setter hook and never changes a FINAL attribute. Callbacks
        are told when the value is another one, or always with `force`.
        """
        name = self._attributes_names.get(key)
        if name is None:
            if self._attributes_set_plain(key, val):
                return
            name = self._attributes_extend(key)
        row = self._attributes_row(name)
        name = row.name
        up = flow == self._UP
        if row.mode != WRITEABLE and not self._attributes_may_set(row, up=up):
            return
        if val is not None:
            val = convert(row, val)
        hooks = self._attributes_hooks
        if hooks is not _NO_HOOKS:
            self._attributes_consult(hooks, row, val, up=up)
        before = self.__dict__.get(name, row.default)
        self._attributes_put(row, val, up=up)
        if self._attributes_callbacks is not None and (force or before != val):
            self._attributes_callbacks.call(self, name, val)

    def _attributes_may_set(self, row: Attribute, *, up: bool) -> bool:
        if up:
            return row.mode != FINAL
        state = "final" if row.mode == FINAL else "read-only"
        raise BadParameter(
            f"attribute `{row.key}` of {type(self).__name__} is {state}", api_object=self
        )

    def _attributes_consult(self, hooks: Hooks, row: Attribute, value: Any, *, up: bool) -> None:
        for check in hooks.check.get(row.name, ()):
            verdict = check(value)
            if verdict is not True and verdict is not None:
                reason = f": {verdict}" if verdict else ""
                raise BadParameter(f"attribute `{row.key}` refuses the value{reason}")
        if up:
            return
        setter = hooks.setter.get(row.name)
        if setter is not None:
            setter(value)
        elif hooks.global_setter is not None:
            hooks.global_setter(row.key if row.key in self._attributes_names else row.name, value)

    def _attributes_put(self, row: Attribute, value: Any, *, up: bool) -> None:
        name = row.name
        if name in self._attributes_hooks.getter:
            self.__dict__.pop(name, None)  # the hook is asked at every read
        elif value is None:
            self.__dict__.pop(name, None)
        elif up:
            self.__dict__[name] = value
        else:
            _store(self, name, value)  # a property of the class may want to see it

    def _attributes_set_plain(self, key: str, value: Any) -> bool:
        """Set what is a property of the class and no attribute; say whether it was one."""
        member = getattr(type(self), key, None)
        if member is None:
            return False
        if not hasattr(member, "__set__"):
            raise BadParameter(f"`{key}` of {type(self).__name__} is a method and cannot be set")
        _store(self, key, value)
        return True

    def _attributes_extend(self, key: str) -> str:
        """Add a row for a new name of an extensible object and return the name."""
        if not self._attributes_open:
            raise self._attributes_unknown(key)
        name = under_score(key)
        if not name.isidentifier():
            raise BadParameter(f"attribute name {key!r} is not a word of letters and digits")
        self._attributes_add(Attribute(key, extended=True))
        return name

    def _attributes_own(self) -> None:
        """Give this object a table of its own."""
        if "_attributes_table" not in self.__dict__:
            self._attributes_table = dict(self._attributes_table)
            self._attributes_names = dict(self._attributes_names)

    def _attributes_add(self, row: Attribute) -> None:
        _refuse_clash(type(self), row.name)
        self._attributes_own()
        _enter(self._attributes_table, self._attributes_names, row)

    def _attributes_remove(self, key: str) -> None:
        """Take an attribute's value away; a name that was added to the object goes too.

        Raises:
            BadParameter: the attribute is read-only or final.
            DoesNotExist: there is no such attribute.
        """
        row = self._attributes_row(key)
        if row.mode in {READONLY, FINAL}:
            self._attributes_may_set(row, up=False)
        self.__dict__.pop(row.name, None)
        if row.extended:
            self._attributes_drop(row.name)

    def _attributes_drop(self, name: str) -> None:
        self._attributes_own()
        self.__dict__.pop(name, None)
        del self._attributes_table[name]
        for spelling in [key for key, row in self._attributes_names.items() if row == name]:
            del self._attributes_names[spelling]

    def _attributes_list(self) -> list[str]:
        """Return the under_score names of the attributes that have a value, sorted."""
        computed = self._attributes_hooks.getter
        names = {
            name
            for name, row in self._attributes_table.items()
            if row.mode != ALIAS
            and (
                self.__dict__.get(name, row.default) is not None
                or name in computed
                or hasattr(type(self), name)
            )
        }
        if self._attributes_hooks.global_lister is not None:
            names.update(under_score(key) for key in self._attributes_hooks.global_lister())
        return sorted(names)

    def __getstate__(self) -> dict[str, Any]:
        """Return everything but callbacks and hooks, which belong to this very object."""
        state = {key: value for key, value in self.__dict__.items() if key not in _MACHINERY}
        for key in ("_attributes_table", "_attributes_names"):
            if key in state:
                state[key] = dict(state[key])
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)

    def __deepcopy__(self, memo: dict[int, Any]) -> AttributeStore:
        """Copy the attributes in depth; the implementation's own fields are handed on."""
        import copy

        twin: AttributeStore = _new(type(self))
        memo[id(self)] = twin
        for key, value in self.__getstate__().items():
            twin.__dict__[key] = value if key[0] == "_" else copy.deepcopy(value, memo)
        return twin


def _enter(table: dict[str, Attribute], names: dict[str, str], row: Attribute) -> None:
    table[row.name] = row
    for spelling in row.spellings():
        names[spelling] = row.name


def _refuse_clash(cls: type, name: str) -> None:
    member = getattr(cls, name, None)
    if member is not None and not hasattr(member, "__set__"):
        raise BadParameter(f"attribute `{name}` would hide a method of {cls.__name__}")


def _warned(row: Attribute) -> str:
    """Return what an alias stands for, after saying that it is an old name."""
    import warnings

    warnings.warn(
        f"attribute `{row.key}` is deprecated: use `{row.alias}`", DeprecationWarning, stacklevel=4
    )
    return row.alias
