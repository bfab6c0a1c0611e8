"""The log levels of text that is not ours: a child's two streams and the adaptor's own messages.

They lie above ERROR, so that such text passes every level an adaptor may be configured with except
CRITICAL. The numbers and names are those that existing adaptors and their log readers know. This
module only names them; formatting and handlers live elsewhere.
"""

import logging

STDOUT = 41
"""A line a child process wrote to its standard output."""

STDERR = 42
"""A line a child process wrote to its standard error."""

ADAPTOR_OUTPUT = 43
"""A message of the adaptor to whoever runs it (`openjd_progress: …` and the like)."""


def register_level_names() -> None:
    """Make `logging` print the names of these levels; calling it again changes nothing."""
    for name, level in (("STDOUT", STDOUT), ("STDERR", STDERR), ("ADAPTOR_OUTPUT", ADAPTOR_OUTPUT)):
        logging.addLevelName(level, name)
