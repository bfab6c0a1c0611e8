"""An action: the name of something the application can do, and its arguments.

`str(action)` is the JSON document `{"name": …, "args": {…} or null}`, which `from_json_string`
reads back. Values must be what JSON can say; nothing is converted on the way.
"""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from typing import Any, Optional, cast


@dataclass(frozen=True)
class Action:
    """Something an adaptor asks its application to do.

    Args:
        name: Key in the application's table of actions.
        args: Its arguments by name; None when it has none.

    >>> str(Action("render", {"frame": 3}))
    '{"name": "render", "args": {"frame": 3}}'
    """

    name: str
    args: Optional[dict[str, Any]] = None

    def __str__(self) -> str:
        return json.dumps({"name": self.name, "args": self.args})

    @staticmethod
    def from_json_string(text: str) -> Action:
        """Read what `str(action)` wrote.

        Raises:
            ValueError: the text is not the document of an action.
        """
        document: Any = json.loads(text)
        if not _is_action(document):
            raise ValueError('an action is an object with a text "name" and an object "args"')
        return Action(document["name"], document.get("args"))

    @staticmethod
    def from_bytes(data: bytes) -> Optional[Action]:
        """Read a UTF-8 document; None, and one line on stderr, if it is not an action."""
        try:
            return Action.from_json_string(data.decode())
        except ValueError as error:
            sys.stderr.write(f"ERROR: {data[:200]!r} is not an action: {error}\n")
            return None


def _is_action(document: Any) -> bool:
    if not isinstance(document, dict):
        return False
    fields = cast("dict[str, Any]", document)
    return isinstance(fields.get("name"), str) and isinstance(
        fields.get("args"), (dict, type(None))
    )
