"""The session of a command: who is at the terminal may be asked for what opens a door."""

from __future__ import annotations

import sys

from juncture.saga.session import Session


def session() -> Session:
    """Return a session that asks the person at the terminal, if there is one."""
    found = Session()
    if sys.stdin.isatty() and sys.stderr.isatty():
        found.on_question = ask
    return found


def ask(question: str) -> str | None:
    """Ask the person at the terminal; what is typed is not shown."""
    import getpass

    try:
        return getpass.getpass(question if question.endswith(" ") else question + " ")
    except EOFError:
        return None
