"""`juncture file find`: names below directories, as they are found."""

from __future__ import annotations

import sys
from typing import Any

from juncture.cli import file_facts, words
from juncture.cli.file_places import Names
from juncture.cli.file_running import usage
from juncture.cli.json_rows import encoded
from juncture.saga.exceptions import SagaException
from juncture.saga.storage import tree
from juncture.saga.storage.values import DIRECTORY, FILE, LINK

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from juncture.cli.file_places import Name
    from juncture.cli.file_running import Run
    from juncture.saga.storage.values import Stat

    Test = Callable[[str, Stat], bool]

_TYPES = {"f": FILE, "d": DIRECTORY, "l": LINK}
_UNITS = {"K": 1 << 10, "M": 1 << 20, "G": 1 << 30, "T": 1 << 40}


def find(run: Run) -> None:
    """Print the names below directories, and these themselves, that fit all that was asked for."""
    options = run.options
    names = Names(run)
    tests = _tests(options, names)
    output = words.Output("\0" if options.null else "\n")
    for name in names.each(options.urls):
        try:
            stat = name.stat(follow=False)
            if stat.kind == LINK and name.is_folder:
                stat = name.stat()
        except SagaException as error:
            run.fail(error)
            continue
        if _fits(tests, name.place.name, stat):
            _tell(run, output, name, "", stat)
        if stat.kind != DIRECTORY:
            continue
        for below, found in tree.walk(name.store, name.path, dereference=False):
            if isinstance(found, SagaException):
                run.fail(found)
            elif _fits(tests, below.rpartition("/")[2], found):
                _tell(run, output, name, below, found)


def _fits(tests: list[Test], last: str, stat: Stat) -> bool:
    return all(test(last, stat) for test in tests)


def _tell(run: Run, output: words.Output, folder: Name, below: str, stat: Stat) -> None:
    if run.options.json:
        name = folder.below(below) if below else folder
        found = file_facts.facts(name, stat, file_facts.link(name, stat))
        sys.stdout.write(encoded(found) + "\n")
    else:
        output.line(output.text(folder.text_below(below) if below else folder.text))


def _tests(options: Any, names: Names) -> list[Test]:
    tests: list[Test] = []
    if options.type:
        kind = _TYPES[options.type]
        tests.append(lambda _, stat: stat.kind == kind)
    if options.name is not None:
        from juncture.saga.stored.patterns import matcher

        matches = matcher(options.name)
        tests.append(lambda last, _: bool(matches(last)))
    if options.size is not None:
        tests.append(_size(options.size))
    if options.newer is not None:
        since = names.find(options.newer).stat().mtime
        if since is None:
            raise usage(f"`{options.newer}` has no time, its back end does not say")
        tests.append(lambda _, stat: stat.mtime is not None and stat.mtime > since)
    return tests


def _size(text: str) -> Test:
    """Return the test of `--size`: only files have one."""
    number = text.lstrip("+-")
    unit = _UNITS.get(number[-1:].upper(), 1)
    digits = number[:-1] if unit > 1 else number
    if len(text) - len(number) > 1 or not (digits.isascii() and digits.isdigit()):
        raise usage(f"`--size` is a number of bytes such as 10, +4K or -2M, found `{text}`")
    wanted = int(digits) * unit
    if text.startswith("+"):
        return lambda _, stat: stat.kind == FILE and (stat.size_bytes or 0) > wanted
    if text.startswith("-"):
        return lambda _, stat: stat.kind == FILE and (stat.size_bytes or 0) < wanted
    return lambda _, stat: stat.kind == FILE and stat.size_bytes == wanted
