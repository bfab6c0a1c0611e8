"""Lines of a child through `LoggingSubprocess` and one regex, on either runtime.

Each line goes both ways it goes in an adaptor: to the log of the runtime, here formatted into a
file as the command `run` formats it, and to the callback of the regex. Both are counted; a batch
that lost or doubled a line is an error, not a time.

    child_lines.py existing|ours FILE
"""

from __future__ import annotations

import logging
import re
import sys
import time
from pathlib import Path

from living import serve

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any


def _imports(runtime: str) -> tuple[Any, Any, Any, logging.Logger]:
    if runtime == "existing":
        from openjd.adaptor_runtime.app_handlers import RegexCallback, RegexHandler
        from openjd.adaptor_runtime.process import LoggingSubprocess

        return LoggingSubprocess, RegexCallback, RegexHandler, logging.getLogger("openjd")
    import juncture.runtime as ours

    names = (ours.LoggingSubprocess, ours.RegexCallback, ours.RegexHandler)
    return *names, logging.getLogger("juncture")


def _check(count: int, matched: int, log_file: Path) -> None:
    with log_file.open(encoding="utf-8") as log:
        logged = sum(line.rpartition(": ")[2].strip().isdecimal() for line in log)
    if (matched, logged) != (count, count):
        sys.exit(f"of {count} lines {matched} reached the callback and {logged} the log")


def _batch(runtime: str, log_file: Path) -> Callable[[int], list[float]]:
    process, callback, handler, logger = _imports(runtime)
    logger.setLevel(logging.INFO)
    logger.propagate = False

    def batch(count: int) -> list[float]:
        with log_file.open("w", encoding="utf-8") as log:
            stream = logging.StreamHandler(log)
            stream.setFormatter(logging.Formatter("%(levelname)s: %(message)s"))
            logger.handlers = [stream]
            matches = [0]

            def matched(_match: re.Match[str]) -> None:
                matches[0] += 1

            regexes = handler([callback([re.compile(r"^(\d+)$")], matched)])
            begin = time.perf_counter()
            process(args=["seq", "1", str(count)], stdout_handler=regexes).wait()
            seconds = time.perf_counter() - begin
        _check(count, matches[0], log_file)
        return [seconds]

    return batch


if __name__ == "__main__":
    serve(_batch(sys.argv[1], Path(sys.argv[2])))
