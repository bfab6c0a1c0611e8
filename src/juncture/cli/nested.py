"""Commands of commands: `juncture job run` has the same manners as `juncture job`."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse


def add_command(
    commands: argparse._SubParsersAction[argparse.ArgumentParser],  # pyright: ignore[reportPrivateUsage]
    name: str,
    text: str,
    *,
    add_help: bool = True,
) -> argparse.ArgumentParser:
    """Return the parser of one more command, which takes `--debug` as all do.

    Args:
        commands: Those that it belongs to.
        name: What it is called.
        text: What it does.
        add_help: Whether it takes `-h` and `--help`; else the caller adds what does so.
    """
    import argparse

    from juncture.cli.parser import DEBUG

    parser: argparse.ArgumentParser = commands.add_parser(
        name, help=text, description=text, add_help=add_help
    )
    # Not given here, it keeps what `juncture job --debug run` said.
    parser.add_argument(
        "--debug",
        action="store_true",
        default=argparse.SUPPRESS,
        help=DEBUG,
    )
    return parser
