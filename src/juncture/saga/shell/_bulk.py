"""Large amounts of bytes into a program on the far side, through a shell of its own.

Once the shell has said that it has read its last command, every byte that follows is that of the
program which it runs, and the end of input is the end of the stream. This blocks the thread that
calls it, and no other.
"""

from __future__ import annotations

import os

from juncture.saga.exceptions import NoSuccess
from juncture.saga.shell import _framing

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import BinaryIO

    from juncture.saga.shell._process import PipedProcess

_CHUNK_BYTES = 1 << 18


def feed(
    process: PipedProcess, name: str, program: str, data: bytes | BinaryIO
) -> tuple[int, bytes]:
    """Run a program in a `sh`, feed it, and return its status and its standard error.

    Args:
        process: The shell; it is used up.
        name: What to call the host.
        program: Shell text on one line, without output, whose last command reads the input.
        data: The program's input: bytes, or a file open for reading bytes.

    Raises:
        NoSuccess: the process did not become a shell.
    """
    try:
        os.set_blocking(process.stdin, True)
        token = os.urandom(16).hex()
        end = f"printf '\\001%s %d\\n' {token} $? >&2;exit"
        text = _framing.block(f"printf '\\001%s ready %d\\n' {token} $$;{program};{end}")
        _write_all(process.stdin, b"\n\n\n" + text)
        if not _is_ready(process.stdout, token):
            said = _rest(process.stderr).decode("utf-8", "replace").strip()
            raise NoSuccess(f"no shell on {name}: {said or 'it ended at once'}")
        for piece in _pieces(data):
            if not _write_all(process.stdin, piece):
                break
        process.close_input()
        return _outcome(process, token)
    finally:
        process.discard()


def _is_ready(fd: int, token: str) -> bool:
    splitter = _framing.Splitter(token.encode("ascii"))
    while data := os.read(fd, 4096):
        if any(is_mark for is_mark, _ in splitter.feed(data)):
            return True
    return False


def _pieces(data: bytes | BinaryIO) -> Iterator[bytes | memoryview]:
    if isinstance(data, bytes):
        yield memoryview(data)
        return
    while piece := data.read(_CHUNK_BYTES):
        yield piece


def _write_all(fd: int, data: bytes | memoryview) -> bool:
    """Write, and say whether there was somebody to read; the program's status says why not."""
    view = memoryview(data)
    try:
        while view:
            view = view[os.write(fd, view[:_CHUNK_BYTES]) :]
    except BrokenPipeError:
        return False
    return True


def _outcome(process: PipedProcess, token: str) -> tuple[int, bytes]:
    """Return status and errors; what a start-up file left behind may hold the stream open."""
    splitter = _framing.Splitter(token.encode("ascii"))
    errors: list[bytes] = []
    while data := os.read(process.stderr, 1 << 16):
        for is_mark, piece in splitter.feed(data):
            if is_mark:
                return int(piece), b"".join(errors)
            errors.append(piece)
    status = process.wait()
    return (-1 if status is None else status), b"".join((*errors, splitter.rest()))


def _rest(fd: int) -> bytes:
    pieces: list[bytes] = []
    while piece := os.read(fd, 1 << 16):
        pieces.append(piece)
    return b"".join(pieces)
