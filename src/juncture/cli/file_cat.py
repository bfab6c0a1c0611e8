"""`juncture file cat`: bytes as they are; and the two ends of `cp` that are streams."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from typing import Any

from juncture.cli.file_places import STREAM, Names, is_directory
from juncture.saga.exceptions import AlreadyExists, BadParameter, SagaException
from juncture.saga.storage import making
from juncture.saga.storage.failures import Changed, ConnectionLost
from juncture.saga.storage.parts import part_name, told_of
from juncture.saga.storage.retries import ATTEMPTS
from juncture.saga.storage.values import WHOLE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from juncture.cli.file_places import Name
    from juncture.cli.file_running import Run

_OWNER_ONLY = 0o600
_PIECE_BYTES = 1 << 18
_TAIL_BYTES = 1 << 16


def cat(run: Run) -> None:
    """Write the content of files."""
    names = Names(run)
    for text in run.options.urls:
        if text == STREAM:
            _show(run, STREAM, _read_stdin())
            continue
        for name in names.each([text]):
            try:
                _show(run, name.text, pieces(name))
            except SagaException as error:
                run.fail(error)


def pieces(name: Name) -> Iterator[bytes]:
    """Yield the content of a file; after a lost connection it goes on where it was.

    Raises:
        BadParameter: it is a directory.
        Changed: what was read last is not there any more, so the rest is not what belongs to it.
        ConnectionLost: it was lost time and again, and nothing was read.
    """
    offset, tail, tries = 0, b"", 0
    while True:
        before = offset
        try:
            for data in _from(name, offset, tail):
                offset += len(data)
                tail = (tail + data)[-_TAIL_BYTES:]
                yield data
        except ConnectionLost:
            tries = 0 if offset > before else tries + 1
            if tries >= ATTEMPTS:
                raise
        else:
            return


def _from(name: Name, offset: int, tail: bytes) -> Iterator[bytes]:
    """Yield what comes after `offset`, if what is before it still ends with `tail`."""
    reader = name.store.open_read(name.path, offset - len(tail))
    try:
        left = tail
        while left:
            data = reader.read(len(left))
            if not data or not left.startswith(data):
                raise Changed(f"`{name.text}` changed while it was read")
            left = left[len(data) :]
        while data := reader.read(_PIECE_BYTES):
            yield data
    finally:
        reader.close()


def write_out(content: Iterator[bytes]) -> int:
    """Write content to standard output and return how much it was."""
    stream = sys.stdout.buffer
    sent = 0
    for data in content:
        stream.write(data)
        stream.flush()
        sent += len(data)
    return sent


def take_in(name: Name, *, replace: bool) -> int:
    """Write standard input to a file, which has its name when all is in it; return how much."""
    store, path = name.store, name.path
    if is_directory(name):
        raise BadParameter(f"`{name.text}` is a directory, and standard input has no name")
    if name.makes_parents:
        making.make_parents(store, path)
    is_whole = WHOLE in store.traits
    if is_whole and not replace and store.exists(path):
        raise AlreadyExists(f"`{name.text}` is there already")
    part = path if is_whole else part_name(path)
    kept = making.kept(store, path)
    sent = 0
    try:
        with told_of(path, part):
            mode = None if kept is None else _OWNER_ONLY
            writer = store.open_write(part, exclusive=not is_whole, mode=mode)
            try:
                for data in _read_stdin():
                    writer.write(data)
                    sent += len(data)
                writer.close()
            except BaseException:
                writer.abort()
                raise
            store.settle(part, kept)
            if not is_whole:
                store.rename(part, path, replace=replace)
    except BaseException:
        if not is_whole:
            with suppress(SagaException):
                store.remove(part)
        raise
    return sent


def _read_stdin() -> Iterator[bytes]:
    while data := os.read(sys.stdin.fileno(), _PIECE_BYTES):
        yield data


def _show(run: Run, text: str, content: Iterator[bytes]) -> None:
    if not run.options.json:
        write_out(content)
        return
    import json

    data = b"".join(content)
    found: dict[str, Any] = {"name": text, "size_bytes": len(data)}
    try:
        found["text"] = data.decode("utf-8")
    except UnicodeDecodeError:
        from base64 import b64encode

        found["base64"] = b64encode(data).decode("ascii")
    sys.stdout.write(json.dumps(found) + "\n")
