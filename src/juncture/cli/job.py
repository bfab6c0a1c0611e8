"""`juncture job`: run programs on any back end, and look after them, from a shell.

A job's id says which service it is of, so that `status`, `wait`, `logs` and `cancel` need nothing
else. Data goes to standard output, everything that is for people to standard error.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse

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


def add_options(parser: argparse.ArgumentParser) -> None:
    """Describe the commands."""
    from juncture.cli.job_description import add_description
    from juncture.cli.nested import add_command
    from juncture.cli.parser import seconds

    commands = parser.add_subparsers(dest="what", metavar="<command>", required=True)
    for name, text in _COMMANDS.items():
        command = add_command(commands, name, text)
        command.add_argument("--json", action="store_true", help="print JSON")
        if name in ("run", "submit"):
            command.usage = f"juncture job {name} [--on URL] [options] -- COMMAND…"
            command.add_argument(
                "--on", metavar="URL", default=DEFAULT_URL, help=f"job service ({DEFAULT_URL})"
            )
            add_description(command)
        elif name == "list":
            command.add_argument(
                "--on", metavar="URL", default=DEFAULT_URL, help=f"job service ({DEFAULT_URL})"
            )
            command.add_argument("--ids", action="store_true", help="ids alone, which is quick")
            command.add_argument(
                "--active", action="store_true", help="only jobs that have not ended"
            )
        else:
            command.add_argument("--on", metavar="URL", help="job service, if not that of the id")
            number = 1 if name == "logs" else "+"
            command.add_argument("ids", metavar="ID", nargs=number, help="id of a job")
        if name in ("run", "wait"):
            then = "; what still runs is then canceled" if name == "run" else ""
            command.add_argument(
                "--timeout", metavar="S", type=seconds, help=f"seconds to wait{then}"
            )
        if name == "logs":
            command.add_argument(
                "-f", "--follow", action="store_true", help="go on until the job has ended"
            )
            command.add_argument(
                "--log", action="store_true", help="what the back end noted about the job instead"
            )


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
