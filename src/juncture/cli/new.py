"""`juncture new`: write a working, tested skeleton of an adaptor.

The templates are packages named `new-name`: one tree is what all kinds of an adaptor share, and
there is one for each kind. Making a skeleton is copying trees and writing the new name
wherever the old one stands. An application adaptor's works; a back-end adaptor's has tests that
say what is missing. The tree appears whole or not at all: it is written beside its place and moved
there. Nothing that exists is ever overwritten.

The rules for names: https://packaging.python.org/en/latest/specifications/name-normalization/
"""

from __future__ import annotations

import keyword
import os
import re
import shlex
import sys
import tempfile
from dataclasses import dataclass, replace
from importlib import resources

import juncture
from juncture import runtime
from juncture.errors import JunctureError, UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

    if sys.version_info >= (3, 11):
        from importlib.resources.abc import Traversable
    else:
        from importlib.abc import Traversable

APPLICATION_ADAPTOR = "application-adaptor"
BACKEND_ADAPTOR = "backend-adaptor"
WHAT = (APPLICATION_ADAPTOR, BACKEND_ADAPTOR)

KINDS = {
    "in-process": "the application is a Python library, loaded in the adaptor's own process",
    "application": "the application is a process that stays loaded and takes actions",
    "command": "the application is one command line for each task",
}
"""`kind: when to use it`; the first is the default."""

DEFAULT_KIND = "in-process"

BACKEND_KINDS = {
    "job": "it runs jobs",
    "file": "it has files",
    "replica": "it has catalogues of logical files",
    "advert": "it has adverts",
    "resource": "it lends what jobs run on",
    "context": "it takes a kind of credential",
}
"""`kind: what the back end does`; the first is the default."""

DEFAULT_BACKEND_KIND = "job"

_FIRST_TASK = {
    "in-process": """'{"samples": 100000}' --result -""",
    "application": """'{"samples": 100000}' --result -""",
    "command": """'{"archive": "packed.tar", "files": ["README.md"]}'""",
}

_APPLICATION, _BACKEND = "application_adaptor", "backend_adaptor"
_SHARED = "common"
_NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_TOKEN = re.compile("new-name|new_name|new_kind|NewName|JUNCTURE_VERSION")
_OURS = {"juncture", "juncture_client", "openjd", "conftest", "tests"}


@dataclass(frozen=True, slots=True)
class Names:
    """What a new package and the things in it are called.

    Attributes:
        distribution: What `pip` and the console script call it.
        module: What Python imports.
        class_name: The adaptor's class.
        kind: A kind of adaptor that is the name of a module, too.
    """

    distribution: str
    module: str
    class_name: str
    kind: str = ""

    def fill(self, text: str) -> str:
        """Return a template's text, or its path, with these names in it."""
        values = {
            "new-name": self.distribution,
            "new_name": self.module,
            "new_kind": self.kind,
            "NewName": self.class_name.removesuffix("Adaptor"),
            "JUNCTURE_VERSION": juncture.__version__,
        }
        return _TOKEN.sub(lambda match: values[match[0]], text)


def add_options(parser: argparse.ArgumentParser) -> None:
    """Declare what `juncture new` takes."""
    parser.add_argument("what", metavar="WHAT", help=f"what to write: {' or '.join(WHAT)}")
    parser.add_argument("name", metavar="NAME", help="name of the package, such as my-renderer")
    parser.add_argument(
        "--directory", metavar="DIR", default="", help="where to write it (the current directory)"
    )
    kinds, backends = (
        "; ".join(f"{kind}: {text}" for kind, text in every.items())
        for every in (KINDS, BACKEND_KINDS)
    )
    parser.add_argument(
        "--kind",
        metavar="KIND",
        help=f"of application adaptor; {kinds} (default: {DEFAULT_KIND}). "
        f"Of back-end adaptor; {backends} (default: {DEFAULT_BACKEND_KIND})",
    )


def main(options: argparse.Namespace) -> int:
    """Write the skeleton that the command line asks for, and say what to do next."""
    if options.what not in WHAT:
        raise UsageError(
            f"`juncture new` cannot write `{options.what}`, expected {' or '.join(WHAT)}",
            hint=f"juncture new {APPLICATION_ADAPTOR} NAME",
        )
    if options.what == BACKEND_ADAPTOR:
        kind = options.kind or DEFAULT_BACKEND_KIND
        target = write_backend_adaptor(options.name, options.directory, kind)
        said, last = "whose tests say what is missing", "juncture adaptor list"
    else:
        kind = options.kind or DEFAULT_KIND
        target = write_skeleton(options.name, kind, options.directory)
        said, last = KINDS[kind], f"{options.name} run --run-data {_FIRST_TASK[kind]}"
    sys.stdout.write(
        f"created {target}, {said}\n"
        "\n"
        "next:\n"
        f"  cd {shlex.quote(target)}\n"
        "  python -m pip install -e '.[test]'\n"
        "  python -m pytest\n"
        f"  {last}\n"
    )
    return 0


def write_skeleton(name: str, kind: str = DEFAULT_KIND, directory: str = "") -> str:
    """Write a package that works and is tested.

    Args:
        name: As `names_for` takes it.
        kind: A key of `KINDS`.
        directory: Where to write it, which must exist; empty means the current directory.

    Returns:
        The path of the new directory, `directory` joined with `name`.

    Raises:
        UsageError: the name or the kind cannot be used, or the directory is there already.
        JunctureError: the files cannot be written; then none of them are there.
    """
    names = names_for(name)
    _check_kind(kind, KINDS, "application adaptor")
    trees = [os.path.join(_APPLICATION, tree) for tree in (_SHARED, kind)]
    return _write_beside(os.path.join(directory, name), names, trees)


def write_backend_adaptor(name: str, directory: str = "", kind: str = DEFAULT_BACKEND_KIND) -> str:
    """Write a package with an empty back-end adaptor and the conformance kit for it.

    Args:
        name: As `names_for` takes it; it is the scheme of the adaptor's URLs, too.
        directory: Where to write it, which must exist; empty means the current directory.
        kind: A key of `BACKEND_KINDS`.

    Returns:
        The path of the new directory, `directory` joined with `name`.

    Raises:
        UsageError: the name or the kind cannot be used, or the directory is there already.
        JunctureError: the files cannot be written; then none of them are there.
    """
    names = replace(names_for(name), kind=kind)
    _check_kind(kind, BACKEND_KINDS, "back-end adaptor")
    trees = [os.path.join(_BACKEND, tree) for tree in (_SHARED, kind)]
    return _write_beside(os.path.join(directory, name), names, trees)


def _check_kind(kind: str, kinds: dict[str, str], what: str) -> None:
    if kind not in kinds:
        raise UsageError(
            f"there is no kind `{kind}` of {what}, expected one of {', '.join(kinds)}",
            hint="see `juncture new --help`",
        )


def _write_beside(target: str, names: Names, trees: list[str]) -> str:
    """Write all of a package or nothing."""
    directory, name = os.path.split(target)
    if os.path.lexists(target):
        raise UsageError(
            f"`{target}` exists already, and nothing is overwritten",
            hint="choose another name or `--directory`, or remove it first",
        )
    try:
        with tempfile.TemporaryDirectory(prefix=".juncture-new-", dir=directory or ".") as beside:
            whole = os.path.join(beside, name)
            _write(whole, names, trees)
            os.rename(whole, target)
    except OSError as error:
        raise JunctureError(
            f"cannot write `{target}`: {error.strerror or error}",
            hint="give `--directory` a directory that exists and that you may write to",
        ) from error
    return target


def names_for(name: str) -> Names:
    """Return the names that follow from that of a distribution.

    Args:
        name: Words of small letters and digits with hyphens between them: `my-renderer`.

    Raises:
        UsageError: that is no such name, or Python or juncture uses what follows from it.
    """
    if not _NAME.fullmatch(name):
        better = re.sub("[^a-z0-9]+", "-", name.lower()).lstrip("-0123456789").strip("-")
        raise UsageError(
            f"`{name}` cannot be the name of a package, expected words of small letters and digits "
            "with hyphens between them, a letter first",
            hint=f"use `{_free(better)}`" if better else "use a name like `my-renderer`",
        )
    taken = _taken(name)
    if taken:
        raise UsageError(
            f"`{name}` cannot be the name of an adaptor: {taken}",
            hint=f"use a name like `my-{name}`",
        )
    return Names(name, name.replace("-", "_"), _class_name(name))


def _free(name: str) -> str:
    return f"my-{name}" if _taken(name) else name


def _class_name(name: str) -> str:
    words = name.removesuffix("-adaptor").split("-")
    return "".join(word.capitalize() for word in words) + "Adaptor"


def _taken(name: str) -> str:
    """Return who uses what follows from a name already, or an empty string."""
    module = name.replace("-", "_")
    class_name = _class_name(name)
    if keyword.iskeyword(module) or module in sys.stdlib_module_names:
        return f"the module `{module}` would have a name that Python itself uses"
    if module in _OURS:
        return f"the module `{module}` would hide one that the adaptor needs"
    if class_name in runtime.__all__:
        return f"its class `{class_name}` would have the name of one of juncture's"
    return ""


def _write(directory: str, names: Names, trees: list[str]) -> None:
    templates = resources.files("juncture") / "cli" / "templates"
    for tree in trees:
        for path, text in _files(templates.joinpath(*tree.split(os.sep))):
            file_name = os.path.join(directory, names.fill(path))
            os.makedirs(os.path.dirname(file_name), exist_ok=True)
            with open(file_name, "w", encoding="utf-8", newline="\n") as file:
                file.write(names.fill(text))


def _files(tree: Traversable, above: str = "") -> Iterator[tuple[str, str]]:
    """Yield path and text of every file of a template, the kinds' own after what all share."""
    for entry in sorted(tree.iterdir(), key=lambda entry: entry.name):
        path = os.path.join(above, entry.name)
        if entry.is_file():
            yield path, entry.read_text(encoding="utf-8")
        elif entry.name != "__pycache__":  # pip compiles what it installs
            yield from _files(entry, path)
