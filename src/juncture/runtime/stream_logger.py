r"""Turn bytes of a program's output into lines, and log a stream line by line.

A line ends at "\n" and nowhere else; the "\r" of a "\r\n" is dropped. Bytes that do not decode
become backslash escapes. A line longer than `MAX_PIECE` characters is handed on in pieces of that
length, so memory is bounded whatever a program writes; expressions see each piece by itself.
"""

from __future__ import annotations

import codecs
import logging
import threading
from typing import IO, TYPE_CHECKING

from juncture.runtime.app_handlers import CallbackErrors
from juncture.runtime.line_delivery import LineDelivery

if TYPE_CHECKING:
    from collections.abc import Sequence

    from juncture.runtime.app_handlers import CallbackError

MAX_PIECE = 1024 * 1024
"""Longest piece of a line, in characters."""


class LineSplitter:
    """Cuts blocks of bytes into lines of text.

    Args:
        encoding: Of the bytes.
        max_piece: Longest text returned, in characters.
    """

    def __init__(self, encoding: str = "utf-8", max_piece: int = MAX_PIECE) -> None:
        self.encoding = encoding
        self._decoder = codecs.getincrementaldecoder(encoding)("backslashreplace")
        self._max_piece = max_piece
        self._parts: list[str] = []
        self._size = 0

    def push(self, data: bytes) -> list[str]:
        """Take the next block and return the lines it completes.

        Args:
            data: The block; empty at the end, when what is left is returned as the last line.
        """
        text = self._decode(data)
        self._parts.append(text)
        self._size += len(text)
        if data and "\n" not in text and self._size <= self._max_piece:
            return []
        whole = "".join(self._parts)
        long = len(whole) > self._max_piece
        if "\r" in whole:
            whole = whole.replace("\r\n", "\n")
        *lines, rest = whole.split("\n")
        if long:
            lines = [piece for line in lines for piece in self._pieces(line)]
            *pieces, rest = self._pieces(rest)
            lines += pieces
        if not data and rest:
            lines.append(rest)
            rest = ""
        self._parts = [rest]
        self._size = len(rest)
        return lines

    def _decode(self, data: bytes) -> str:
        try:
            return self._decoder.decode(data, final=not data)
        except UnicodeError:  # a decoder that refuses a stream as such, like UTF-16 without a mark
            self._decoder.reset()
            return data.decode("ascii", "backslashreplace")

    def _pieces(self, line: str) -> list[str]:
        size = self._max_piece
        return [line[start : start + size] for start in range(0, len(line), size)] or [line]


class StreamLogger(threading.Thread):
    """A thread that logs every line of a stream until the stream ends.

    `callback_error` is the first thing a handler raised, or None; the reading goes on regardless.

    Args:
        stream: Text, or bytes in UTF-8; closed by its owner.
        loggers: Each gets every line.
        level: Level to log at.
        name: Of the thread.
        daemon: Whether the interpreter may end before the stream does.
    """

    def __init__(
        self,
        *,
        stream: IO[str] | IO[bytes],
        loggers: Sequence[logging.Logger],
        level: int = logging.INFO,
        name: str | None = None,
        daemon: bool = False,
    ) -> None:
        super().__init__(name=name, daemon=daemon)
        self._stream = stream
        self._errors = CallbackErrors()
        self._delivery = LineDelivery(list(loggers), level, None, self._errors)

    @property
    def callback_error(self) -> CallbackError | None:
        """What a handler raised first, or None."""
        return self._errors.first

    def run(self) -> None:
        """Log lines until the stream ends or is closed."""
        # Below a text stream lie the bytes, which it would cut at "\\r" or refuse to decode.
        source = getattr(self._stream, "buffer", self._stream)
        splitter = LineSplitter(getattr(self._stream, "encoding", None) or "utf-8")
        read = getattr(source, "read1", source.readline)
        while True:
            try:
                data = read(MAX_PIECE)
            except (OSError, ValueError):  # closed by its owner
                data = b""
            block = (
                data.encode(splitter.encoding, "backslashreplace")
                if isinstance(data, str)
                else data
            )
            if lines := splitter.push(block):
                self._delivery.deliver(lines)
            if not block:
                return
