"""What operators are told at DEBUG, without loading `logging` for programs that do not use it."""

from __future__ import annotations

import sys


def debug(module: str, text: str, *arguments: object) -> None:
    """Log to the logger of a module; without `logging` nobody would hear it."""
    logging = sys.modules.get("logging")
    if logging is not None:
        logging.getLogger(module).debug(text, *arguments)
