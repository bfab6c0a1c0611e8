"""What the rows about files share: the files, drivers that copy and list them, and known programs.

The host
behind ssh is this machine, so that what came to be there is checked by its path. A sample
of a program is the time of its whole command. The existing one gets fewer files, and its time is
multiplied. Small copies stay until the end of the run: ext4 does not use inodes again soon after a
deletion, and looking for others would make the next sample slow.
"""

from __future__ import annotations

import filecmp
import itertools
import os
import shutil
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from suite.measure import EXISTING, FLOOR, OURS, Bench, Contestant, Sample, SkippedError, Take
from suite.saga_side import LOST, MODULES, service_url, side_of
from suite.side import DRIVERS, CommandError, driver

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SMALL, LARGE, LISTED = "small", "large", "listed"
SMALL_BYTES = 4096
LIMIT_S = 120.0
MB = 1_000_000
_PIECE_BYTES = 1 << 20
_targets = itertools.count()


@dataclass(frozen=True, slots=True)
class Deed:
    """What the driver of the API does.

    Attributes:
        action: Its name in `drivers/saga_files.py`.
        kind: The files: SMALL, LARGE or LISTED.
        existing: How many of them the existing one gets.
        up: Whether the target is on the host behind ssh.
        down: Whether the source is there.
    """

    action: str
    kind: str = SMALL
    existing: int = 20
    up: bool = False
    down: bool = False

    def contestant(self, name: str) -> Contestant:
        """Return `EXISTING` or `OURS` doing it."""

        @contextmanager
        def contestant(bench: Bench) -> Iterator[Take]:
            sources, whole = files(bench, self.kind)
            count = min(self.existing, whole) if name == EXISTING else whole
            if self.kind == LISTED:
                listed(bench, count)
            source = url(bench, sources, connects=self.down)
            target = url(bench, fresh(bench), connects=self.up)
            words = ("saga_files.py", MODULES[name], target, self.action, source)

            def scaled(sample: Sample) -> Sample:
                if sample.extras.get(LOST):
                    raise CommandError(f"of {count} files or names: {sample.extras}")
                if name == OURS or count == whole or self.kind == LARGE or self.action == "open":
                    return sample
                extras = {"measured with": float(count), **sample.extras}
                return Sample([value * whole / count for value in sample.values], extras)

            with driver(side_of(bench, name), *words, limit_s=LIMIT_S) as process:
                yield lambda: scaled(process.sample(count))

        return contestant

    def both(self) -> dict[str, Contestant]:
        """Return both contestants by name."""
        return {name: self.contestant(name) for name in (EXISTING, OURS)}


def floor(kind: str, of: str = SMALL) -> dict[str, Contestant]:
    """Return the floor of a kind that `drivers/files_floor.py` knows, by name."""

    @contextmanager
    def contestant(bench: Bench) -> Iterator[Take]:
        source, count = files(bench, of)
        if of == LISTED:
            listed(bench, count)
        words = ("files_floor.py", kind, source, fresh(bench))
        with driver(bench.ours, *words, limit_s=LIMIT_S) as process:
            yield lambda: process.sample(count)

    return {FLOOR: contestant}


def program(
    name: str, of: str, command: Callable[[Bench, Path, Path], str], *, connects: bool = True
) -> Contestant:
    """Return a program that copies; a text of the shell says how.

    Args:
        name: The program, which must be installed.
        of: SMALL, LARGE or LISTED.
        command: Given a directory with the files and one for the copies, what to run.
        connects: Whether it needs the host behind ssh.
    """

    @contextmanager
    def contestant(bench: Bench) -> Iterator[Take]:
        if shutil.which(name) is None:
            raise SkippedError(f"skipped: {name} not installed")
        service_url(bench, connects=connects)
        source, count = files(bench, of)
        if of == LISTED:
            source = listed(bench, count)

        def take() -> Sample:
            target = fresh(bench)
            target.mkdir()
            seconds = run(bench, command(bench, source, target))
            if of != LISTED:
                check(source, target)
            if of == LARGE:
                shutil.rmtree(target)
            size = sum(path.stat().st_size for path in source.iterdir()) if of == LARGE else 0
            return Sample([size / MB / seconds if size else seconds])

        yield take

    return contestant


def run(bench: Bench, command: str) -> float:
    """Return how long a command of the shell takes; CommandError: it failed."""
    begin = time.perf_counter()
    done = subprocess.run(
        ["/bin/sh", "-c", command],
        env=bench.ours.environment(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        timeout=LIMIT_S,
        check=False,
    )
    seconds = time.perf_counter() - begin
    if done.returncode:
        raise CommandError(f"`{command}` returned {done.returncode}: {done.stderr[-500:]}")
    return seconds


def check(source: Path, target: Path) -> None:
    """Compare what was copied with what it was copied from; CommandError: it is not the same."""
    found = {path.name: path for path in target.rglob("*") if path.is_file()}
    for name in os.listdir(source):
        if name not in found or not filecmp.cmp(source / name, found[name], shallow=False):
            raise CommandError(f"{name} was not copied, or not as it is")


def files(bench: Bench, kind: str) -> tuple[Path, int]:
    """Return a directory with files of a kind, made on first use, and how many they are."""
    place = bench.ours.scratch / "files" / kind
    if kind == LISTED:
        return place, bench.names
    count, size = (bench.files, SMALL_BYTES) if kind == SMALL else (1, bench.large_bytes)
    if not place.exists():
        place.mkdir(parents=True)
        for number in range(count):
            with (place / f"file-{number:05}").open("wb") as file:
                for begin in range(0, size, _PIECE_BYTES):
                    file.write(os.urandom(min(_PIECE_BYTES, size - begin)))
    return place, count


def listed(bench: Bench, count: int) -> Path:
    """Return a directory with that many names, made on first use."""
    place = Path(f"{files(bench, LISTED)[0]}-{count}")
    if not place.exists():
        place.mkdir(parents=True)
        for number in range(count):
            (place / f"file-{number:06}").touch()
    return place


def fresh(bench: Bench) -> Path:
    """Return a path at which nothing has been."""
    place = bench.ours.scratch / "files" / f"target-{next(_targets)}"
    place.parent.mkdir(parents=True, exist_ok=True)
    return place


def url(bench: Bench, place: Path, *, connects: bool) -> str:
    """Return the URL of a path, here or on the host behind ssh."""
    if connects:
        return service_url(bench, connects=True).rstrip("/") + str(place)
    return f"file://localhost{place}"


@contextmanager
def http_server(directory: Path) -> Iterator[str]:
    """Serve the files of a directory for the length of a `with` block; the value is its URL."""
    words = [sys.executable, str(DRIVERS / "http_server.py"), str(directory)]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as server:
        if server.stdin is None or server.stdout is None:
            raise CommandError("the HTTP server was started without pipes")
        try:
            yield f"http://127.0.0.1:{int(server.stdout.readline())}"
        finally:
            server.stdin.close()
