"""Progress of a task: a message in the log, and an event to whoever listens.

The messages are those of Open Job Description: `openjd_progress: <percent>` and
`openjd_status: <text>`.
"""

from __future__ import annotations

import logging
import math

from juncture.runtime.log_levels import ADAPTOR_OUTPUT

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

_logger = logging.getLogger(__name__)

listeners: list[Callable[[float | None, str | None], None]] = []
"""Called with `(percent, message)`, either of which may be None, in the reporting thread."""


def update(percent: float | None, message: str | None) -> None:
    """Report progress; a report that says nothing is a warning in the log and no more."""
    if percent is not None and not math.isfinite(percent):
        _logger.warning("progress %s is ignored: expected percent from 0 to 100", percent)
        percent = None
    elif percent is None and message is None:
        _logger.warning("update_status was called without progress and without status_message")
    if percent is None and message is None:
        return
    if percent is not None:
        percent = float(percent)  # whatever number it was, a reader gets the same text
        _logger.log(ADAPTOR_OUTPUT, "openjd_progress: %s", percent)
    if message is not None:
        _logger.log(ADAPTOR_OUTPUT, "openjd_status: %s", message)
    for listener in listeners:
        listener(percent, message)
