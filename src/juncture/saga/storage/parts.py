"""The names of files that are being written."""

from __future__ import annotations

import contextlib
import os

from juncture.saga.exceptions import SagaException

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Generator

_LONGEST_NAME_BYTES = 255
_LONGEST_PATH_BYTES = 4095
_RANDOM_BYTES = 8
_END = ".part"


def part_name(path: str) -> str:
    """Return a path beside a final one, `.NAME.RANDOM.part`, that nobody can guess.

    The part of a part is another part of the same file.
    """
    folder, slash, name = path.rpartition("/")
    if is_part(name):
        name = stem(name)[1:]
    end = f".{os.urandom(_RANDOM_BYTES).hex()}{_END}"
    above = len((folder + slash).encode("utf-8", "surrogateescape"))
    room = max(0, min(_LONGEST_NAME_BYTES, _LONGEST_PATH_BYTES - above) - len(end) - 1)
    kept = name.encode("utf-8", "surrogateescape")[:room].decode("utf-8", "ignore")
    return f"{folder}{slash}.{kept}{end}"


def is_part(name: str) -> bool:
    """Return whether a name is one that `part_name` gives."""
    random = name[: -len(_END)].rpartition(".")[2]
    is_random = len(random) == 2 * _RANDOM_BYTES and not random.strip("0123456789abcdef")
    return name.startswith(".") and name.endswith(_END) and is_random


def stem(part: str) -> str:
    """Return what the names of all parts of one file begin with, given one of them."""
    return part[: -len(_END)].rpartition(".")[0]


@contextlib.contextmanager
def told_of(path: str, part: str) -> Generator[None, None, None]:
    """Have what is raised about a part tell of the file: nobody has heard of the part."""
    try:
        yield
    except SagaException as error:
        error.message = error.message.replace(part, path)
        raise
