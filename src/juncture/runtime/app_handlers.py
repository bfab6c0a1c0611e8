"""Call back when a line of an application's output matches a regular expression.

A `RegexHandler` is an ordinary `logging.Handler`, and it also takes plain text a batch at a time,
which is how the output of a `LoggingSubprocess` reaches it: no log record is made for it. A
subclass that overrides `emit` gets records.

Callbacks run in the thread that reads the output. One that raises does not stop the reader: the
other callbacks and lines go on, the first failure is kept by the process that produced the line,
and every failure is told to the functions in `children.on_callback_error`, at once and in that
thread, so that a task can be failed although the adaptor only waits for its application.

This module reads nothing and logs nothing of what it is given.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

from juncture.errors import JunctureError
from juncture.runtime.children import on_callback_error

if TYPE_CHECKING:
    import re
    from collections.abc import Callable, Sequence

_logger = logging.getLogger(__name__)

_SHOWN_CHARACTERS = 200


class CallbackError(JunctureError):
    """Code that was called with an application's output raised; the cause is its exception.

    Args:
        callee: What raised, in words.
        line: The line it was called with.
        cause: What it raised.
    """

    def __init__(self, callee: str, line: str, cause: BaseException) -> None:
        shown = line if len(line) <= _SHOWN_CHARACTERS else f"{line[:_SHOWN_CHARACTERS]}…"
        super().__init__(
            f"{callee} raised {type(cause).__name__}: {cause} on the output line {shown!r}",
            hint="correct the code that is called with the application's output",
        )
        self.line = line
        self.__cause__ = cause


class CallbackErrors:
    """Keeps the first failure of one process or stream and tells the listeners of every one."""

    def __init__(self) -> None:
        self.first: CallbackError | None = None

    def report(self, error: CallbackError) -> None:
        """Keep `error` if it is the first, and tell the listeners."""
        if self.first is None:
            self.first = error
        for listener in tuple(on_callback_error):
            _tell(listener, error)


@dataclass(init=False)
class RegexCallback:
    """What to call when one of several expressions is found in a line.

    Args:
        regex_list: Expressions, searched in this order; the first that is found counts. Copied.
        callback: Called with the match.
        exit_if_matched: After a match, the callbacks behind this one are not tried on the line.
        only_run_if_first_matched: Not tried on a line that an earlier callback matched.
    """

    regex_list: list[re.Pattern[str]]
    callback: Callable[[re.Match[str]], object]
    exit_if_matched: bool = False
    only_run_if_first_matched: bool = False

    def __init__(
        self,
        regex_list: Sequence[re.Pattern[str]],
        callback: Callable[[re.Match[str]], object],
        exit_if_matched: bool = False,
        only_run_if_first_matched: bool = False,
    ) -> None:
        self.regex_list = list(regex_list)
        self.callback = callback
        self.exit_if_matched = exit_if_matched
        self.only_run_if_first_matched = only_run_if_first_matched

    def get_match(self, msg: str) -> re.Match[str] | None:
        """Return the match of the first expression found in `msg`, or None."""
        for regex in self.regex_list:
            if match := regex.search(msg):
                return match
        return None


class RegexHandler(logging.Handler):
    """A log handler that tries callbacks on every line, in their order.

    The same handler may serve both streams of a process, and several processes: it works on one
    batch of lines at a time.

    Args:
        regex_callbacks: Copied into the list `regex_callbacks`, which may be changed at any time.
        level: Lines below this level are not looked at.
    """

    regex_callbacks: list[RegexCallback]

    def __init__(
        self, regex_callbacks: Sequence[RegexCallback], level: int = logging.NOTSET
    ) -> None:
        super().__init__(level)
        self.regex_callbacks = list(regex_callbacks)

    def emit(self, record: logging.LogRecord) -> None:
        """Try the callbacks on a record's message.

        Raises:
            CallbackError: A callback raised; the first one, after all of them were tried.
        """
        if (error := self.handle_line(record.getMessage())) is not None:
            raise error

    def handle_line(self, text: str) -> CallbackError | None:
        """Try the callbacks on one line and return the first failure."""
        errors: list[CallbackError] = []
        self.handle_lines([text], _nothing, errors.append)
        return errors[0] if errors else None

    def handle_lines(
        self,
        lines: Sequence[str],
        before_calling: Callable[[int], None],
        on_error: Callable[[CallbackError], None],
    ) -> None:
        """Try the callbacks on each line.

        Args:
            lines: Lines without their line ends.
            before_calling: Called with the index of a line before its first callback is, so that
                the line can be in the log before whatever the callback writes there.
            on_error: Called with each failure.
        """
        self.acquire()
        try:
            for index, line in enumerate(lines):
                matched = False
                for item in self.regex_callbacks:
                    if matched and item.only_run_if_first_matched:
                        continue
                    match = item.get_match(line)
                    if match is None:
                        continue
                    if not matched:
                        before_calling(index)
                    matched = True
                    _call(item, match, line, on_error)
                    if item.exit_if_matched:
                        break
        finally:
            self.release()


def _tell(listener: Callable[[CallbackError], None], error: CallbackError) -> None:
    try:
        listener(error)
    except Exception:
        _logger.exception("A listener for failed callbacks raised")


def _call(
    item: RegexCallback, match: re.Match[str], line: str, on_error: Callable[[CallbackError], None]
) -> None:
    try:
        item.callback(match)
    except BaseException as error:  # noqa: BLE001 - even SystemExit must not end a reader
        name = getattr(item.callback, "__qualname__", None) or repr(item.callback)
        on_error(CallbackError(f"callback `{name}`", line, error))


def _nothing(_index: int) -> None:
    pass
