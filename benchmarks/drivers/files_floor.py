"""Floors of files on this host: `files_floor.py KIND SOURCE TARGET`, all paths of directories."""

from __future__ import annotations

import itertools
import os
import shutil
import sys
import time

from living import serve

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

KIND, SOURCE, TARGET = sys.argv[1:]
_samples = itertools.count()


def _copy(count: int) -> float:
    names = sorted(os.listdir(SOURCE))[:count]
    target = f"{TARGET}-{next(_samples)}"
    os.mkdir(target)
    begin = time.perf_counter()
    for name in names:
        shutil.copy(f"{SOURCE}/{name}", f"{target}/{name}")
    return time.perf_counter() - begin


def _list(count: int) -> float:
    begin = time.perf_counter()
    with os.scandir(f"{SOURCE}-{count}") as found:
        number = sum(1 for _ in found)
    seconds = time.perf_counter() - begin
    if number != count:
        raise SystemExit(f"{SOURCE}-{count} has {number} names")
    return seconds


def _stat(count: int) -> float:
    paths = [f"{SOURCE}/{name}" for name in sorted(os.listdir(SOURCE))[:count]]
    begin = time.perf_counter()
    for path in paths:
        os.stat(path)
    return (time.perf_counter() - begin) / count


KINDS: dict[str, Callable[[int], float]] = {"copy": _copy, "list": _list, "stat": _stat}

if __name__ == "__main__":
    serve(lambda count: {"values": [KINDS[KIND](count)], "extras": {}})
