# mypy: disable-error-code="override"
# pyright: reportIncompatibleMethodOverride=false, reportPrivateUsage=false
# ruff: noqa: SLF001
"""`radical.saga.filesystem`: files that are read and written as texts, and always whole.

A `File` has no position: `read` begins at the beginning, and what `write` is given is all that the
file holds then, with APPEND its end. Text is UTF-8; bytes that are none come as lone surrogates
(PEP 383) and are written as the bytes they were. What else differs is in `saga_namespace`.
"""

from __future__ import annotations

from juncture.compat import saga_namespace
from juncture.compat.saga_namespace import later
from juncture.saga import exceptions, filesystem
from juncture.saga.constants import APPEND, CREATE, READ, TRUNCATE, WRITE, TaskType
from juncture.saga.stored.file import File as StoredFile

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, NoReturn

__path__: list[str] = []
"""It was a package: what is imported from in it is looked for, and found by name."""

_LONGEST_LETTER_BYTES = 4


class File(saga_namespace.Entry, filesystem.File):
    """A file of text."""

    __slots__ = ()

    def read(self, size: int | None = None, ttype: int | None = None) -> Any:
        """Return the text, or its first `size` letters."""
        if not isinstance(self._adaptor, StoredFile):
            return self._call("read", ttype, size, convert=_text)
        return later(lambda: self._read(size), ttype)

    def write(self, data: bytes | str, flags: int = 0, ttype: int | None = None) -> Any:
        """Make this all that the file holds, or with APPEND its end; return how many bytes."""
        if ttype is None and isinstance(flags, TaskType):
            flags, ttype = 0, flags
        cpi = self._adaptor
        if not isinstance(cpi, StoredFile):
            return self._flagged("write", flags, ttype, data)
        appends = ((flags or 0) | cpi._flags) & APPEND
        return later(lambda: self._write(data, appends or TRUNCATE), ttype)

    def seek(self, *_: Any, **__: Any) -> NoReturn:
        """Raise NotImplemented, as it did there."""
        raise exceptions.NotImplemented(
            "files of `radical.saga` have no position", hint="`juncture.saga.filesystem.File` has"
        )

    as_file = seek

    def _read(self, size: int | None) -> str:
        with self._again(READ) as file:
            data = file.read(None if size is None else size * _LONGEST_LETTER_BYTES)
        text = _text(data)
        return text if size is None else text[:size]

    def _write(self, data: bytes | str, how: int) -> int:
        with self._again(CREATE | WRITE | how) as file:
            written: int = file.write(data)
        return written

    def _again(self, flags: int) -> filesystem.File:
        """Return the file, opened once more, with a position."""
        url = self._adaptor._here().url()
        return filesystem.File(url, flags, self._session, _adaptor=self._adaptor._adaptor)


class Directory(saga_namespace.Directory, filesystem.Directory):
    """A directory of files of text."""

    __slots__ = ()

    def _call(self, method: str, ttype: int | None, *arguments: Any, **named: Any) -> Any:
        if method in _KINDS:
            named["convert"] = _KINDS[method]
        return super()._call(method, ttype, *arguments, **named)


def _text(data: bytes | str) -> str:
    return data if isinstance(data, str) else data.decode("utf-8", "surrogateescape")


def _file(made: Any) -> File:
    """Make a file of text of what an adaptor has made; they hold the same."""
    made.__class__ = File
    return made  # type: ignore[no-any-return] # it is one now


def _directory(made: Any) -> Directory:
    made.__class__ = Directory
    return made  # type: ignore[no-any-return] # as above


_KINDS = {"open": _file, "open_dir": _directory}
