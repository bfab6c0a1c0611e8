"""Log levels above ERROR by which output of programs passes any level but CRITICAL."""

from __future__ import annotations

import logging

STDOUT = logging.ERROR + 1
STDERR = logging.ERROR + 2
ADAPTOR_OUTPUT = logging.ERROR + 3


def register() -> None:
    """Give the levels their names in `logging`."""
    logging.addLevelName(STDOUT, "STDOUT")
    logging.addLevelName(STDERR, "STDERR")
    logging.addLevelName(ADAPTOR_OUTPUT, "ADAPTOR_OUTPUT")
