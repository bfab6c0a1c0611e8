"""`juncture job`: run programs on any back end, and look after them, from a shell.

A job's id says which service it is of, so that `status`, `wait`, `logs` and `cancel` need nothing
else. Data goes to standard output, everything that is for people to standard error.
"""

from __future__ import annotations

import sys
from typing import Any

from juncture.errors import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

DEFAULT_URL = "fork://localhost/"
_COMMANDS = {
    "run": "run a command as a job, wait for it, and end with its exit status",
    "submit": "hand a command to a back end, and print the id of the job",
    "status": "show the state of jobs",
    "wait": "wait until jobs have ended; the exit status is that of the job",
    "logs": "print what a job has written",
    "cancel": "end jobs and everything that they started",
    "list": "list the jobs that a service knows",
}

_DESCRIPTION = (
    ("--name", "TEXT", "name", str, "name of the job, for people"),
    ("--workdir", "DIR", "working_directory", str, "where it runs; made if it is not there"),
    ("--input", "FILE", "input", str, "file for its standard input"),
    ("--output", "FILE", "output", str, "file for its standard output"),
    ("--error", "FILE", "error", str, "file for its standard error"),
    ("--time-limit", "MINUTES", "wall_time_limit", int, "most minutes it may run"),
    ("--cpus", "N", "total_cpu_count", int, "processor cores in all"),
    ("--gpus", "N", "total_gpu_count", int, "graphics processors in all"),
    ("--memory-mb", "N", "total_physical_memory", int, "memory in MB in all"),
    ("--processes", "N", "number_of_processes", int, "processes to start"),
    ("--queue", "NAME", "queue", str, "queue of the batch system"),
    ("--project", "NAME", "project", str, "project that pays"),
)
_LISTS = (
    ("--before", "TEXT", "pre_exec", "shell command line to run before it; may be repeated"),
    ("--after", "TEXT", "post_exec", "shell command line to run after it; may be repeated"),
    ("--transfer", "RULE", "file_transfer", "`local > there` or `local < there`; may be repeated"),
    ("--host", "NAME", "candidate_hosts", "host that it may run on; may be repeated"),
)


def add_options(parser: argparse.ArgumentParser) -> None:
    """Describe the commands."""
    from juncture.cli.nested import add_command

    commands = parser.add_subparsers(dest="what", metavar="<command>", required=True)
    for name, text in _COMMANDS.items():
        command = add_command(commands, name, text)
        command.add_argument("--json", action="store_true", help="print JSON")
        if name in ("run", "submit"):
            command.usage = f"juncture job {name} [--on URL] [options] -- COMMAND…"
            command.add_argument(
                "--on", metavar="URL", default=DEFAULT_URL, help=f"job service ({DEFAULT_URL})"
            )
            _add_description(command)
        elif name == "list":
            command.add_argument(
                "--on", metavar="URL", default=DEFAULT_URL, help=f"job service ({DEFAULT_URL})"
            )
        else:
            command.add_argument("--on", metavar="URL", help="job service, if not that of the id")
            many = {} if name == "logs" else {"nargs": "+"}
            command.add_argument("ids", metavar="ID", help="id of a job", **many)
        if name in ("run", "wait"):
            command.add_argument("--timeout", metavar="S", type=float, help="seconds to wait")
        if name == "logs":
            command.add_argument(
                "-f", "--follow", action="store_true", help="go on until the job has ended"
            )


def _add_description(command: argparse.ArgumentParser) -> None:
    command.add_argument("command_line", nargs="*", metavar="COMMAND", help="program and arguments")
    command.add_argument(
        "--each",
        metavar="FILE",
        help="a job for each line of FILE (-: standard input), which `{}` stands for",
    )
    command.add_argument(
        "--env", metavar="NAME=VALUE", action="append", help="variable to set; may be repeated"
    )
    for option, metavar, attribute, kind, text in _DESCRIPTION:
        command.add_argument(option, metavar=metavar, dest=attribute, type=kind, help=text)
    for option, metavar, attribute, text in _LISTS:
        command.add_argument(option, metavar=metavar, dest=attribute, action="append", help=text)


def main(options: argparse.Namespace) -> int:
    """Run one of the commands."""
    from juncture.cli import job_commands

    commands = {
        "run": job_commands.run,
        "submit": job_commands.submit,
        "status": job_commands.status,
        "wait": job_commands.wait,
        "logs": job_commands.logs,
        "cancel": job_commands.cancel,
        "list": job_commands.list_jobs,
    }
    return commands[options.what](options)


def descriptions(options: argparse.Namespace) -> list[dict[str, Any]]:
    """Return what the command line says of the jobs to run, one or one a line of `--each`.

    Raises:
        UsageError: there is no command, `--env` has no `=`, or `--each` cannot be read.
    """
    if not options.command_line:
        raise UsageError(
            "there is no command to run", hint="write `juncture job run --on URL -- COMMAND…`"
        )
    attributes = [row[2] for row in (*_DESCRIPTION, *_LISTS)]
    given = {name: getattr(options, name) for name in attributes}
    common = {name: value for name, value in given.items() if value is not None}
    if options.env:
        common["environment"] = dict(map(_variable, options.env))
    lines = [None] if options.each is None else list(_lines(options.each))
    return [{**common, **_command(options.command_line, line)} for line in lines]


def _command(words: list[str], line: str | None) -> dict[str, Any]:
    filled = words if line is None else [word.replace("{}", line) for word in words]
    return {"executable": filled[0], "arguments": filled[1:]}


def _variable(text: str) -> tuple[str, str]:
    name, mark, value = text.partition("=")
    if not mark or not name:
        raise UsageError(
            f"`--env` takes NAME=VALUE, found `{text}`", hint="write `--env COLOUR=blue`"
        )
    return name, value


def _lines(path: str) -> Iterator[str]:
    try:
        if path == "-":
            yield from (line.rstrip("\n") for line in sys.stdin)
            return
        with open(path, encoding="utf-8", errors="surrogateescape") as file:
            yield from (line.rstrip("\n") for line in file)
    except OSError as error:
        raise UsageError(
            f"`--each` cannot read `{path}`: {error.strerror}", hint="name a file of lines, or `-`"
        ) from error
