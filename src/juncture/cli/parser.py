"""Reading the command line of `juncture`: what `argparse` refuses is a `UsageError`.

A mistake is a sentence and a hint, as everywhere: the nearest command, choice or option is named,
never a page of usage. Parsers of sub-commands are of the same class, and each answers for itself.
"""

from __future__ import annotations

import argparse
from typing import Any

from juncture.errors import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import NoReturn

DEBUG = "show the log, and tracebacks of errors"
"""The help of `--debug`."""

COMMAND = "COMMAND"
"""The metavar of arguments that are somebody else's command line."""


class Parser(argparse.ArgumentParser):
    """An `argparse` parser that raises `UsageError`.

    Attributes:
        signed: Options with a value that may begin with a dash.
    """

    signed: tuple[str, ...] = ()

    def __init__(self, *arguments: Any, **named: Any) -> None:
        named.setdefault("allow_abbrev", False)
        super().__init__(*arguments, **named)

    def error(self, message: str) -> NoReturn:
        """Raise the error instead of ending the process."""
        raise UsageError(message, hint=self._see())

    def parse_known_args(  # type: ignore[override]
        self, args: Sequence[str] | None = None, namespace: Any = None
    ) -> tuple[Any, list[str]]:
        """Parse, and refuse what is left over where it was found: nobody above would take it."""
        if self.signed and args is not None:
            args = self._with_signed(args)
        found, rest = super().parse_known_args(args, namespace)
        if rest:
            self._refuse(rest)
        return found, rest

    def _with_signed(self, args: Sequence[str]) -> list[str]:
        """Return the words with values that begin with a dash tied to their options."""
        words: list[str] = []
        for word in args:
            if words and words[-1] in self.signed and "--" not in words:
                words[-1] += f"={word}"
            else:
                words.append(word)
        return words

    def _check_value(self, action: argparse.Action, value: Any) -> None:
        choices = action.choices
        if choices is None or value in choices:
            return
        if isinstance(action, argparse._SubParsersAction):  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]
            message = f"`{self.prog}` has no command `{value}`"
        else:
            name = "/".join(action.option_strings) or action.metavar or action.dest
            message = f"`{name}` is one of {', '.join(map(str, choices))}, found `{value}`"
        raise UsageError(message, hint=self._near(str(value), map(str, choices)) or self._see())

    def _refuse(self, rest: list[str]) -> NoReturn:
        options = [word for word in rest if word.startswith("-")]
        if not options:
            words = " ".join(f"`{word}`" for word in rest)
            raise UsageError(f"`{self.prog}` does not take {words}", hint=self._see())
        option = options[0].partition("=")[0]
        known = (name for action in self._actions for name in action.option_strings)
        hint = self._near(option, known)
        if not hint and any(action.metavar == COMMAND for action in self._actions):
            hint = f"put `--` before the command if `{option}` is its own"
        raise UsageError(f"`{self.prog}` has no option `{option}`", hint=hint or self._see())

    def _near(self, word: str, names: Iterable[str]) -> str:
        from difflib import get_close_matches

        near = get_close_matches(word, list(names), n=1)
        return f"`{near[0]}` is the nearest; {self._see()}" if near else ""

    def _see(self) -> str:
        return f"see `{self.prog} --help`"


def seconds(text: str) -> float:
    """Return a number of seconds that somebody can wait.

    Raises:
        ValueError: it is none.
    """
    number = float(text)
    if not 0 <= number < _MOST:
        raise ValueError(text)
    return number


seconds.__name__ = "number of seconds"  # what `argparse` calls a value that it refuses


def whole(text: str) -> int:
    """Return a whole number.

    Raises:
        ValueError: it is none.
    """
    return int(text)


whole.__name__ = "whole number"

_MOST = 1e9
