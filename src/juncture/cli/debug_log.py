"""The log of juncture and its adaptors on standard error, as `--debug` asks for it.

What other libraries log stays where it is: nobody has looked whether a secret is in it.
"""

from __future__ import annotations

import contextlib
import logging

from juncture.cli.words import message

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Generator

_OURS = "juncture"


class _Form(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        return message(super().format(record))


@contextlib.contextmanager
def shown() -> Generator[None, None, None]:
    """Write all that is logged in the block, however little it matters."""
    logger = logging.getLogger(_OURS)
    handler = logging.StreamHandler()
    handler.setFormatter(_Form("%(levelname)s: %(name)s: %(message)s"))
    before = logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.DEBUG)
    try:
        yield
    finally:
        logger.setLevel(before)
        logger.removeHandler(handler)
