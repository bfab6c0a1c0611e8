"""Words for a POSIX shell: the one place where anything is quoted.

Every byte except NUL survives: a single-quoted string has no special characters but the quote itself
(POSIX XCU 2.2.2). What a program makes of a word (a leading dash, a glob in its own language) is the
caller's matter. Text that holds surrogates stands for bytes, as in `os.fsencode`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from juncture.saga.exceptions import BadParameter

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_SAFE = re.compile(r"[A-Za-z0-9@%+:,./_-]+")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_NOT_LITERAL = re.compile(rb"[^ !#-$&-\[\]-~\n]")  # all but printable ASCII, and: " % \
_ESCAPES = {bytes([code]): b"\\%03o" % code for code in range(256)}


def quote(text: str) -> str:
    """Return one shell word that means `text`.

    >>> print(quote("it's"))
    'it'"'"'s'

    Raises:
        BadParameter: the text holds a NUL, which no argument can.
    """
    if "\0" in text:
        raise BadParameter("a NUL character cannot be part of a command", hint="remove it")
    # `=`, `~` and `{` are left out of the safe ones: some shells expand them at the start of a word.
    if _SAFE.fullmatch(text):
        return text
    return "'" + text.replace("'", "'\"'\"'") + "'"


def command(argv: Iterable[str]) -> str:
    """Return a shell command that runs a program with these arguments, none of them expanded.

    Raises:
        BadParameter: there is no program, or a NUL.
    """
    words = [quote(word) for word in argv]
    if not words:
        raise BadParameter("a command needs a program to run")
    if _is_reserved(words[0]):
        words[0] = f"'{words[0]}'"
    return " ".join(words)


def assignments(environment: Mapping[str, object]) -> str:
    """Return `export` commands, one a line, for environment variables.

    Raises:
        BadParameter: a name is not one that a shell can assign to, or a value holds a NUL.
    """
    lines: list[str] = []
    for name, value in environment.items():
        if not _NAME.fullmatch(name):
            raise BadParameter(
                f"{name!r} is no name for an environment variable",
                hint="use letters, digits and underscores, not beginning with a digit",
            )
        lines.append(f"export {name}={quote(str(value))}")
    return "\n".join(lines)


def format_bytes(data: bytes) -> str:
    """Return a word that `printf`, given it as its only argument, turns into exactly `data`."""
    text = _NOT_LITERAL.sub(lambda found: _ESCAPES[found.group()], data).decode("ascii")
    if text.startswith("-"):  # it would be an option
        text = "\\055" + text[1:]
    return "'" + text.replace("'", "\\047") + "'"


def _is_reserved(word: str) -> bool:
    """Whether a shell would take an unquoted word for part of its grammar."""
    return word in _RESERVED


_RESERVED = frozenset(
    "case do done elif else esac fi for function if in select then time until while"
    " coproc foreach end repeat nocorrect".split()
)
