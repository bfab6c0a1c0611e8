"""The root of every error that juncture raises.

The class says what a caller can do about it; `hint` says what a person can do.
Nothing here does input or output, and no text of an error is ever parsed.
"""


class JunctureError(Exception):
    """Something went wrong that juncture can name.

    Args:
        message: One sentence without a full stop: the thing, what was expected, what was found.
        hint: What to do about it, one sentence, or an empty string.
    """

    exit_status = 1
    """Exit status of a command that ends with this error."""

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return self.message


class UsageError(JunctureError):
    """The caller's input (an option, a file, a document) is wrong; correct it and call again."""

    exit_status = 2


class DataError(UsageError, ValueError):
    """A document (data, configuration, rules) is malformed or violates its schema."""
