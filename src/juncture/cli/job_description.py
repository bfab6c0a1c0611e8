"""The options of `juncture job run` and `submit` that say what a job is.

Each stands for one attribute of `juncture.saga.job.Description`; what is not given is left out.
"""

from __future__ import annotations

import sys
from contextlib import nullcontext
from typing import Any

from juncture.cli.parser import whole
from juncture.errors import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

_DESCRIPTION = (
    ("--name", "TEXT", "name", str, "name of the job, for people"),
    ("--workdir", "DIR", "working_directory", str, "where it runs; made if it is not there"),
    ("--input", "FILE", "input", str, "file for its standard input"),
    ("--output", "FILE", "output", str, "file for its standard output"),
    ("--error", "FILE", "error", str, "file for its standard error"),
    ("--time-limit", "MINUTES", "wall_time_limit", whole, "most minutes it may run"),
    ("--cpus", "N", "total_cpu_count", whole, "processor cores in all"),
    ("--gpus", "N", "total_gpu_count", whole, "graphics processors in all"),
    ("--memory-mb", "N", "total_physical_memory", whole, "memory in MB in all"),
    ("--processes", "N", "number_of_processes", whole, "processes to start"),
    ("--queue", "NAME", "queue", str, "queue of the batch system"),
    ("--project", "NAME", "project", str, "project that pays"),
)
_LISTS = (
    ("--before", "TEXT", "pre_exec", "shell command line to run before it; may be repeated"),
    ("--after", "TEXT", "post_exec", "shell command line to run after it; may be repeated"),
    (
        *("--transfer", "RULE", "file_transfer"),
        "`local > there` before it, `local < there` after it; may be repeated",
    ),
    ("--host", "NAME", "candidate_hosts", "host that it may run on; may be repeated"),
)


def add_description(command: argparse.ArgumentParser) -> None:
    """Declare the options."""
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
        with (
            nullcontext(sys.stdin)
            if path == "-"
            else open(path, encoding="utf-8", errors="surrogateescape")
        ) as file:
            yield from (line.rstrip("\n") for line in file)
    except OSError as error:
        raise UsageError(
            f"`--each` cannot read `{path}`: {error.strerror}", hint="name a file of lines, or `-`"
        ) from error
