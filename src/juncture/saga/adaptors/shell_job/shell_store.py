"""The files of a host that has a shell and no SFTP server, as far as staging needs them.

Each call is a command of the channel that output is read with: enough to bring the files of a job,
and no more. Links are taken for what they lead to. Only POSIX utilities are used.
"""

from __future__ import annotations

from juncture.saga.exceptions import AlreadyExists, BadParameter, DoesNotExist, NoSuccess
from juncture.saga.shell import quoting
from juncture.saga.storage.store import Store
from juncture.saga.storage.values import APPENDS, DIRECTORY, FILE, MODES, OTHER, Stat

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from juncture.saga.shell import Channel

_PIECE_BYTES = 1 << 22
_NONE, _TAKEN, _IS_FOLDER, _NO_PARENT = 41, 42, 43, 44
_KINDS = {"-": FILE, "d": DIRECTORY}
_MODE_LETTERS = 10


class ShellStore(Store):
    """Files of a host, by commands of a shell.

    Args:
        name: The name of the store.
        channel: A shell over there.
    """

    traits = frozenset((MODES, APPENDS))

    def __init__(self, name: str, channel: Channel) -> None:
        self.name = name
        self._channel = channel

    def stat(self, path: str, *, follow: bool = True) -> Stat:
        """Return kind, length and permissions of what a name leads to."""
        del follow
        word = quoting.quote(path)
        first = f"1s/^\\(.\\{{{_MODE_LETTERS}\\}}\\).*/\\1/p"  # a name may have lines of its own
        listed = self._run(
            f"[ -e {word} ] || exit {_NONE}; ls -ldL {word} | sed -n '{first}' && "
            f"if [ -f {word} ]; then wc -c <{word}; fi",
            path,
        )
        letters, *size = listed.decode("ascii", "replace").split()
        kind = _KINDS.get(letters[0], OTHER)
        return Stat(kind, int(size[0]) if size and kind == FILE else None, None, _mode(letters))

    def scan(self, path: str) -> Iterator[tuple[str, Stat | None]]:
        """Yield the names in a directory."""
        found = self._run(
            f"cd {quoting.quote(path)} && for name in ./* ./.*; do "
            'if [ -e "$name" ] || [ -L "$name" ]; then printf \'%s\\0\' "$name"; fi; done',
            path,
        )
        for name in found.decode("utf-8", "surrogateescape").split("\0")[:-1]:
            if name not in {"./.", "./.."}:
                yield name[2:], None

    def make_dir(self, path: str) -> None:
        """Make one directory."""
        word = quoting.quote(path)
        parent = quoting.quote(path.rpartition("/")[0] or "/")
        checks = f"[ -e {word} ] && exit {_TAKEN}; [ -e {parent} ] || exit {_NO_PARENT}"
        self._run(f"{checks}; mkdir {word}", path)

    def remove(self, path: str) -> None:
        """Remove one file."""
        self._run(f"rm -f {quoting.quote(path)}", path)

    def rename(self, path: str, new: str, *, replace: bool) -> None:
        """Give a file another name."""
        target = quoting.quote(new)
        check = "" if replace else f"[ -e {target} ] && exit {_TAKEN}; "
        command = f"mv -f {quoting.quote(path)} {target}"
        self._run(f"[ -d {target} ] && exit {_IS_FOLDER}; {check}{command}", new)

    def set_mode(self, path: str, mode: int) -> None:
        """Set the permission bits."""
        self._run(f"chmod {mode:o} {quoting.quote(path)}", path)

    def open_read(self, path: str, offset: int = 0) -> _Reader:
        """Open a file for reading."""
        if self.stat(path).kind == DIRECTORY:
            raise BadParameter(f"`{path}` on {self.name} is a directory")
        return _Reader(self, self._channel, path, offset)

    def open_write(
        self, path: str, *, append: bool = False, exclusive: bool = False, mode: int | None = None
    ) -> _Writer:
        """Open a file for writing."""
        word = quoting.quote(path)
        sign = ">>" if append else ">"
        check = f"[ -d {word} ] && exit {_IS_FOLDER}; "
        if exclusive:
            check += f"[ -e {word} ] && exit {_TAKEN}; "
        self._run(f"{check}: {sign}{word}", path)
        if mode is not None and not append:
            self.set_mode(path, mode | 0o200)
        return _Writer(self._channel, path)

    def _run(self, command: str, path: str) -> bytes:
        result = self._channel.run(command, isolated=True)
        place = f"`{path}` on {self.name}"
        if result.status in {_NONE, _NO_PARENT}:
            raise DoesNotExist(f"{place} is not there, or what it is to be in")
        if result.status == _TAKEN:
            raise AlreadyExists(f"{place} is there already")
        if result.status == _IS_FOLDER:
            raise BadParameter(f"{place} is a directory")
        if result.status:
            raise NoSuccess(f"{place}: {said(result.stderr)}")
        return result.stdout


class _Reader:
    def __init__(self, store: ShellStore, channel: Channel, path: str, offset: int) -> None:
        self._place = f"`{path}` on {store.name}"
        word = quoting.quote(path)
        command = f"tail -c +{offset + 1} <{word}" if offset else f"cat <{word}"
        self._stream = channel.stream(command, isolated=True)
        self._pieces = iter(self._stream)
        self._rest = b""
        self._is_over = False

    def read(self, size: int) -> bytes:
        """Return some of the next bytes."""
        while not self._rest and not self._is_over:
            piece = next(self._pieces, None)
            if piece is None:
                self._is_over = True
                result = self._stream.result()
                if result.status:
                    raise NoSuccess(f"{self._place} was not read: {said(result.stderr)}")
            else:
                self._rest = piece
        found, self._rest = self._rest[:size], self._rest[size:]
        return found

    def close(self) -> None:
        """Drop what is left."""
        if not self._is_over:
            self._stream.result()


class _Writer:
    def __init__(self, channel: Channel, path: str) -> None:
        self._channel = channel
        self._path = path
        self._waiting = bytearray()

    def write(self, data: bytes) -> None:
        """Keep data until there is a piece of it."""
        self._waiting += data
        if len(self._waiting) >= _PIECE_BYTES:
            self._flush()

    def skip(self, size: int) -> None:
        """There are no holes."""
        self.write(bytes(size))

    def close(self) -> None:
        """Return when all is there."""
        self._flush()

    def abort(self) -> None:
        """Forget what was not written."""
        self._waiting.clear()

    def _flush(self) -> None:
        if self._waiting:
            data = bytes(self._waiting)
            self._waiting.clear()
            self._channel.write_file(self._path, data, append=True)


def said(errors: bytes) -> str:
    """Return the last line that a command wrote to its standard error."""
    lines = errors.decode("utf-8", "replace").strip().splitlines()
    return lines[-1] if lines else "no reason was given"


def _mode(letters: str) -> int:
    bits = "".join("0" if letter in "-ST" else "1" for letter in letters[1:])
    return int(bits, 2)
