"""The options of the commands of `juncture file`."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse

ALGORITHM = "sha256"
"""What `--checksum` computes."""


def add(name: str, parser: argparse.ArgumentParser) -> None:
    """Describe what a command takes."""
    _ADDERS[name](parser)


def _flag(parser: argparse.ArgumentParser, *names: str, text: str) -> None:
    parser.add_argument(*names, action="store_true", help=text)


def _urls(parser: argparse.ArgumentParser, *, default: str = "") -> None:
    if default:
        text = f"path or URL (default: {default})"
        parser.add_argument("urls", metavar="URL", nargs="*", default=[default], help=text)
    else:
        parser.add_argument("urls", metavar="URL", nargs="+", help="path or URL")


def _null(parser: argparse.ArgumentParser) -> None:
    _flag(parser, "-0", "--null", text="end each name with NUL, and print it as it is")


def _ls(parser: argparse.ArgumentParser) -> None:
    _flag(parser, "-l", "--long", text="show mode, owner, group, size and time")
    _flag(parser, "-a", "--all", text="show names that begin with a dot, too")
    _flag(parser, "-1", "--one", text="one name a line, on terminals, too")
    _flag(parser, "-h", "--human", text="show sizes as 4.0K, 1.2M")
    _flag(parser, "-t", "--by-time", text="newest first")
    _flag(parser, "-S", "--by-size", text="largest first")
    _flag(parser, "-r", "--reverse", text="the other way round")
    _flag(parser, "-d", "--directory", text="show directories themselves, not what is in them")
    _null(parser)
    _urls(parser, default=".")


def _tree(parser: argparse.ArgumentParser) -> None:
    from juncture.cli.parser import whole

    _flag(parser, "-a", "--all", text="show names that begin with a dot, too")
    parser.add_argument("--depth", metavar="N", type=whole, help="go no more than N levels down")
    _urls(parser, default=".")


def _replacing(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "-f",
        "--force",
        dest="replace",
        action="store_true",
        default=True,
        help="replace files that are there (the default)",
    )
    parser.add_argument(
        "-n",
        "--no-clobber",
        dest="replace",
        action="store_false",
        help="leave files that are there as they are",
    )


def _sources(parser: argparse.ArgumentParser, *, streams: bool = False) -> None:
    _flag(parser, "-v", "--verbose", text="print what is done")
    source, target = ("; - is standard input", "; - is standard output") if streams else ("", "")
    parser.add_argument("urls", metavar="SOURCE", nargs="+", help=f"path or URL{source}")
    parser.add_argument(
        "target",
        metavar="TARGET",
        help=f"path or URL; a directory that is there gets them{target}",
    )


def _cp(parser: argparse.ArgumentParser) -> None:
    _flag(parser, "-r", "-R", "--recursive", text="copy directories with all that is in them")
    _replacing(parser)
    _flag(parser, "-a", "--archive", text="the same as -r -p")
    _flag(parser, "-p", "--preserve", text="keep permissions and times (always done)")
    _flag(parser, "-L", "--dereference", text="copy what links lead to, in directories too")
    _flag(parser, "--checksum", text=f"compare {ALGORITHM} of both sides before a copy counts")
    _flag(parser, "--dry-run", text="print what would be copied, and copy nothing")
    _sources(parser, streams=True)


def _mv(parser: argparse.ArgumentParser) -> None:
    _replacing(parser)
    _sources(parser)


def _rm(parser: argparse.ArgumentParser) -> None:
    _flag(parser, "-r", "-R", "--recursive", text="remove directories with all that is in them")
    _flag(parser, "-f", "--force", text="what is not there is no failure")
    _flag(parser, "-v", "--verbose", text="print what is done")
    _flag(parser, "--no-preserve-root", text="let all that is below `/` be removed")
    _urls(parser)


def _mkdir(parser: argparse.ArgumentParser) -> None:
    _flag(parser, "-p", "--parents", text="make missing parents, too; what is there is no failure")
    _flag(parser, "-v", "--verbose", text="print what is done")
    _urls(parser)


def _cat(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "urls",
        metavar="URL",
        nargs="*",
        default=["-"],
        help="path or URL (default: -, standard input)",
    )


def _stat(parser: argparse.ArgumentParser) -> None:
    _flag(parser, "-L", "--dereference", text="show what links lead to")
    _urls(parser)


def _sync(parser: argparse.ArgumentParser) -> None:
    _flag(parser, "--delete", text="remove from the target what is not in the source")
    _flag(parser, "--checksum", text=f"compare contents by {ALGORITHM}, not lengths and times")
    _flag(parser, "-L", "--dereference", text="copy what links lead to")
    _flag(parser, "--dry-run", text="print what would be done, and do nothing")
    _flag(parser, "-v", "--verbose", text="print what is done")
    parser.add_argument("source", metavar="SOURCE", help="directory, path or URL")
    parser.add_argument("target", metavar="TARGET", help="directory, made if it is not there")


def _find(parser: argparse.ArgumentParser) -> None:
    from juncture.cli.parser import Parser

    parser.add_argument(
        "--name", metavar="PATTERN", help="whose last part fits a shell pattern, as '*.exr'"
    )
    parser.add_argument("--type", choices=("f", "d", "l"), help="only files, directories or links")
    parser.add_argument(
        "--size", metavar="N", help="of N bytes, +N: more, -N: fewer; N may end in K, M, G or T"
    )
    if isinstance(parser, Parser):
        parser.signed = ("--size",)
    parser.add_argument("--newer", metavar="URL", help="changed after that file was")
    _null(parser)
    _urls(parser, default=".")


_ADDERS = {
    "ls": _ls,
    "tree": _tree,
    "cp": _cp,
    "mv": _mv,
    "rm": _rm,
    "mkdir": _mkdir,
    "cat": _cat,
    "stat": _stat,
    "sync": _sync,
    "find": _find,
}

EXAMPLES = {
    "ls": (
        ("what is in a directory of another host, with sizes", "ls -lh ssh://host/data"),
        ("all EXR images there", "ls 'ssh://host/data/*.exr'"),
    ),
    "tree": (("two levels of a bucket", "tree --depth 2 s3://bucket/shots"),),
    "cp": (
        ("a directory to your home on another host", "cp -r shots ssh://host/~/"),
        ("several files from there to here", "cp 'ssh://host/data/*.exr' ."),
        ("a file from a web server", "cp https://host/model.bin model.bin"),
        ("what another program writes", "cp - ssh://host/~/log.txt"),
    ),
    "mv": (
        ("rename", "mv ssh://host/data/old ssh://host/data/new"),
        ("fetch, and remove there", "mv ssh://host/data/results ."),
    ),
    "rm": (("a directory with all that is in it", "rm -r ssh://host/data/old"),),
    "mkdir": (("with its parents", "mkdir -p ssh://host/data/shots/sky"),),
    "cat": (("a file of an archive", "cat zip:///data/shots.zip/notes.txt"),),
    "stat": (("of a link, and not of what it leads to", "stat ssh://host/data/current"),),
    "sync": (
        ("what would be done", "sync --delete --dry-run shots ssh://host/~/shots"),
        ("fetch what is new or has changed", "sync ssh://host/~/results results"),
    ),
    "find": (
        ("large files", "find ssh://host/data --type f --size +1G"),
        ("what is newer than a file, for another program", "find -0 . --newer last-run"),
    ),
}
"""`command: ((what for, words), ...)`, the end of its help."""


def examples(name: str) -> str:
    """Return the end of the help of a command."""
    lines = [f"  # {what}\n  juncture file {words}" for what, words in EXAMPLES[name]]
    return "examples:\n" + "\n".join(lines)
