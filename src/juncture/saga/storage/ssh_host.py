"""What stays on an ssh host: its own programs copy, remove, sum and list, where it has a shell.

There may be no shell, or one that sees other files than the SFTP server does (a chroot, a storage
box); then every method says that it cannot, and the caller does it by SFTP. Whether the two see the
same is told by the home directory, and before anything is removed by the directory itself. Every
method that fails leaves it to the caller to find out why, by SFTP, whose answers are codes.
"""

from __future__ import annotations

import collections
import contextlib
import os
import threading

from juncture.saga.exceptions import SagaException
from juncture.saga.shell import quoting
from juncture.saga.shell.channel import Channel
from juncture.saga.storage import stopping
from juncture.saga.storage.values import DIRECTORY, FILE, LINK, OTHER, Stat

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Iterator

    from juncture.saga.shell.pending import Pending
    from juncture.saga.shell.ssh_master import Master

_MOST_IDLE = 2
_MOST_WAITING = 64
_PROGRAMS = {
    "md5": "md5sum",
    "sha1": "sha1sum",
    "sha224": "sha224sum",
    "sha256": "sha256sum",
    "sha384": "sha384sum",
    "sha512": "sha512sum",
    "blake2b": "b2sum",
}
_KINDS = {"f": FILE, "d": DIRECTORY, "l": LINK}
_FIELDS = r"%y\0%s\0%T@\0%m\0%U\0%G\0%P\0"
_FIELD_COUNT = 7


class HostShell:
    """Shells of a host, opened when they are first needed.

    Args:
        master: The connection to the host.
        home: Says what the SFTP server calls the home directory.
    """

    def __init__(self, master: Master, home: Callable[[], str]) -> None:
        self._master = master
        self._home = home
        self._idle: list[Channel] = []
        self._lock = threading.RLock()  # the garbage collector may end a listing at any place
        self._owner = os.getpid()
        self._refused = False
        self._known: dict[str, bool] = {}

    def names(self, path: str) -> Iterator[list[str]] | None:
        """Return the names in a directory in batches, or None; an empty last batch: it failed."""
        word = quoting.quote(path)
        # The first is from coreutils 9 on, and does not look at the files.
        cmd = (
            f"ls -f --zero {word} 2>/dev/null || "
            f"find {word} -mindepth 1 -maxdepth 1 -printf '%f\\0' 2>/dev/null"
        )
        if not self._knows("ls -d --zero /") and not self._knows("find / -prune -printf '%f\\0'"):
            return None
        return self._batches(cmd)

    def walk(self, path: str) -> Iterator[list[tuple[str, Stat]]] | None:
        """Return all below a directory in batches, or None; an empty last batch: it failed."""
        if not self._knows("find / -prune -printf '%f\\0'"):
            return None
        word = quoting.quote(path)
        cmd = f"find {word}/ -mindepth 1 -printf '{_FIELDS}' 2>/dev/null"
        return self._entries(cmd)

    def remove_tree(self, path: str, stat: Stat) -> bool:
        """Remove a directory, if it is the one that SFTP sees, and say whether it is gone."""
        word = quoting.quote(path)
        seen = f"{int(stat.mtime or 0)} {stat.size_bytes}"
        return self._ends(
            f"""[ "$(stat -c '%Y %s' -- {word} 2>/dev/null)" = '{seen}' ] && """
            f"rm -rf -- {word} 2>/dev/null"
        )

    def checksum(self, path: str, algorithm: str) -> str | None:
        """Return the checksum of a file, or None."""
        return next(self.checksums([path], algorithm))[1]

    def checksums(self, paths: Iterable[str], algorithm: str) -> Iterator[tuple[str, str | None]]:
        """Yield paths, in their order, with the checksums of the files, or None."""
        program = _PROGRAMS.get(algorithm)
        with self._shell() as shell:
            waiting: collections.deque[tuple[str, Pending]] = collections.deque()
            for path in paths:
                if shell is None or program is None:
                    yield path, None
                    continue
                word = quoting.quote(path)
                cmd = f"[ -f {word} ] && {program} <{word} 2>/dev/null"
                try:
                    waiting.append((path, shell.start(cmd)))
                except SagaException:
                    shell = None  # noqa: PLW2901 - it is lost
                    yield path, None
                if len(waiting) >= _MOST_WAITING:
                    yield _summed(*waiting.popleft())
            while waiting:
                yield _summed(*waiting.popleft())

    def copy(
        self, path: str, new: str, tell: Callable[[], None] | None, every_s: float | None
    ) -> bool:
        """Copy a file, with its mode and time, and say whether that was done.

        Args:
            path: The file.
            new: Its copy.
            tell: Called now and then meanwhile; what it raises ends the copy.
            every_s: How often.
        """
        words = quoting.command(["cp", "-p", "--", path, new])
        with self._shell() as shell:
            if shell is None:
                return False
            try:
                pending = shell.start(f"{words} 2>/dev/null")
                while tell is not None and not pending.wait(every_s):
                    tell()
                return pending.result().status == 0
            except BaseException:
                with contextlib.suppress(SagaException):
                    shell.interrupt()
                shell.close()
                raise

    def is_there(self) -> bool:
        """Return whether there is a shell that sees what SFTP sees."""
        with self._shell() as shell:
            return shell is not None

    def close(self) -> None:
        """End all shells."""
        self._forget_those_of_the_parent()
        with self._lock:
            idle, self._idle = self._idle, []
        for shell in idle:
            shell.close()

    def _knows(self, cmd: str) -> bool:
        """Return whether a program over there takes some options, which is asked once."""
        if cmd not in self._known:
            with self._shell() as shell:
                if shell is None:
                    return False
                try:
                    self._known[cmd] = shell.run(f"{cmd} >/dev/null 2>&1").status == 0
                except SagaException:
                    return False
        return self._known[cmd]

    def _succeeds(self, cmd: str) -> bool:
        return self._output(cmd) is not None

    def _ends(self, cmd: str) -> bool:
        """Say whether a command succeeds; it is ended when nobody wants it any more."""
        stopping.check()
        with self._shell() as shell:
            if shell is None:
                return False

            def end() -> None:
                with contextlib.suppress(SagaException):  # it is lost, and so is the command
                    shell.interrupt()

            try:
                pending = shell.start(cmd)
                with stopping.waking(end):
                    return pending.result().status == 0
            except SagaException:
                return False

    def _output(self, cmd: str) -> bytes | None:
        """Return the output of a command, or None if there is no shell or it failed."""
        with self._shell() as shell:
            if shell is None:
                return None
            try:
                status, output, _ = shell.run(cmd)
            except SagaException:
                return None
            return output if status == 0 else None

    def _batches(self, cmd: str) -> Iterator[list[str]]:
        """Yield what a command says, as lists of words that NUL ends; empty if it failed."""
        with self._shell() as shell:
            if shell is None:
                yield []
                return
            rest = b""
            stream = shell.stream(cmd)
            try:
                for piece in stream:
                    whole, nul, rest = (rest + piece).rpartition(b"\0")
                    if nul:
                        yield whole.decode("utf-8", "surrogateescape").split("\0")
                if stream.result().status:
                    yield []
            except SagaException:
                yield []
            except BaseException:
                shell.close()  # it is in the middle of its output
                raise

    def _entries(self, cmd: str) -> Iterator[list[tuple[str, Stat]]]:
        rest: list[str] = []
        for batch in self._batches(cmd):
            if not batch:
                yield []
                return
            fields = rest + batch
            count = len(fields) - len(fields) % _FIELD_COUNT
            rest = fields[count:]
            found = [_entry(fields[at : at + _FIELD_COUNT]) for at in range(0, count, _FIELD_COUNT)]
            if found:
                yield found

    @contextlib.contextmanager
    def _shell(self) -> Generator[Channel | None]:
        """Lend a shell that nobody else uses meanwhile; None if there is none."""
        self._forget_those_of_the_parent()
        shell = self._take()
        try:
            yield shell
        finally:
            if shell is not None:
                with self._lock:
                    is_kept = shell.alive and len(self._idle) < _MOST_IDLE
                    if is_kept:
                        self._idle.append(shell)
                if not is_kept:
                    shell.close()

    def _forget_those_of_the_parent(self) -> None:
        if self._owner != os.getpid():
            self._owner, self._lock, self._idle = os.getpid(), threading.RLock(), []

    def _take(self) -> Channel | None:
        with self._lock:
            while self._idle:
                shell = self._idle.pop()
                if shell.alive:
                    return shell
            if self._refused:
                return None
        try:
            shell = Channel.over(self._master)
            # Where it began, as the SFTP server does, and home, which may be said to be elsewhere.
            place = shell.run("pwd -P; cd 2>/dev/null && pwd -P; true")
        except SagaException:
            self._refused = self._master.alive  # else it is the connection that is lost
            return None
        seen = place.stdout.decode("utf-8", "surrogateescape")
        home = self._home()
        if place.status or not (seen.startswith(f"{home}\n") or seen.endswith(f"\n{home}\n")):
            shell.close()
            self._refused = True
            return None
        return shell


def _summed(path: str, pending: Pending) -> tuple[str, str | None]:
    try:
        status, output, _ = pending.result()
    except SagaException:
        return path, None
    return path, output.split()[0].decode("ascii", "replace") if status == 0 and output else None


def _entry(fields: list[str]) -> tuple[str, Stat]:
    kind, size, mtime, mode, owner, group, name = fields
    # SFTP knows whole seconds, and a time must be the same whoever tells it.
    seconds = float(mtime.partition(".")[0])
    found = _KINDS.get(kind, OTHER)
    return name, Stat(found, int(size), seconds, int(mode, 8), owner, group)
