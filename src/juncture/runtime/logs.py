"""The log of an adaptor: every line goes to descriptor 1, in the order in which it was said.

In a daemon descriptors 1 and 2 are the spool file, so what libraries in C and child processes
print stands in order with what Python says; in `run` they are the command's own. Records are
written as `LEVEL: text`; `openjd_*` messages, which the Open Job Description session reads, are
written raw (OpenJD "How Jobs Are Run", messages on stdout).

A record is written when it is made: a crash right after loses nothing. When only our own handler
would see a record, none is built, which is what makes a million lines affordable.

Bytes that cannot be stored (disk full) are counted and never fail the task.
"""

from __future__ import annotations

import io
import logging
import os
import re
import sys

from juncture.runtime import log_levels

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from types import TracebackType
    from typing import Any

    _ExcInfo = (
        None
        | bool
        | BaseException
        | tuple[type[BaseException], BaseException, TracebackType | None]
        | tuple[None, None, None]
    )

RUNTIME_LOGGER = "juncture.runtime"

_OPENJD = "openjd_"
_RAW = re.compile(r"openjd_\S+: ")


class Sink:
    """Descriptor 1, with a count of what it would not take.

    Attributes:
        lost_bytes: Bytes that could not be written since the start of the process.
    """

    def __init__(self, fd: int = 1) -> None:
        self.fd = fd
        self.lost_bytes = 0

    def write(self, data: bytes | memoryview) -> None:
        """Write all of `data`, or count what was refused."""
        while data:
            try:
                written = os.write(self.fd, data)
            except BlockingIOError:
                self._wait()
                continue
            except OSError:
                self.lost_bytes += len(data)
                return
            data = b"" if written == len(data) else memoryview(data)[written:]

    def _wait(self) -> None:
        import select

        select.select([], [self.fd], [])


class _RawStream(io.RawIOBase):
    """What is under `sys.stdout`: the sink, so that `print` never fails a task."""

    def __init__(self, sink: Sink) -> None:
        super().__init__()
        self._sink = sink

    def writable(self) -> bool:
        return True

    def fileno(self) -> int:
        return self._sink.fd

    def isatty(self) -> bool:
        return os.isatty(self._sink.fd)

    def write(self, data: object) -> int:
        view = memoryview(data)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
        self._sink.write(view)
        return view.nbytes


class LogStream(io.TextIOWrapper):
    """`sys.stdout` of an adaptor: written out at each newline.

    Attributes:
        unfinished: Whether the last text had no newline, so that it waits to be written.
    """

    unfinished = False

    def write(self, text: str) -> int:
        """Write text; see `io.TextIOBase.write`."""
        self.unfinished = not text.endswith("\n")
        return super().write(text)


def open_stream(sink: Sink) -> LogStream:
    """Return a text stream onto the sink: UTF-8, never failing on a character."""
    buffer = io.BufferedWriter(_RawStream(sink))
    return LogStream(buffer, encoding="utf-8", errors="backslashreplace", line_buffering=True)


class LogHandler(logging.Handler):
    """Writes records as lines; the handler of the root logger in an adaptor's process."""

    def __init__(self, sink: Sink, stream: LogStream) -> None:
        super().__init__()
        self.sink = sink
        self._stream = stream

    def emit(self, record: logging.LogRecord) -> None:
        """Write one record."""
        try:
            text = record.getMessage()
            if record.exc_info and not record.exc_text:
                record.exc_text = _formatter.formatException(record.exc_info)
            if record.exc_text:
                text = f"{text}\n{record.exc_text}"
            if record.stack_info:
                text = f"{text}\n{record.stack_info}"
            self.write_line(record.levelno, text)
        except Exception:  # noqa: BLE001 - logging's own rule: a bad record fails nobody
            self.handleError(record)

    def write_line(self, level: int, text: str) -> None:
        """Write one message, which may have several lines."""
        if self._stream.unfinished:
            self._stream.flush()
        if text[:7] == _OPENJD:
            line = f"{_prefix(level, text)}{text}\n"
        else:
            line = f"{_prefixes.get(level) or _prefix(level, text)}{text}\n"
        try:
            data = line.encode()
        except UnicodeEncodeError:
            data = line.encode("utf-8", "backslashreplace")
        # The usual case without another call: a million lines pay for each.
        sink = self.sink
        try:
            written = os.write(sink.fd, data)
        except OSError:
            written = 0
        if written < len(data):
            sink.write(memoryview(data)[written:])

    def write_lines(self, level: int, lines: Sequence[str]) -> None:
        """Write many one-line messages of one level at once; see `BulkHandler`."""
        if self._stream.unfinished:
            self._stream.flush()
        prefix = _prefix(level, "")
        text = "".join(
            [f"{prefix if line[:7] != _OPENJD else _prefix(level, line)}{line}\n" for line in lines]
        )
        self.sink.write(text.encode("utf-8", "backslashreplace"))


def _prefix(level: int, text: str) -> str:
    """Return what stands before a message: its level, but nothing before an OpenJD message."""
    if text[:7] == _OPENJD and _RAW.match(text):
        return ""
    prefix = _prefixes.get(level)
    if prefix is None:
        prefix = _prefixes[level] = f"{logging.getLevelName(level)}: "
    return prefix


_prefixes: dict[int, str] = {}
_formatter = logging.Formatter()


class AdaptorLogger(logging.Logger):
    """A logger that builds no record when only a `LogHandler` on the root would read it."""

    def info(self, msg: object, *args: object, **kwargs: Any) -> None:
        """Log at INFO; written out here because applications log a million such lines."""
        if kwargs:
            kwargs["stacklevel"] = kwargs.get("stacklevel", 1) + 1
            super().info(msg, *args, **kwargs)
        elif self.isEnabledFor(logging.INFO):
            self._log(logging.INFO, msg, args, None, None, False, 2)

    def _log(  # noqa: PLR0917 - the standard library's signature
        self,
        level: int,
        msg: object,
        args: tuple[object, ...] | Mapping[str, object],
        exc_info: _ExcInfo = None,
        extra: Mapping[str, object] | None = None,
        stack_info: bool = False,
        stacklevel: int = 1,
    ) -> None:
        handler = None
        if not (exc_info or extra or stack_info or self.filters):
            handler = _only_handler(self)
        if handler is None:
            super()._log(level, msg, args, exc_info, extra, stack_info, stacklevel + 1)  # pyright: ignore[reportArgumentType]
            return
        # A single mapping is the argument itself, as in `logging.LogRecord`.
        one = args[0] if len(args) == 1 else None  # type: ignore[index,unused-ignore]
        try:
            text = str(msg)
            if args:
                text = text % (one if one and isinstance(one, dict) else args)
        except Exception:  # noqa: BLE001 - let logging report it in its own way
            super()._log(level, msg, args, stacklevel=stacklevel + 1)
            return
        handler.write_line(level, text)


def _only_handler(logger: logging.Logger) -> LogHandler | None:
    """Return the root's log handler if nothing else could see a record of this logger."""
    current = logger
    while not (handlers := current.handlers):
        parent = current.parent
        if parent is None or not current.propagate:
            return None
        current = parent
    handler = handlers[0]
    if current.parent is None and len(handlers) == 1 and type(handler) is LogHandler:
        return None if handler.filters or handler.level else handler
    return None


def install(level: str | int, *, own_stderr: bool = False) -> LogHandler:
    """Make this process's log that of an adaptor: root handler and `print`.

    Args:
        level: Of the root logger; a name or a number.
        own_stderr: Whether `sys.stderr` (warnings, tracebacks) joins the log, as in a daemon.

    Returns:
        The handler, already on the root logger.
    """
    log_levels.register_level_names()
    sink = Sink()
    for old in (sys.stdout, sys.stderr):
        old.flush()
    stream = sys.stdout = open_stream(sink)
    if own_stderr:
        sys.stderr = open_stream(sink)
    handler = LogHandler(sink, stream)
    logging.setLoggerClass(AdaptorLogger)
    for logger in logging.Logger.manager.loggerDict.values():
        if type(logger) is logging.Logger:  # made before, by an import
            logger.__class__ = AdaptorLogger
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    return handler
