"""Named queries of `.sql` files: `-- name: NAME` begins one, which ends where the next begins."""

from __future__ import annotations

import os
import re

_NAME = re.compile(r"^-- name: ([\w-]+)\n", re.MULTILINE)
_COMMENT = re.compile(r"^--.*\n", re.MULTILINE)
_VALUE = re.compile(r"(?<!:):(\w+)")


def load(*names: str) -> dict[str, str]:
    """Return the queries of files of this folder by name; a later file outranks."""
    found: dict[str, str] = {}
    for name in names:
        with open(os.path.join(os.path.dirname(__file__), name), encoding="utf-8") as file:
            _, *parts = _NAME.split(file.read())
        for query, text in zip(parts[::2], parts[1::2], strict=True):
            found[query] = _COMMENT.sub("", text).strip()
    return found


def with_percents(query: str) -> str:
    """Return a query as PostgreSQL's client wants it: `%(name)s` for `:name`.

    >>> with_percents("SELECT 7 % :divisor, '/'::bytea")
    "SELECT 7 %% %(divisor)s, '/'::bytea"
    """
    return _VALUE.sub(r"%(\1)s", query.replace("%", "%%"))


def statements(query: str) -> list[str]:
    """Return the statements of a schema, which has no semicolon inside any."""
    return [each.strip() for each in query.split(";") if each.strip()]
