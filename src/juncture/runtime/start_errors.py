"""Why a program could not be started, in words: which of program, interpreter and directory it is.

The errors are also the `OSError` that programs have always caught in this place. This module looks
at the file system and starts nothing.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from juncture.errors import JunctureError


class StartError(JunctureError, OSError):
    """A program could not be started."""


class ProgramNotFoundError(StartError, FileNotFoundError):
    """There is no such program or no such directory to start it in."""


class ProgramPermissionError(StartError, PermissionError):
    """The program may not be executed, or the directory not entered."""


def start_error(program: str, directory: str | None, error: OSError) -> StartError:
    """Return the error to raise from `error`.

    Args:
        program: As it was given, a name or a path.
        directory: To start it in; None for the current one.
        error: What the system said.
    """
    kind: type[StartError] = StartError
    message, hint = f"`{program}` cannot be started: {error.strerror}", ""
    if isinstance(error, FileNotFoundError):
        kind = ProgramNotFoundError
        message, hint = _not_found(program)
    elif isinstance(error, PermissionError):
        kind = ProgramPermissionError
        hint = f"check that `{program}` is a file with execute permission"
    if directory is not None and not Path(directory).is_dir():
        message = f"`{program}` cannot be started in `{directory}`, which is not a directory"
        hint = "create the directory, or return another one as the startup directory"
    started = kind(message, hint=hint)
    started.errno, started.strerror, started.filename = error.errno, error.strerror, program
    return started


def _not_found(program: str) -> tuple[str, str]:
    if shutil.which(program):
        return (
            f"`{program}` is a script whose first line names an interpreter that is not there",
            "correct the first line of the script, or install the interpreter",
        )
    if "/" in program:
        return f"there is no program `{program}`", "give the path of an existing file"
    return (
        f"there is no program `{program}` in the directories of PATH",
        f"give its full path, or add its directory to PATH ({os.environ.get('PATH', '')})",
    )
