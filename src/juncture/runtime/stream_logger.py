r"""Turn bytes of a program's output into lines, and lines into log records where they are wanted.

A line ends at "\n" and nowhere else; the "\r" of a "\r\n" is dropped. Bytes that do not decode
become backslash escapes. A line longer than `MAX_PIECE` characters is handed on in pieces of that
length, so memory is bounded whatever a program writes; expressions see each piece by itself.

Lines are handed on a block at a time. A handler of the logger that has `write_lines`
(`BulkHandler`) gets the whole batch; for any other handler a record is made a line, with
`logging`'s own meaning of levels, filters, propagation, record factories and `lastResort`, except
that a record does not say where in the source it was made. A logger that is disabled for the level
costs nothing.

Nothing that a handler or callback raises gets out of here: it goes to `CallbackErrors`.
"""

from __future__ import annotations

import codecs
import functools
import logging
import threading
from typing import IO, TYPE_CHECKING, Protocol

from juncture.runtime.app_handlers import CallbackError, CallbackErrors, RegexHandler

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    _Receiver = tuple[object, Callable[[logging.LogRecord], object]]
    """Who gets records, and what to call with them."""

MAX_PIECE = 1024 * 1024
"""Longest piece of a line, in characters."""


class BulkHandler(Protocol):
    """A log handler that takes many lines of one level at once.

    A `logging.Handler` takes part by having this method; `emit` is still used for ordinary records,
    and for every line when the handler or the logger has filters or a subclass overrides `emit`.
    """

    def write_lines(self, level: int, lines: Sequence[str]) -> None:
        """Handle lines as if each were the message of a record without arguments.

        Called from the threads that read output, several at once, without the handler's lock.

        Args:
            level: Level of all of them, at least that of the handler.
            lines: Texts without line ends, in order, at least one.
        """


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


class LineDelivery:
    """Hands lines of one level to loggers and then to a handler of their own.

    A line is in the log before its callbacks run.

    Args:
        loggers: Each gets every line.
        level: Level of the lines.
        handler: Also gets every line, directly; None for no such handler.
        errors: Told of what handlers and callbacks raise.
    """

    def __init__(
        self,
        loggers: Sequence[logging.Logger],
        level: int,
        handler: logging.Handler | None,
        errors: CallbackErrors,
    ) -> None:
        self._loggers = loggers
        self._level = level
        self._handler = handler
        self._errors = errors

    def deliver(self, lines: Sequence[str]) -> None:
        """Hand on lines, in order."""
        publishers = [_Publisher(logger, self._level, self._errors) for logger in self._loggers]
        published = 0

        def publish_through(index: int) -> None:
            nonlocal published
            if index < published:
                return
            batch = lines[published : index + 1]
            published = index + 1
            for publisher in publishers:
                publisher.publish(batch)

        handler = self._handler
        if handler is not None and self._level >= handler.level:
            if isinstance(handler, RegexHandler) and _takes(handler, "handle_lines"):
                handler.handle_lines(lines, publish_through, self._errors.report)
            else:
                records = _RecordMaker(__name__, self._level)
                for index, line in enumerate(lines):
                    publish_through(index)
                    _handle((handler, handler.handle), records.make(line), self._errors)
        publish_through(len(lines) - 1)


class _Publisher:
    """One logger as it is configured now; made anew for every batch."""

    def __init__(self, logger: logging.Logger, level: int, errors: CallbackErrors) -> None:
        self._logger = logger
        self._level = level
        self._errors = errors
        self._bulk: list[BulkHandler] = []
        self._single: list[_Receiver] = []
        self._records: _RecordMaker | None = None
        if not logger.isEnabledFor(level):
            return
        if type(logger) not in {logging.Logger, logging.RootLogger}:
            # A subclass or an adapter may do anything in `log`.
            self._single.append((logger, lambda record: logger.log(level, record.msg)))
        elif logger.filters:
            self._single.append((logger, logger.handle))
        else:
            self._find_handlers()

    def publish(self, lines: Sequence[str]) -> None:
        """Hand lines to whoever listens to the logger."""
        for bulk in self._bulk:
            self._write(bulk, lines)
        if not self._single:
            return
        if self._records is None:
            self._records = _RecordMaker(self._logger.name, self._level)
        for line in lines:
            record = self._records.make(line)
            for receiver in self._single:
                _handle(receiver, record, self._errors)

    def _write(self, bulk: BulkHandler, lines: Sequence[str]) -> None:
        try:
            bulk.write_lines(self._level, lines)
        except BaseException as error:  # noqa: BLE001 - a reader must survive its handlers
            self._errors.report(_handler_error(bulk, lines[0], error))

    def _find_handlers(self) -> None:
        """Sort the handlers that `Logger.callHandlers` would call, for this level."""
        found = False
        current: logging.Logger | None = self._logger
        while current is not None:
            for handler in current.handlers:
                found = True
                self._add(handler)
            current = current.parent if current.propagate else None
        if not found and logging.lastResort is not None:
            self._add(logging.lastResort)

    def _add(self, handler: logging.Handler) -> None:
        if self._level < handler.level:
            return
        if _takes(handler, "write_lines"):
            self._bulk.append(handler)  # type: ignore[arg-type]  # pyright: ignore
        else:
            self._single.append((handler, handler.handle))


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


def _takes(handler: logging.Handler, method: str) -> bool:
    """Whether a handler's `method` stands for its `emit`: nobody overrode that further down."""
    if handler.filters:
        return False
    for cls in type(handler).__mro__:
        if method in vars(cls):
            return True
        if "emit" in vars(cls) or "handle" in vars(cls):
            return False
    return False


class _RecordMaker:
    """Makes records as a logger would that cannot find its caller; for one batch.

    The lines of a batch arrived together, so everything but the text is found out once.
    """

    def __init__(self, name: str, level: int) -> None:
        factory: Callable[..., logging.LogRecord] = logging.getLogRecordFactory()
        self._record = functools.partial(factory, name, level, "(unknown file)", 0)
        self._common = vars(self._record("", (), None)) if factory is logging.LogRecord else None

    def make(self, line: str) -> logging.LogRecord:
        if self._common is None:  # a factory of somebody's own may look at the text
            return self._record(line, (), None)
        record = logging.LogRecord.__new__(logging.LogRecord)
        vars(record).update(self._common)
        record.msg = line
        return record


def _handle(receiver: _Receiver, record: logging.LogRecord, errors: CallbackErrors) -> None:
    owner, handle = receiver
    try:
        handle(record)
    except CallbackError as error:
        errors.report(error)
    except BaseException as error:  # noqa: BLE001 - a reader must survive its handlers
        errors.report(_handler_error(owner, str(record.msg), error))


def _handler_error(handler: object, line: str, error: BaseException) -> CallbackError:
    return CallbackError(f"log handler `{type(handler).__name__}`", line, error)
