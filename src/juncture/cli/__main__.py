"""The `juncture` command.

Each command is a module of this room with `add_options(parser)` and `main(options) -> exit status`,
imported when the command line names it. This module turns errors into a sentence, a hint and an
exit status, and is the only place that does.
"""

from __future__ import annotations

import errno
import importlib
import os
import signal
import sys

import juncture
from juncture.cli.parser import DEBUG, Parser
from juncture.errors import JunctureError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

COMMANDS = {
    "new": "write a working, tested skeleton of an adaptor",
    "adaptor": "list the back-end adaptors, or check one",
    "file": "list, copy, move and remove files of any scheme",
    "job": "run programs on any back end, and look after them",
    "compat": "run a program written for openjd.adaptor_runtime or radical.saga",
}
"""`command: what it does`; the module has the name of the command."""

_FULL = frozenset((errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO))
_STREAMS = (
    ("stdin", os.O_RDONLY, "r"),
    ("stdout", os.O_WRONLY, "w"),
    ("stderr", os.O_WRONLY, "w"),
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command line and return its exit status.

    Args:
        arguments: Without the program's name; None means those of this process.
    """
    given = list(sys.argv[1:] if arguments is None else arguments)
    _open_closed_streams()
    _spell_out_what_stdout_cannot_say()
    try:
        options = _parsed(given)
        status = _run(options)
        sys.stdout.flush()
    except JunctureError as error:
        # What was parsed may be nothing: then the words themselves say whether to show it all.
        if "--debug" in given[: given.index("--") if "--" in given else None]:
            raise
        from juncture.cli.words import message

        hint = f"\nhint: {error.hint}\n" if error.hint else ""
        sys.stderr.write(message(f"error: {error}\n{hint}"))
        return error.exit_status
    except KeyboardInterrupt:
        return 130
    except OSError as error:
        return _output_lost(error)
    return status


def _run(options: Any) -> int:
    command = _module(options.command)
    if not options.debug:
        return int(command.main(options))
    from juncture.cli.debug_log import shown

    with shown():
        return int(command.main(options))


def _output_lost(error: OSError) -> int:
    """Return the status of a command that cannot write what it has to say.

    Raises:
        OSError: the error is about something else, and one that nobody has foreseen.
    """
    is_pipe = isinstance(error, BrokenPipeError)
    # Stores and services make errors of their own of what they meet, so this is our own output.
    if not is_pipe and (error.filename is not None or error.errno not in _FULL):
        raise error
    # The interpreter must not try again at its end.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    if is_pipe:
        return 128 + signal.SIGPIPE  # nobody reads it, and nobody needs to be told
    sys.stderr.write(f"error: standard output cannot be written: {error.strerror}\n")
    return 1


def _open_closed_streams() -> None:
    """Have the three streams lead somewhere, or the next file that is opened would be one."""
    for name, flags, mode in _STREAMS:
        if getattr(sys, name) is None:
            number = os.open(os.devnull, flags)
            os.set_inheritable(number, True)
            setattr(sys, name, os.fdopen(number, mode, encoding="utf-8"))


def _spell_out_what_stdout_cannot_say() -> None:
    """Have no letter end a command; names that must be exact are written as bytes."""
    stdout: Any = sys.stdout
    if stdout.errors == "strict":
        stdout.reconfigure(errors="backslashreplace")


def _parsed(given: list[str]) -> Any:
    parser = Parser(prog="juncture", description="Join applications to compute.")
    parser.add_argument("--version", action="version", version=f"juncture {juncture.__version__}")
    commands = parser.add_subparsers(dest="command", metavar="<command>", required=True)
    for name, text in COMMANDS.items():
        command = commands.add_parser(name, help=text, description=text)
        if name in given:
            _module(name).add_options(command)
        command.add_argument("--debug", action="store_true", help=DEBUG)
    return parser.parse_args(given)


def _module(command: str) -> Any:
    return importlib.import_module(f"juncture.cli.{command}")


if __name__ == "__main__":
    sys.exit(main())
