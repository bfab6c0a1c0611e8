"""Measure the files of an ssh host beside `tar`, `rsync`, `sftp` and `ls`, on an sshd of our own.

    python benchmarks/ssh_files.py [REPETITIONS]

Only root can run this: it starts the servers of the tests. Every program is measured twice: with a
connection of its own, as a person calls it, and over the connection that ours uses, too.
"""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests"))

from testbed import sshd  # noqa: E402

from juncture.saga import Context, Session  # noqa: E402
from juncture.saga.shell import quoting, ssh_master  # noqa: E402
from juncture.saga.shell.ssh_config import Target  # noqa: E402
from juncture.saga.storage.ssh import SshStore  # noqa: E402
from juncture.saga.storage.values import Stat  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

FILES, FILE_BYTES, LARGE_BYTES, NAMES = 1000, 4096, 256 << 20, 100_000
PIECE_BYTES = 1 << 20


def main(repetitions: int) -> None:
    """Measure everything that many times, in turns, and print the medians."""
    with sshd.Testbed() as testbed, tempfile.TemporaryDirectory() as here:
        user = testbed.users["bash"]
        config = testbed.config()
        session = Session(default=False)
        session.contexts.append(Context("ssh", user_key=str(testbed.key)))
        master = ssh_master.Master(Target("h0", user.name), session, config=config)
        store = SshStore(master)
        store.exists("/")
        bench = Bench(store, config, testbed.key, user, Path(here))
        taken = {}
        for _ in range(repetitions):
            for what, run in bench.all():
                bench.clean()
                begin = time.perf_counter()
                run()
                taken.setdefault(what, []).append(time.perf_counter() - begin)
        for what, seconds in taken.items():
            print(f"{what:42} {statistics.median(seconds) * 1000:9.1f} ms  ", end="")
            print(" ".join(f"{one * 1000:.0f}" for one in seconds))
        master.close()


class Bench:
    """What is measured."""

    def __init__(
        self, store: SshStore, config: str, key: Path, user: sshd.User, here: Path
    ) -> None:
        self.store, self.user, self.here = store, user, here
        own = f"ssh -F {config} -i {key} -o BatchMode=yes -o ControlPath=none"
        shared = quoting.command((store.remote_shell() or ["ssh"])[:-1])
        self.ways = {"own": (own, f"{user.name}@h0"), "shared": (shared, "h0")}
        self.small = here / "small"
        self.small.mkdir()
        for number in range(FILES):
            (self.small / f"file-{number:04}").write_bytes(os.urandom(FILE_BYTES))
        self.large = here / "large"
        with self.large.open("wb") as file:
            for _ in range(LARGE_BYTES // PIECE_BYTES):
                file.write(os.urandom(PIECE_BYTES))
        self.there = user.home / "there"
        shutil.copytree(self.small, self.there / "small")
        shutil.copy(self.large, self.there / "large")
        many = self.there / "many"
        many.mkdir()
        for number in range(NAMES):
            (many / f"file-{number:06}").touch()
        sh(f"chown -R {user.name} {self.there}")

    def clean(self) -> None:
        """Remove what the last measurement wrote."""
        for place in (self.there / "up", self.here / "down"):
            shutil.rmtree(place, ignore_errors=True)
            place.mkdir()
        shutil.chown(self.there / "up", self.user.name)

    def all(self) -> Iterator[tuple[str, Callable[[], object]]]:
        """Yield names and functions."""
        up, down = self.there / "up", self.here / "down"
        yield "1000 up: juncture", self.many_up
        yield "1000 down: juncture", self.many_down
        for kind, (ssh, host) in self.ways.items():
            tar_up = f"tar -C {self.small} -cf - . | {ssh} {host} 'tar -C {up} -xf -'"
            tar_down = f"{ssh} {host} 'tar -C {self.there}/small -cf - .' | tar -C {down} -xf -"
            yield f"1000 up: tar, {kind}", lambda cmd=tar_up: sh(cmd)
            yield f"1000 down: tar, {kind}", lambda cmd=tar_down: sh(cmd)
            if shutil.which("rsync"):
                rsync = quoting.command(["rsync", "-a", "-e", ssh])
                to, of = f"{self.small}/ {host}:{up}/", f"{host}:{self.there}/small/ {down}/"
                yield f"1000 up: rsync, {kind}", lambda r=rsync, to=to: sh(f"{r} {to}")
                yield f"1000 down: rsync, {kind}", lambda r=rsync, of=of: sh(f"{r} {of}")
            sftp = "sftp -q -b - " + ssh.removeprefix("ssh ") + f" {host}"
            put = f"echo put -r {self.small} {up}/ | {sftp}"
            get = f"echo get -r {self.there}/small {down}/ | {sftp}"
            yield f"1000 up: sftp, {kind}", lambda cmd=put: sh(cmd)
            yield f"1000 down: sftp, {kind}", lambda cmd=get: sh(cmd)
            put = f"echo put {self.large} {up}/ | {sftp}"
            get = f"echo get {self.there}/large {down}/ | {sftp}"
            yield f"256 MiB up: sftp, {kind}", lambda cmd=put: sh(cmd)
            yield f"256 MiB down: sftp, {kind}", lambda cmd=get: sh(cmd)
        yield "256 MiB up: juncture", self.large_up
        yield "256 MiB down: juncture", self.large_down
        ssh, host = self.ways["shared"]
        yield "100000 names: ls -f, shared", lambda: sh(f"{ssh} {host} ls -f {self.there}/many")
        yield "100000 names: juncture", self.names
        yield "100000 names with stat: juncture", self.scan

    def many_up(self) -> None:
        """Write small files as the transfer engine does."""
        files = (
            (
                f"{self.there}/up/{path.name}",
                path.read_bytes(),
                Stat("file", mtime=1.7e9, mode=0o644),
            )
            for path in sorted(self.small.iterdir())
        )
        check(not any(self.store.write_many(files, replace=True)))

    def many_down(self) -> None:
        """Read small files as the transfer engine does."""
        names = [f"file-{number:04}" for number in range(FILES)]
        found = self.store.read_many(f"{self.there}/small/{name}" for name in names)
        for name, data in zip(names, found, strict=True):
            (self.here / "down" / name).write_bytes(data)

    def large_up(self) -> None:
        """Write one large file."""
        writer = self.store.open_write(f"{self.there}/up/large")
        with self.large.open("rb", buffering=0) as file:
            while data := file.read(PIECE_BYTES):
                writer.write(data)
        writer.close()

    def large_down(self) -> None:
        """Read one large file."""
        reader = self.store.open_read(f"{self.there}/large")
        with (self.here / "down" / "large").open("wb", buffering=0) as file:
            while data := reader.read(PIECE_BYTES):
                file.write(data)

    def names(self) -> None:
        """List many names."""
        check(sum(1 for _ in self.store.names(f"{self.there}/many")) == NAMES)

    def scan(self) -> None:
        """List many names with what is known about them."""
        check(sum(1 for _ in self.store.scan(f"{self.there}/many")) == NAMES)


def check(good: bool) -> None:
    """Stop if something was not done."""
    if not good:
        sys.exit("a measurement did not do what it measures")


def sh(cmd: str) -> None:
    """Run a command of the shell."""
    subprocess.run(["/bin/sh", "-c", cmd], check=True, stdout=subprocess.DEVNULL)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 3)
