"""How every command of `juncture file` runs: failures, interrupts, exit status.

Each name that fails is one sentence on standard error, and the others go on. The status is 0 when
all was done, 1 when some was not, 2 when the command line is wrong, 128 and the signal when it was
interrupted.
"""

from __future__ import annotations

import importlib
import signal
import sys
from typing import Any

from juncture.cli import words
from juncture.cli.interrupts import interrupts
from juncture.errors import JunctureError, UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable

    from juncture.cli.shown import Shown

_OBJECTS = frozenset(("cp", "mv", "rm", "mkdir", "sync"))
"""The commands of which `--json` prints one object."""


def run(module: str, name: str, options: argparse.Namespace) -> int:
    """Run a command and return its exit status."""
    with interrupts() as caught:
        job = Run(options)
        try:
            command: Callable[[Run], None] = getattr(importlib.import_module(module), name)
            command(job)
            sys.stdout.flush()
        except UsageError:
            raise
        except JunctureError as error:  # of what all the rest of it needs, as a target
            job.fail(error)
            if options.json and name in _OBJECTS:
                job.print_json({"failed": job.failed, "failures": job.failures})
        except KeyboardInterrupt:
            _silence()
            so_far = job.so_far()
            sys.stderr.write(words.message(f"interrupted: {so_far}\n"))
            if options.json and name in _OBJECTS and not job.is_printed:
                job.print_json(
                    {"interrupted": so_far, "failed": job.failed, "failures": job.failures}
                )
            return 128 + (caught[0] if caught else signal.SIGINT)
    return 1 if job.failed else 0


class Run:
    """One run of a command: what it was asked for, and what became of it.

    Args:
        options: The command line.
    """

    def __init__(self, options: argparse.Namespace) -> None:
        self.options = options
        self.failures: list[dict[str, str]] = []
        """What `--json` tells of them."""
        self.failed = 0
        self.so_far: Callable[[], str] = lambda: "nothing was changed"
        """Says what was done, for somebody who interrupts it."""
        self.is_printed = False
        """Whether the one document of `--json` was written, at least in part."""
        self.shown: Shown | None = None
        """What keeps a display out of the way of messages."""

    def fail(self, error: JunctureError) -> None:
        """Tell what failed; with `--debug` nothing else is done."""
        if getattr(self.options, "debug", False):
            raise error
        for each in _parts(error):
            self.failed += 1
            facts = {"type": type(each).__name__, "error": each.message, "hint": each.hint}
            self.failures.append(facts)
            hint = f" ({each.hint})" if each.hint else ""
            self.say(f"error: {each.message}{hint}")

    def say(self, text: str) -> None:
        """Write a line for people."""
        line = words.printable(text)
        if self.shown is not None:
            self.shown.say(line)
        else:
            sys.stderr.write(f"{line}\n")

    def note(self, text: str) -> None:
        """Write a line on standard output that `--verbose` asks for."""
        if getattr(self.options, "verbose", False) and not self.options.json:
            if self.shown is not None:
                with self.shown.aside():
                    _print(text)
            else:
                _print(text)

    def print_json(self, value: Any) -> None:
        """Print the one document of a command."""
        import json

        text = json.dumps(value, indent=2)
        self.is_printed = True
        sys.stdout.write(f"{text}\n")
        sys.stdout.flush()


def usage(text: str, hint: str = "") -> UsageError:
    """Return the error for a command line that cannot be meant."""
    return UsageError(text, hint=hint)


def _silence() -> None:
    """Have what is let go in the middle say nothing: it was asked to."""
    import logging

    logging.disable()


def _print(text: str) -> None:
    output = words.Output()
    output.line(output.text(text))
    sys.stdout.flush()


def _parts(error: JunctureError) -> list[JunctureError]:
    """Return the failures of an error that stands for several, and how many it does not name."""
    failures: tuple[JunctureError, ...] = getattr(error, "failures", ())
    if not failures:
        return [error]
    more = getattr(error, "count", len(failures)) - len(failures)
    if more > 0:
        return [*failures, JunctureError(f"{more} more names failed")]
    return list(failures)
