"""Hand lines of output to loggers and callbacks, making log records only where they are wanted.

Lines come a batch at a time. A handler of the logger that has `write_lines` (`BulkHandler`) gets
the whole batch; for any other handler a record is made a line, with `logging`'s own meaning of
levels, filters, propagation, record factories and `lastResort`, except that a record does not say
where in the source it was made. A logger that is disabled for the level costs nothing.

Nothing that a handler or callback raises gets out of here: it goes to `CallbackErrors`.
"""

from __future__ import annotations

import functools
import logging
from typing import TYPE_CHECKING, Protocol

from juncture.runtime.app_handlers import CallbackError, RegexHandler
from juncture.runtime.logs import AdaptorLogger

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from juncture.runtime.app_handlers import CallbackErrors

    _Receiver = tuple[object, Callable[[logging.LogRecord], object]]
    """Who gets records, and what to call with them."""


_PLAIN_LOGGERS = {logging.Logger, logging.RootLogger, AdaptorLogger}
"""Classes of loggers that do with a line what `logging` says, and nothing else."""


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
        if type(logger) not in _PLAIN_LOGGERS:
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
