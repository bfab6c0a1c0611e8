"""The command line that every adaptor has: one table, read in two ways.

`COMMANDS` says which options each command takes. An ordinary line, made of whole option names and
their values, is read straight from the table; everything else (help, abbreviations, `--x=y`,
mistakes) goes to `argparse`, which is built from the same table and costs more to import than all
the rest of a command that talks to a daemon.
"""

from __future__ import annotations

from juncture.errors import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable
    from typing import NoReturn

TEXT = "text"
SECONDS = "seconds"
PID = "pid"
FLAG = "flag"

INIT_DATA = ("--init-data", TEXT, "D", "init data: an object as JSON or YAML, or file://PATH")
RUN_DATA = ("--run-data", TEXT, "D", "run data: an object as JSON or YAML, or file://PATH")
RULES = ("--path-mapping-rules", TEXT, "D", "path mapping rules: a document like the others")
RESULT = ("--result", TEXT, "FILE", "write what on_run returned there as JSON; - means stdout")
CONNECTION = ("--connection-file", TEXT, "PATH", "the file that says where the daemon is")
WAIT = ("--wait", FLAG, "", "wait until the daemon is not busy")
TIMEOUT = ("--timeout", SECONDS, "S", "seconds that this may take")
DEBUG = ("--debug", FLAG, "", "show tracebacks of errors")

_TALK = (CONNECTION, DEBUG)

COMMANDS: dict[tuple[str, ...], tuple[str, tuple[tuple[str, str, str, str], ...]]] = {
    ("run",): (
        "run one task through the whole lifecycle in this process",
        (INIT_DATA, RUN_DATA, RULES, RESULT, TIMEOUT, DEBUG),
    ),
    ("daemon", "start"): (
        "start the adaptor as a daemon and leave it running",
        (
            CONNECTION,
            INIT_DATA,
            RULES,
            TIMEOUT,
            ("--idle-timeout", SECONDS, "S", "end the daemon after S seconds without a task"),
            ("--owner-pid", PID, "PID", "end the daemon when this process ends"),
            ("--grace", SECONDS, "S", "seconds to stop in after a signal (60)"),
            DEBUG,
        ),
    ),
    ("daemon", "run"): (
        "run one task in the daemon",
        (CONNECTION, RUN_DATA, RESULT, WAIT, TIMEOUT, DEBUG),
    ),
    ("daemon", "stop"): (
        "stop the adaptor, clean up and end the daemon; a running task is canceled",
        (
            CONNECTION,
            ("--wait", FLAG, "", "let a running task end first"),
            ("--force", FLAG, "", "end the daemon and its children now, without the adaptor"),
            TIMEOUT,
            DEBUG,
        ),
    ),
    ("daemon", "status"): ("say what the daemon is doing, as JSON", _TALK),
    ("daemon", "cancel"): ("cancel the running task and wait until it has ended", _TALK),
    ("daemon", "logs"): (
        "show the log of the daemon",
        (CONNECTION, ("--follow", FLAG, "", "go on until the daemon ends"), DEBUG),
    ),
    ("daemon", "attach"): (
        "follow the running task, or the last one, from its beginning to its exit status",
        (CONNECTION, RESULT, DEBUG),
    ),
    ("show-config",): ("print the configuration as YAML", (DEBUG,)),
    ("version-info",): ("print the versions of the interfaces as YAML", (DEBUG,)),
    ("is-compatible",): (
        "exit with 0 if this adaptor can stand in for the versions named",
        (
            ("--openjd-adaptor-cli-version", TEXT, "M.m", "version of the command line; required"),
            (
                "--integration-data-interface-version",
                TEXT,
                "M.m",
                "version of init data and run data; required",
            ),
            DEBUG,
        ),
    ),
    ("daemon", "_serve"): ("", (("--bootstrap-fd", PID, "FD", ""), DEBUG)),
}
"""`command: (what it does, its options as (name, kind, metavar, what it is))`. A command without a
text is internal and shown nowhere."""

REQUIRED = ("--openjd-adaptor-cli-version", "--integration-data-interface-version")


class Invocation:
    """A command and the options given with it.

    Attributes:
        command: A key of `COMMANDS`.
        options: By name with dashes, such as `"--timeout"`; what was not given is missing.
    """

    __slots__ = ("command", "options")

    def __init__(self, command: tuple[str, ...], options: dict[str, str | float | bool]) -> None:
        self.command = command
        self.options = options

    def text(self, name: str) -> str:
        """Return the text given with an option, or an empty string."""
        return str(self.options.get(name, ""))

    def number(self, name: str) -> float | None:
        """Return the number given with an option."""
        value = self.options.get(name)
        return None if value is None else float(value)

    def flag(self, name: str) -> bool:
        """Return whether a flag was given."""
        return bool(self.options.get(name))


def parse(arguments: list[str], prog: str) -> Invocation:
    """Return what a command line asks for.

    Raises:
        SystemExit: help was shown.
        UsageError: the line is wrong.
    """
    return quick_parse(arguments) or full_parse(arguments, prog)


def quick_parse(arguments: list[str]) -> Invocation | None:
    """Read an ordinary line; None if it takes `argparse` to understand or refuse it."""
    words = 2 if arguments[:1] == ["daemon"] else 1
    command = tuple(arguments[:words])
    row = COMMANDS.get(command)
    if row is None:
        return None
    kinds = {option[0]: option[1] for option in row[1]}
    options: dict[str, str | float | bool] = {}
    rest = iter(arguments[words:])
    for name in rest:
        kind = kinds.get(name)
        value = None if kind in (None, FLAG) else next(rest, None)
        if kind == FLAG:
            options[name] = True
        elif value is None or value.startswith("-"):
            return None
        elif kind == TEXT:
            options[name] = value
        else:
            number = _number(value, str(kind))
            if number is None:
                return None
            options[name] = number
    if any(name in kinds and name not in options for name in REQUIRED):
        return None
    return Invocation(command, options)


def full_parse(arguments: list[str], prog: str) -> Invocation:
    """Read any line with `argparse`."""
    parser = build_parser(prog)
    if not arguments:
        parser.print_help()
        parser.error("no command was given")
    given = vars(parser.parse_args(arguments))
    command = given.pop("command")
    names = {option[0][2:].replace("-", "_"): option[0] for option in COMMANDS[command][1]}
    return Invocation(
        command,
        {names[key]: value for key, value in given.items() if key in names and value is not None},
    )


def build_parser(prog: str) -> argparse.ArgumentParser:
    """Return the `argparse` form of `COMMANDS`; what it refuses is a `UsageError`."""
    import argparse

    class Parser(argparse.ArgumentParser):
        def error(self, message: str) -> NoReturn:
            raise UsageError(message, hint=f"see `{self.prog} --help`")

    parser = Parser(prog=prog, usage=f"{prog} <command> [arguments]")
    commands = parser.add_subparsers(
        title="commands", metavar="<command>", required=True, prog=prog
    )
    group = commands.add_parser("daemon", help="keep the adaptor loaded and run tasks in it")
    inner = group.add_subparsers(title="commands", metavar="<command>", required=True)
    for command, (text, options) in COMMANDS.items():
        where = inner if len(command) > 1 else commands
        if not text:
            continue
        one = where.add_parser(command[len(command) - 1], description=text, help=text)
        one.set_defaults(command=command)
        for name, kind, metavar, what in options:
            if kind == FLAG:
                one.add_argument(name, action="store_const", const=True, help=what)
            else:
                converter = str if kind == TEXT else _converter(kind)
                required = name in REQUIRED
                one.add_argument(
                    name, type=converter, metavar=metavar, help=what, required=required
                )
    return parser


def _converter(kind: str) -> Callable[[str], float]:
    """Return an argparse type that explains what it wants."""

    def convert(text: str) -> float:
        number = _number(text, kind)
        if number is None:
            raise ValueError(text)
        return number

    convert.__name__ = "number of seconds" if kind == SECONDS else "process id"
    return convert


def _number(text: str, kind: str) -> float | None:
    try:
        number = float(text) if kind == SECONDS else int(text)
    except ValueError:
        return None
    return number if 0 <= number < _MOST else None


_MOST = 1e9
