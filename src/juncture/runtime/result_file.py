"""Where `--result` puts what `on_run` returned."""

from __future__ import annotations

import os

from juncture.errors import UsageError
from juncture.runtime import console

TYPE_CHECKING = False
if TYPE_CHECKING:
    from juncture.runtime.outcome import Outcome


def check(path: str) -> None:
    """Make sure before the task runs that its result can be written.

    Raises:
        UsageError: it cannot.
    """
    if path in ("", "-"):
        return
    directory = os.path.dirname(os.path.abspath(path))
    if os.path.isdir(path) or not os.access(path if os.path.exists(path) else directory, os.W_OK):
        raise UsageError(
            f"cannot write the result to `{path}`",
            hint="give `--result` a file in a directory that exists and can be written",
        )


def write(path: str, outcome: Outcome, *, hint: str) -> None:
    """Deliver the result of a task that is done.

    Args:
        path: The file; `-` means stdout, empty text nowhere.
        outcome: How the task ended.
        hint: How to get at the result if it cannot be written.

    Raises:
        UsageError: it cannot be written; the task is done all the same.
    """
    if not path or not outcome.ok:
        return
    text = (outcome.result_json or "null") + "\n"
    try:
        if path == "-":
            console.write(text)
        else:
            with open(path, "w", encoding="utf-8") as file:
                file.write(text)
    except OSError as error:
        raise UsageError(
            f"the task is done, but its result cannot be written to `{path}`: {error.strerror}",
            hint=hint,
        ) from error
