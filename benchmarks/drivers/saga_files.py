"""Files: `saga_files.py MODULE TARGET ACTION SOURCE`, both URLs of directories on this machine.

open    construct that many `File`s
one     copy files one by one
bulk    copy files in one container
tree    copy the whole directory
large   copy the one file of the directory
list    list the directory, which must have that many names, and make the URL of each

What was done is checked after its time was taken, through the paths of the URLs: the host behind
ssh is this one. A target that is a directory is made for each sample and removed after it.
"""

from __future__ import annotations

import filecmp
import itertools
import os
import shutil
import time
from pathlib import Path

from saga_api import ARGUMENTS, URL, rs, serve_samples

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

ACTION, SOURCE = ARGUMENTS
HERE = Path(rs.Url(SOURCE).path)
THERE = Path(rs.Url(URL).path)
MB = 1_000_000
_samples = itertools.count()


def _sources(count: int) -> list[str]:
    return sorted(os.listdir(HERE))[:count]


def _one_by_one(names: list[str], url: str) -> None:
    for name in names:
        rs.filesystem.File(f"{SOURCE}/{name}").copy(f"{url}/{name}")


def _bulk(names: list[str], url: str) -> None:
    container = rs.Container()
    for name in names:
        file = rs.filesystem.File(f"{SOURCE}/{name}")
        container.add(file.copy(f"{url}/{name}", ttype=rs.TASK))
    container.run()
    container.wait(rs.ALL)


def _tree(_: list[str], url: str) -> None:
    above, _, name = SOURCE.rpartition("/")
    rs.filesystem.Directory(f"{above}/").copy(name, url, rs.filesystem.RECURSIVE)


COPIES = {"one": _one_by_one, "bulk": _bulk, "tree": _tree, "large": _one_by_one}


def _memory(name: str) -> int:
    with open("/proc/self/status", encoding="ascii") as status:
        return next(int(line.split()[1]) << 10 for line in status if line.startswith(name))


def _wrong(names: list[str], there: Path) -> float:
    found = {path.name: path for path in there.rglob("*") if path.is_file()}
    good = (name in found and filecmp.cmp(HERE / name, found[name], False) for name in names)
    return float(len(names) - sum(good))


def _copy(count: int) -> tuple[list[float], dict[str, float]]:
    number = next(_samples)
    url, there = f"{URL}-{number}", Path(f"{THERE}-{number}")
    names = _sources(count)
    there.mkdir()
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")  # the peak begins here
    begin = time.perf_counter()
    COPIES[ACTION](names, url)
    seconds = time.perf_counter() - begin
    peak = _memory("VmHWM")
    lost = _wrong(names, there)
    if ACTION == "large":
        shutil.rmtree(there)
        size = (HERE / names[0]).stat().st_size
        return [size / MB / seconds], {"peak RSS MB": peak / MB, "lost": lost}
    return [seconds], {"lost": lost}


def _open(count: int) -> tuple[list[float], dict[str, float]]:
    urls = [f"{SOURCE}/{name}" for name in _sources(count)]
    begin = time.perf_counter()
    for url in urls:
        rs.filesystem.File(url)
    return [(time.perf_counter() - begin) / count], {}


def _list(count: int) -> tuple[list[float], dict[str, float]]:
    url = f"{SOURCE}-{count}/"
    directory = rs.filesystem.Directory(url)
    begin = time.perf_counter()
    found = sum(1 for _ in directory.list())
    seconds = time.perf_counter() - begin
    return [seconds], {"bytes an entry": _bytes_an_entry(directory), "lost": float(count - found)}


def _bytes_an_entry(directory: object) -> float:
    """Return the peak of what the objects of another listing take."""
    import tracemalloc

    tracemalloc.start()
    try:
        count = sum(1 for _ in directory.list())  # type: ignore[attr-defined]
        return round(tracemalloc.get_traced_memory()[1] / count)
    finally:
        tracemalloc.stop()


def main() -> None:
    takes: dict[str, Callable[[int], tuple[list[float], dict[str, float]]]]
    takes = {"open": _open, "list": _list}
    # The first use loads modules and connects; services are measured by rows of their own.
    if ACTION not in takes and rs.Url(SOURCE).scheme not in {"http", "https"}:
        warm = THERE.with_name(f"{THERE.name}-warm")
        warm.mkdir()
        first = _sources(1)[0]
        rs.filesystem.Directory(f"{URL}-warm/")
        if ACTION != "large":
            rs.filesystem.File(f"{SOURCE}/{first}").copy(f"{URL}-warm/{first}")
        shutil.rmtree(warm)
    serve_samples(takes.get(ACTION, _copy))


if __name__ == "__main__":
    main()
