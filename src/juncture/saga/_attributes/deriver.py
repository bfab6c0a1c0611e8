"""How a class or an adaptor that derives from `Attributes` shapes one object's attributes.

Most classes declare a table instead (`_ATTRIBUTES`). These methods are for what is known only when
the object is made: the extra attributes of a back end, and hooks that compute or check values.
"""

from __future__ import annotations

from juncture.saga._attributes.hooks import Hooks
from juncture.saga._attributes.row import ANY, FINAL, MASK, SCALAR, WRITEABLE, Attribute
from juncture.saga._attributes.store import AttributeStore

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any


class AttributeDeriver(AttributeStore):
    """The part of `Attributes` that derived classes call; see there."""

    _attributes_camel = True

    def _attributes_register(  # noqa: PLR0917 - as adaptors call it
        self,
        key: str,
        default: Any = None,
        typ: str = ANY,
        flavor: str = SCALAR,
        mode: str = WRITEABLE,
        ext: bool = False,
    ) -> None:
        """Add an attribute to this object."""
        self._attributes_add(Attribute(key, typ, flavor, mode, default, extended=ext))

    def _attributes_register_deprecated(self, key: str, alias: str) -> None:
        """Let the old name `key` lead to the attribute `alias`."""
        self._attributes_add(Attribute(key, alias=alias))

    def _attributes_unregister(self, key: str) -> None:
        """Forget an attribute of this object, whatever its mode."""
        name = self._attributes_names.get(key)
        if name is None:
            raise self._attributes_unknown(key)
        self._attributes_drop(name)

    def _attributes_set_enums(self, key: str, enums: Sequence[Any]) -> None:
        """Say which values an ENUM may take."""
        self._attributes_add(self._attributes_row(key).changed(enums=tuple(enums)))

    def _attributes_set_final(self, key: str, val: Any = None) -> None:
        """Set a last value, unless it is None, and keep it."""
        row = self._attributes_row(key)
        if val is not None:
            self._attributes_i_set(row.name, val, flow=self._UP)
        self._attributes_add(row.changed(mode=FINAL))

    def _attributes_extensible(
        self,
        e: bool = True,
        getter: Callable[[str], Any] | None = None,
        setter: Callable[[str, Any], object] | None = None,
        lister: Callable[[], Any] | None = None,
        caller: Callable[[str, int, Any], object] | None = None,
    ) -> None:
        """Say whether a program may add attributes, and who keeps those."""
        self._attributes_open = e
        for hook, name in (
            (getter, "global_getter"),
            (setter, "global_setter"),
            (lister, "global_lister"),
            (caller, "global_caller"),
        ):
            if hook is not None:
                setattr(self._attributes_hooked(), name, hook)

    def _attributes_camelcasing(self, c: bool = True) -> None:
        """Say whether `list_attributes` and `as_dict` write CamelCase."""
        self._attributes_camel = c

    def _attributes_add_check(self, key: str, check: Callable[[Any], object]) -> None:
        """Let `check(value)` refuse values: by a text that says why, or by False."""
        self._attributes_hooked().check.setdefault(self._attributes_row(key).name, []).append(check)

    def _attributes_set_getter(self, key: str, getter: Callable[[], Any]) -> None:
        """Let `getter()` compute the value at every read."""
        name = self._attributes_row(key).name
        self._attributes_hooked().getter[name] = getter
        self.__dict__.pop(name, None)

    def _attributes_set_setter(self, key: str, setter: Callable[[Any], object]) -> None:
        """Let `setter(value)` act before a value is stored; what it raises reaches the program."""
        self._attributes_hooked().setter[self._attributes_row(key).name] = setter

    def _attributes_set_global_getter(self, getter: Callable[[str], Any]) -> None:
        """Let `getter(key)` answer for names that this object has no row for."""
        self._attributes_hooked().global_getter = getter

    def _attributes_set_global_setter(self, setter: Callable[[str, Any], object]) -> None:
        """Let `setter(key, value)` act for attributes without a setter of their own."""
        self._attributes_hooked().global_setter = setter

    def _attributes_set_global_lister(self, lister: Callable[[], Any]) -> None:
        """Let `lister()` name attributes that this object has no row for."""
        self._attributes_hooked().global_lister = lister

    def _attributes_set_global_caller(self, caller: Callable[[str, int, Any], object]) -> None:
        """Let `caller(key, cookie, callback)` learn of every new callback."""
        self._attributes_hooked().global_caller = caller

    def _attributes_deep_copy(self, other: AttributeStore) -> None:
        """Make `other` hold copies of this object's attributes."""
        import copy

        twin = copy.deepcopy(self)
        for key, value in twin.__dict__.items():
            if (
                key in {"_attributes_table", "_attributes_names", "_attributes_open"}
                or key[0] != "_"
            ):
                other.__dict__[key] = value

    def _attributes_dump(self, msg: str = "") -> str:
        """Return the table and the values as text, for a person who debugs an adaptor."""
        lines = [msg or type(self).__name__]
        lines += [
            f"  {row.key:24} {row.typ:8} {row.flavor:8} {row.mode:10} "
            f"{MASK if row.secret else self.__dict__.get(name)!r}"
            for name, row in sorted(self._attributes_table.items())
        ]
        return "\n".join(lines)

    def _attributes_hooked(self) -> Hooks:
        """Return the hooks of this very object."""
        if "_attributes_hooks" not in self.__dict__:
            self._attributes_hooks = Hooks()
        return self._attributes_hooks
