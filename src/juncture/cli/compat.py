"""`juncture compat`: run a program written for `openjd.adaptor_runtime` or `radical.saga` on ours.

The program replaces this process, so its signals, its exit status and its process id are its own.
"""

from __future__ import annotations

import os
import signal
import sys

from juncture import compat
from juncture.errors import JunctureError, UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse

_IGNORED_BY_PYTHON = ("SIGPIPE", "SIGXFSZ")


class NotStartedError(JunctureError):
    """The program could not be started."""

    exit_status = 127  # as sh(1) and env(1) have it


def add_options(parser: argparse.ArgumentParser) -> None:
    """Describe the command line."""
    parser.usage = "juncture compat (--path | -- COMMAND…)"
    parser.add_argument(
        "--path", action="store_true", help="print the directory to put first on PYTHONPATH"
    )
    parser.add_argument("program", nargs="*", metavar="COMMAND", help="program and its arguments")


def main(options: argparse.Namespace) -> int:
    """Print the directory, or become the program."""
    program: list[str] = options.program
    if options.path == any(program[:1]):
        raise UsageError(
            "`juncture compat` needs either `--path` or a command",
            hint="write `juncture compat -- blender-openjd daemon start …`",
        )
    if options.path:
        sys.stdout.write(f"{compat.PATH}\n")
        return 0
    environment = dict(os.environ)
    environment["PYTHONPATH"] = compat.pythonpath(environment.get("PYTHONPATH", ""))
    return _become(program, environment)


def _become(program: list[str], environment: dict[str, str]) -> int:
    sys.stdout.flush()
    sys.stderr.flush()
    for name in _IGNORED_BY_PYTHON:  # an ignored signal stays ignored in the program
        signal.signal(getattr(signal, name), signal.SIG_DFL)
    try:
        os.execvpe(program[0], program, environment)  # noqa: S606 - no shell is the point
    except OSError as error:
        raise NotStartedError(
            f"cannot start `{program[0]}`: {error.strerror}",
            hint="see that the program is on the PATH and may be executed",
        ) from error
