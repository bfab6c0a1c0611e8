"""Words for a POSIX shell: the one place where anything is quoted.

Every byte except NUL survives: a single-quoted string has no special characters but the quote
itself (POSIX XCU 2.2.2). What a program makes of a word (a leading dash, a glob in its own
language) is the caller's matter. Text that holds surrogates stands for bytes, as in `os.fsencode`.
"""

from __future__ import annotations

from juncture.saga.exceptions import BadParameter

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
_IN_NAMES = frozenset(_LETTERS + "0123456789_")
_SAFE = _IN_NAMES | frozenset("@%+:,./-")
_LITERAL = frozenset(range(0x20, 0x7F)) - frozenset(b"\"%\\'") | {0x0A}


def quote(text: str) -> str:
    """Return one shell word that means `text`.

    >>> print(quote("it's"))
    'it'"'"'s'

    Raises:
        BadParameter: the text holds a NUL, which no argument can.
    """
    if "\0" in text:
        raise BadParameter("a NUL character cannot be part of a command", hint="remove it")
    # `=`, `~` and `{` are not among the safe ones: some shells expand them at a word's start.
    if text and _SAFE.issuperset(text):
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
        if not name or name[0].isdigit() or not _IN_NAMES.issuperset(name):
            raise BadParameter(
                f"{name!r} is no name for an environment variable",
                hint="use letters, digits and underscores, not beginning with a digit",
            )
        lines.append(f"export {name}={quote(str(value))}")
    return "\n".join(lines)


def format_bytes(data: bytes) -> str:
    """Return a word that `printf`, given it as its only argument, turns into exactly `data`."""
    text = "".join([chr(byte) if byte in _LITERAL else f"\\{byte:03o}" for byte in data])
    if text.startswith("-"):  # it would be an option
        text = "\\055" + text[1:]
    return f"'{text}'"


def for_any_shell(text: str) -> str:
    """Return a command that has `sh` run `text`, whatever shell it is given to.

    The login shell of an account may be csh or fish, whose quoting is not that of `sh`; so the text
    travels as numbers, between single quotes, where no shell finds anything special.

    Raises:
        BadParameter: the text holds a NUL.
    """
    if "\0" in text:
        raise BadParameter("a NUL character cannot be part of a command", hint="remove it")
    codes = "".join(f"\\{byte:03o}" for byte in text.encode("utf-8", "surrogateescape"))
    return f'exec /bin/sh -c \'eval "$(printf "{codes}")"\''


def _is_reserved(word: str) -> bool:
    """Whether a shell would take an unquoted word for part of its grammar."""
    return word in _RESERVED


# fmt: off
_RESERVED = frozenset((
    "case", "coproc", "do", "done", "elif", "else", "end", "esac", "fi", "for", "foreach",
    "function", "if", "in", "nocorrect", "repeat", "select", "then", "time", "until", "while",
))
# fmt: on
