"""Rows of files: how fast they are opened, copied, listed and fetched; each copy is compared."""

from __future__ import annotations

import shlex
import shutil
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from suite.files_side import (
    LARGE,
    LIMIT_S,
    LISTED,
    MB,
    SMALL,
    Deed,
    check,
    files,
    floor,
    fresh,
    http_server,
    program,
    run,
)
from suite.measure import (
    EXISTING,
    FILES,
    FLOOR,
    OURS,
    Bench,
    Contestant,
    Goal,
    Measure,
    Sample,
    SkippedError,
    Take,
    at_most,
    extra_at_most,
    share_of_floor,
    times_best,
    times_floor,
)
from suite.saga_side import LOST, MODULES, side_of
from suite.side import CommandError, driver

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

RSYNC, SFTP, TAR, HEAVY = "rsync", "sftp", "tar", "peak RSS MB"
SHARED = ", over the connection that is there"


def _ssh(bench: Bench, *, shared: bool = False) -> tuple[str, str]:
    """Return the beginning of a command, and the host; `shared`: on a connection that is there."""
    *words, host, _ = bench.host.command(shared=shared)
    return shlex.join(words), host


def _tar_up(bench: Bench, source: Path, target: Path, *, shared: bool = False) -> str:
    ssh, host = _ssh(bench, shared=shared)
    return f"tar -C {source} -cf - . | {ssh} {host} 'tar -C {target} -xf -'"


def _tar_down(bench: Bench, source: Path, target: Path, *, shared: bool = False) -> str:
    ssh, host = _ssh(bench, shared=shared)
    return f"{ssh} {host} 'tar -C {source} -cf - .' | tar -C {target} -xf -"


def _rsync_up(bench: Bench, source: Path, target: Path) -> str:
    ssh, host = _ssh(bench)
    return f"rsync -a -e {shlex.quote(ssh)} {source}/ {host}:{target}/"


def _rsync_down(bench: Bench, source: Path, target: Path) -> str:
    ssh, host = _ssh(bench)
    return f"rsync -a -e {shlex.quote(ssh)} {host}:{source}/ {target}/"


def _sftp(bench: Bench, what: str, *, shared: bool) -> str:
    ssh, host = _ssh(bench, shared=shared)
    options = ssh.removeprefix("ssh ").replace("-p ", "-P ")
    return f"echo {shlex.quote(what)} | sftp -q -b - {options} {host}"


def _sftp_up(bench: Bench, source: Path, target: Path, *, shared: bool = False) -> str:
    return _sftp(bench, f"put -r {source} {target}/", shared=shared)


def _sftp_down(bench: Bench, source: Path, target: Path, *, shared: bool = False) -> str:
    return _sftp(bench, f"get -r {source} {target}/", shared=shared)


def _cp(_: Bench, source: Path, target: Path) -> str:
    return f"cp -r {source} {target}/"


def _names(bench: Bench, source: Path, _: Path) -> str:
    ssh, host = _ssh(bench, shared=True)
    return f"{ssh} {host} ls -f {source}"


@contextmanager
def _curl(bench: Bench) -> Iterator[Take]:
    if shutil.which("curl") is None:
        raise SkippedError("skipped: curl not installed")
    source, _ = files(bench, LARGE)
    (file,) = source.iterdir()

    with http_server(source) as url:

        def take() -> Sample:
            target = fresh(bench)
            target.mkdir()
            seconds = run(bench, f"curl -sSf -o {target / file.name} {url}/{file.name}")
            check(source, target)
            shutil.rmtree(target)
            return Sample([file.stat().st_size / MB / seconds])

        yield take


def _http(name: str) -> Contestant:
    @contextmanager
    def contestant(bench: Bench) -> Iterator[Take]:
        if name == OURS and replace(bench.ours, probe="fsspec").missing():
            raise SkippedError("skipped: fsspec not installed")
        source, _ = files(bench, LARGE)
        (file,) = source.iterdir()
        with http_server(source) as url:
            words = ("files_http.py", MODULES[name], f"file://localhost{fresh(bench)}", url)
            words = (*words, str(file))
            with driver(side_of(bench, name), *words, limit_s=LIMIT_S) as process:

                def take() -> Sample:
                    sample = process.sample(1)
                    if sample.extras[LOST]:
                        raise CommandError("what came to be there is not the file, or nothing is")
                    return sample

                yield take

    return contestant


def _row(
    name: str,
    title: str,
    contestants: dict[str, Contestant],
    *goals: Goal,
    runs: int = 5,
    unit: str = "s",
) -> Measure:
    return Measure(
        name=name,
        title=title,
        contestants=contestants,
        goals=goals,
        runs=runs,
        unit=unit,
        group=FILES,
        existing_runs=1,
    )


_BEST = times_best("≤ the best of tar, rsync, sftp", (FLOOR, RSYNC, SFTP), 1)
_RATE = share_of_floor("≥ 0.95 times the rate of `sftp`", 0.95)
_MEMORY = extra_at_most("≤ 200 bytes a name", "bytes an entry", 200)

ROWS = (
    _row(
        "files-open",
        "`File()`, local",
        Deed("open", existing=10).both() | floor("stat"),
        at_most("≤ 50 µs", 50e-6),
        runs=7,
    ),
    _row(
        "files-copy",
        "`File.copy` of 1,000 files of 4 KiB, local, one by one",
        Deed("one").both() | floor("copy"),
        at_most("≤ 0.3 s", 0.3),
        runs=7,
    ),
    _row(
        "files-bulk",
        "`File.copy` of 1,000 files of 4 KiB, local, in a container",
        Deed("bulk").both() | floor("copy"),
        at_most("≤ 0.2 s", 0.2),
        runs=7,
    ),
    _row(
        "files-tree",
        "`Directory.copy(RECURSIVE)` of 1,000 files of 4 KiB",
        Deed("tree", existing=1000).both() | {FLOOR: program("cp", SMALL, _cp, connects=False)},
        at_most("≤ 100 ms", 0.1),
        runs=7,
    ),
    _row(
        "files-ssh-up",
        "1,000 files of 4 KiB to an ssh host, in a container",
        Deed("bulk", existing=5, up=True).both()
        | {
            FLOOR: program(TAR, SMALL, _tar_up),
            RSYNC: program(RSYNC, SMALL, _rsync_up),
            SFTP: program(SFTP, SMALL, _sftp_up),
            TAR + SHARED: program(TAR, SMALL, partial(_tar_up, shared=True)),
        },
        _BEST,
    ),
    _row(
        "files-ssh-down",
        "1,000 files of 4 KiB from an ssh host, in a container",
        Deed("bulk", existing=5, down=True).both()
        | {
            FLOOR: program(TAR, SMALL, _tar_down),
            RSYNC: program(RSYNC, SMALL, _rsync_down),
            SFTP: program(SFTP, SMALL, _sftp_down),
            TAR + SHARED: program(TAR, SMALL, partial(_tar_down, shared=True)),
        },
        _BEST,
    ),
    _row(
        "files-ssh-large-up",
        "one 256 MiB file to an ssh host",
        Deed("large", LARGE, up=True).both()
        | {
            FLOOR: program(SFTP, LARGE, _sftp_up),
            TAR: program(TAR, LARGE, _tar_up),
            SFTP + SHARED: program(SFTP, LARGE, partial(_sftp_up, shared=True)),
        },
        _RATE,
        unit="MB/s",
    ),
    _row(
        "files-ssh-large-down",
        "one 256 MiB file from an ssh host",
        Deed("large", LARGE, down=True).both()
        | {
            FLOOR: program(SFTP, LARGE, _sftp_down),
            TAR: program(TAR, LARGE, _tar_down),
            SFTP + SHARED: program(SFTP, LARGE, partial(_sftp_down, shared=True)),
        },
        _RATE,
        unit="MB/s",
    ),
    _row(
        "files-list",
        "`Directory.list` of 100,000 names, local",
        Deed("list", LISTED, existing=1000).both() | floor("list", LISTED),
        times_floor("≤ 2 times `os.scandir`", 2),
        _MEMORY,
        runs=7,
    ),
    _row(
        "files-ssh-list",
        "`Directory.list` of 100,000 names, ssh",
        Deed("list", LISTED, existing=1000, down=True).both()
        | {FLOOR: program("ls", LISTED, _names)},
        times_floor("≤ 2 times `ls -f` over there", 2),
        _MEMORY,
        runs=7,
    ),
    _row(
        "files-http",
        "256 MiB over http to a local file",
        {EXISTING: _http(EXISTING), OURS: _http(OURS), FLOOR: _curl},
        share_of_floor("≥ 0.8 times the rate of `curl`", 0.8),
        extra_at_most("RSS ≤ 64 MB", HEAVY, 64),
        unit="MB/s",
    ),
)
