"""Have the reference show the calls and the examples of the sources as they are meant.

griffe, which reads the sources for mkdocstrings, knows `typing.overload` by its name. Ours is
`juncture._util.typed.overload`, so that nothing imports `typing`; to griffe it is a function like
another, and the last definition of a method would hide the rest. What such a definition returns is
said by the form that makes a task of it.

Where a class has a method `list`, its module has a private name for a type such as `list[str]`,
which readers do not know: they get the type. An example of a docstring becomes a block of code; to
Markdown, `>>>` are quotations in quotations.
"""

from __future__ import annotations

import re
from dataclasses import fields, replace
from typing import TYPE_CHECKING

from griffe import Expr, ExprName, ExprSubscript, Extension

if TYPE_CHECKING:
    from typing import Any

    from griffe import Function, Module, Object

OURS = "juncture._util.typed.overload"
EXAMPLE = re.compile(r"^>>> .*(?:\n.*\S.*)*", re.MULTILINE)


class Reference(Extension):
    """Puts right what griffe has read."""

    def __init__(self) -> None:
        self._declared: dict[str, list[Function]] = {}

    def on_function_instance(self, *, func: Function, **_: Any) -> None:
        """Take an overload, or a definition that has some."""
        func.returns = spelled(func.returns, func.module)
        if any(each.callable_path == OURS for each in func.decorators):
            self._declared.setdefault(func.path, []).append(func)
            return
        func.overloads = self._declared.pop(func.path, None) or func.overloads
        for each in func.overloads or ():
            form = each.returns
            if isinstance(form, ExprSubscript) and str(form.left) == "Task":
                func.returns = form.slice

    def on_instance(self, *, obj: Object, **_: Any) -> None:
        """Fence the examples of a docstring, and spell out what a property is."""
        if obj.is_attribute:
            obj.annotation = spelled(obj.annotation, obj.module)
        if obj.docstring is not None:
            obj.docstring.value = EXAMPLE.sub("```pycon\n\\g<0>\n```", obj.docstring.value)


def spelled(said: Any, module: Module) -> Any:
    """Return an annotation with the module's private names for types spelled out."""
    if isinstance(said, ExprName) and said.name.startswith("_"):
        known = module.members.get(said.name)
        value = known.value if known is not None and known.is_attribute else None
        return value if isinstance(value, ExprSubscript) else said
    if isinstance(said, list):
        return [spelled(each, module) for each in said]
    if not isinstance(said, Expr):
        return said
    parts = {each.name: getattr(said, each.name) for each in fields(said)}
    changed = {name: spelled(part, module) for name, part in parts.items() if name != "parent"}
    return replace(said, **changed)
