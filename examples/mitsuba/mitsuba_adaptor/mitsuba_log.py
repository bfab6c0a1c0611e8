"""Mitsuba's own log, sent to Python's: its warnings are the task's warnings.

What Mitsuba calls Info is one message for every file and pass, so it is DEBUG here.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import ModuleType

_logger = logging.getLogger("mitsuba_adaptor.mitsuba")


def send_to_logging(mi: ModuleType) -> None:
    """Replace Mitsuba's writing to the terminal."""
    levels = {
        mi.LogLevel.Warn: logging.WARNING,
        mi.LogLevel.Error: logging.ERROR,
    }

    class Appender(mi.Appender):  # type: ignore[misc, name-defined]
        """Called by Mitsuba from any of its threads."""

        def append(self, level: object, text: str) -> None:
            _logger.log(levels.get(level, logging.DEBUG), "%s", text)

        def log_progress(self, *_: object) -> None:
            """Progress is known better: see `renderer`."""

    class Formatter(mi.Formatter):  # type: ignore[misc, name-defined]
        """Leaves time and level to Python's log."""

        def format(self, _level: object, _name: str, _file: str, _line: int, text: str) -> str:
            return text

    # The variants share one log; each of them may replace it.
    logger = mi.logger() if hasattr(mi, "logger") else mi.Thread.thread().logger()
    logger.clear_appenders()
    logger.add_appender(Appender())
    logger.set_formatter(Formatter())
    wanted = _logger.isEnabledFor(logging.DEBUG)
    logger.set_log_level(mi.LogLevel.Info if wanted else mi.LogLevel.Warn)
