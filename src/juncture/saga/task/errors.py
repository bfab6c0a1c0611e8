"""One place turns what an adaptor raised into a SAGA exception."""

from __future__ import annotations

from juncture.saga.exceptions import NoSuccess, SagaException


class CallerError(NoSuccess):
    """What a caller's own function raised, and no adaptor: a plain call raises `theirs` instead.

    Args:
        function: What the function is called.
        theirs: What it raised.
    """

    def __init__(self, function: str, theirs: Exception) -> None:
        super().__init__(f"`{function}` raised {type(theirs).__name__}: {theirs}", theirs)
        self.theirs = theirs


def saga_error(
    error: BaseException, *, adaptor: str = "", api_object: object = None
) -> SagaException:
    """Return `error` if it is SAGA's own, else a NoSuccess with `error` as its cause.

    Args:
        error: What was raised.
        adaptor: Name of the adaptor that raised it; a name that is there already stays.
        api_object: What the method was called on.
    """
    if isinstance(error, SagaException):
        error.adaptor = error.adaptor or adaptor
        return error
    where = f"the adaptor `{adaptor}`" if adaptor else "the call"
    return NoSuccess(
        f"{where} failed with {type(error).__name__}: {error}",
        error,
        api_object,
        hint="an adaptor raises SAGA exceptions; this one is a fault of the adaptor or below it",
        adaptor=adaptor,
    )
