"""One attribute's row: its name, what it may hold, and who may set it."""

from __future__ import annotations

from juncture.saga._attributes.names import camel_case, under_score

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

# Types.
ANY = "any"
URL = "url"
INT = "int"
FLOAT = "float"
STRING = "string"
BOOL = "bool"
ENUM = "enum"
TIME = "time"

# Flavors: one value, a list of values, a dictionary of names and values.
SCALAR = "scalar"
VECTOR = "vector"
DICT = "dict"

# Modes. READONLY may be set by the implementation alone, FINAL by nobody any more; an ALIAS is an
# old name of another attribute.
WRITEABLE = "writeable"
READONLY = "readonly"
FINAL = "final"
ALIAS = "alias"


MASK = "***"
"""What stands for a secret wherever a person may read it."""


class Attribute:
    """A row of a class's table; it does not change after it was made.

    Args:
        key: The name, in CamelCase as SAGA writes it or in under_score.
        typ: What a value is turned into: ANY (left alone), STRING, INT, …
        flavor: SCALAR, VECTOR or DICT.
        mode: WRITEABLE, READONLY, FINAL or ALIAS.
        default: What an attribute without a value reads as; lists and dictionaries are copied.
        enums: The values that an ENUM may take.
        alias: For an ALIAS, the name that replaces this one.
        secret: Whether copies for people (`as_dict`, `str`, messages) hide the value.
        words: Whether a VECTOR parts a text at blanks; False takes it as one item.
        extended: Whether it was added to one object rather than declared by its class.
        doc: One sentence for the reference.
    """

    __slots__ = (
        "alias",
        "default",
        "doc",
        "enums",
        "extended",
        "flavor",
        "key",
        "mode",
        "name",
        "secret",
        "typ",
        "words",
    )

    def __init__(
        self,
        key: str,
        typ: str = ANY,
        flavor: str = SCALAR,
        mode: str = WRITEABLE,
        default: Any = None,
        *,
        enums: Sequence[Any] = (),
        alias: str = "",
        secret: bool = False,
        words: bool = True,
        extended: bool = False,
        doc: str = "",
    ) -> None:
        self.name = under_score(key)
        self.key = camel_case(key)
        self.typ = typ
        self.flavor = flavor
        self.mode = ALIAS if alias else mode
        self.default = default
        self.enums = tuple(enums)
        self.alias = under_score(alias)
        self.secret = secret
        self.words = words
        self.extended = extended
        self.doc = doc

    def __repr__(self) -> str:
        return f"Attribute({self.key!r}, {self.typ!r}, {self.flavor!r}, {self.mode!r})"

    def spellings(self) -> set[str]:
        """Return every way to write the name."""
        return {self.name, self.key, camel_case(self.name)}

    def fresh_default(self) -> Any:
        """Return the default; a list or dictionary is the caller's own."""
        default = self.default
        return type(default)(default) if isinstance(default, (list, dict)) else default  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]

    def changed(self, **parts: Any) -> Attribute:
        """Return a copy in which some parts are others."""
        twin = Attribute.__new__(Attribute)
        for part in Attribute.__slots__:
            setattr(twin, part, parts.get(part, getattr(self, part)))
        return twin
