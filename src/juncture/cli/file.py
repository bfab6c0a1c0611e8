"""`juncture file`: list, copy, move and remove files of any scheme, from a shell.

Flags are those that people know from `ls`, `cp`, `find` and `rsync`. Plain paths and URLs are taken
alike. Data goes to standard output, everything that is for people to standard error.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse

NAMES = """\
A name is a path, or a URL as ssh://user@host/path, ssh://host/~/path,
s3://bucket/key, https://host/path or zip:///path/of.zip/name;
`juncture adaptor list` shows all schemes."""
"""What the help says about names."""

COMMANDS = {
    "ls": ("list names", "file_list"),
    "tree": ("draw what is below directories", "file_tree"),
    "cp": ("copy files and directories", "file_copy"),
    "mv": ("move or rename files and directories", "file_move"),
    "rm": ("remove files and directories", "file_change"),
    "mkdir": ("make directories", "file_change"),
    "cat": ("write the content of files to standard output", "file_cat"),
    "stat": ("show all that is known about names", "file_stat"),
    "sync": ("make one directory like another: copy what is new or changed", "file_sync"),
    "find": ("print the names below directories that fit", "file_find"),
}
"""`command: (what it does, module)`; the function has the name of the command."""


def add_options(parser: argparse.ArgumentParser) -> None:
    """Describe the commands."""
    from argparse import RawDescriptionHelpFormatter

    from juncture.cli import file_options
    from juncture.cli.nested import add_command

    parser.formatter_class = RawDescriptionHelpFormatter
    parser.description = f"{parser.description}\n\n{NAMES}"
    parser.epilog = "`juncture file COMMAND --help` shows options and examples of a command."
    commands = parser.add_subparsers(dest="what", metavar="<command>", required=True)
    for name, (text, _) in COMMANDS.items():
        # `-h` is what `ls` has for sizes; a command has one meaning for it or none.
        command = add_command(commands, name, text, add_help=False)
        command.formatter_class = RawDescriptionHelpFormatter
        command.epilog = file_options.examples(name)
        command.add_argument("--help", action="help", help="show this help message and exit")
        command.add_argument("--json", action="store_true", help="print JSON")
        command.add_argument(
            "-q", "--quiet", action="store_true", help="show no progress and nothing but errors"
        )
        file_options.add(name, command)


def main(options: argparse.Namespace) -> int:
    """Run one of the commands."""
    from juncture.cli.file_running import run

    _, module = COMMANDS[options.what]
    return run(f"juncture.cli.{module}", options.what, options)
