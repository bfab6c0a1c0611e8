"""Large files that have changed a little: rsync sends what differs, over the connection there is.

It is used where one side is this host, the other can run programs, and both have rsync; what it
does not do, for whatever reason, is left to those who copy all bytes. It counts as done only if it
says so, and the target then has the length and the time of the source. rsync itself compares
checksums of whole files, gives a file its name when it has all of it, and takes away what it has
written when it is ended before. Names go to it
NUL-separated in a file and as protected arguments, so that no shell and no pattern gets at them.
Source: rsync(1).
"""

from __future__ import annotations

import os
import select
from contextlib import suppress

from juncture.saga.exceptions import SagaException
from juncture.saga.storage import tree
from juncture.saga.storage.logs import debug
from juncture.saga.storage.transfer_small import is_same

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from juncture.saga.shell._process import PipedProcess
    from juncture.saga.storage.pipe import Stop
    from juncture.saga.storage.store import Store
    from juncture.saga.storage.values import Stat

    Files = Sequence[tuple[str, "Stat"]]
    Side = tuple[Store, str]

SMALLEST_BYTES = 1 << 22
"""Below this to copy a file takes no longer than to find out what of it has changed."""
_PATTERN = frozenset("*?[\\")
_OPTIONS = (
    "--protect-args",
    "--from0",
    "--times",
    "--perms",
    "--ignore-times",
    "--no-whole-file",
    # As with all copies: who runs one does not act for whom the copy belongs to.
    "--chmod=u-s,g-s",
)
_TELLING = ("--info=progress2", "--no-human-readable")
"""Have it say about once a second how many bytes of all files it has seen to."""
_READ_BYTES = 1 << 16
_END_WAIT_S = 5.0
_HOST = "host"
"""The shared connection leads to one host only, whatever this is."""


def is_usable(source: Store, target: Store) -> bool:
    """Return whether rsync may be of use between two stores; it may turn out not to be there."""
    why = _why_not(source, target)
    names = source.name, target.name
    debug(__name__, "rsync from %s to %s: %s", *names, f"not used, {why}" if why else "may be used")
    return not why


def _why_not(source: Store, target: Store) -> str:
    import shutil

    if source.is_same(target):
        return "both are one store"
    if shutil.which("rsync") is None:
        return "it is not installed here"
    shells = [store.remote_shell() for store in (source, target)]
    if None in shells or shells.count([]) != 1:
        return "it goes between this host and one where programs can be run"
    return ""


def update(
    source: Side,
    target: Side,
    files: Files,
    stop: Stop,
    told: Callable[[int], None] | None = None,
) -> list[tuple[str, Stat]]:
    """Make files like those of the same names in another directory.

    Args:
        source: The store and the directory that they are in or below.
        target: The same of where they shall be.
        files: Their paths relative to both directories, and what they are at the source.
        stop: Ends it.
        told: Called now and then with how many bytes of the files are seen to. What it raises ends
            rsync, and is raised.

    Returns:
        Those of them that are still to be copied.
    """
    import tempfile

    from juncture.saga.shell import quoting
    from juncture.saga.shell._process import PipedProcess

    ends = [end for end in (_end(*source), _end(*target)) if end is not None]
    if len(ends) != len((source, target)) or stop.asked:
        return list(files)
    shell = quoting.command(source[0].remote_shell() or target[0].remote_shell() or ())
    with tempfile.NamedTemporaryFile(prefix="juncture-") as names:
        # A name that begins with `#` or `;` would be a comment.
        text = "".join(f"./{path}\0" for path, _ in files)
        names.write(text.encode("utf-8", "surrogateescape"))
        names.flush()
        says = ("--quiet",) if told is None else _TELLING
        options = [*says, *_OPTIONS, f"--files-from={names.name}", f"--rsh={shell}"]
        process = PipedProcess(["rsync", *options, "--", *ends])
        stop.add(process.terminate)
        try:
            _listen(process, told)
            status = process.wait()
        except BaseException:
            process.terminate()
            with suppress(OSError):
                _listen(process, None, _END_WAIT_S)
            raise
        finally:
            stop.drop(process.terminate)
            process.discard()
    debug(__name__, "rsync of %d files ended with status %d", len(files), status)
    if status:
        # It does not say which files it did; those that it did are copied again, and are the same.
        return list(files)
    done = _done(source, target, files)
    debug(__name__, "%d of %d files are copies by rsync", len(done), len(files))
    return [each for place, each in enumerate(files) if place not in done]


def _listen(
    process: PipedProcess, told: Callable[[int], None] | None, timeout_s: float | None = None
) -> None:
    """Read what rsync says until all its processes have ended, and tell how far it says to be."""
    poll = select.poll()
    streams = {process.stdout, process.stderr}
    for stream in streams:
        poll.register(stream, select.POLLIN)
    rest = b""
    while streams:
        ready = poll.poll(None if timeout_s is None else timeout_s * 1000)
        if not ready:
            return
        for stream, _ in ready:
            data = os.read(stream, _READ_BYTES)
            if not data:
                poll.unregister(stream)
                streams.remove(stream)
            elif stream == process.stdout and told is not None:
                *lines, rest = (rest + data).replace(b"\r", b"\n").split(b"\n")
                counts = [words[0] for line in lines if (words := line.split())]
                if counts and counts[-1].isdigit():
                    told(int(counts[-1]))


def _end(store: Store, path: str) -> str | None:
    """Return a directory as rsync takes it, or None if it would not understand it."""
    path = store.absolute(path)
    if _PATTERN & set(path) or path.startswith("/~"):
        return None
    end = path if path.endswith("/") else f"{path}/"
    return f"{_HOST}:{end}" if store.remote_shell() else end


def _done(source: Side, target: Side, files: Files) -> set[int]:
    """Return the places of those files that are copies now of what still is at the source."""
    found: set[int] = set()
    with suppress(SagaException):
        here = source[0].stat_many([tree.child(source[1], path) for path, _ in files])
        names = [tree.child(target[1], path) for path, _ in files]
        there = target[0].stat_many(names, follow=False)
        for place, (now, copy) in enumerate(zip(here, there, strict=True)):
            if is_same(files[place][1], now) and _is_copy(files[place][1], copy):
                found.add(place)
    return found


def _is_copy(stat: Stat, copy: Stat | SagaException) -> bool:
    if isinstance(copy, SagaException) or stat.mtime is None or copy.mtime is None:
        return False
    return stat.size_bytes == copy.size_bytes and int(stat.mtime) == int(copy.mtime)
