"""`SYNC` and `ASYNC`: what kind of call a method of an adaptor class serves.

`@SYNC` marks the form that returns a value, `@ASYNC` the form that returns a task; its name ends in
`_async` and its first argument is `ttype`. The marks cost nothing when the method is called: the
API object chooses the form. They are checked when the adaptor is loaded, and an unmarked method is
taken for what its name says.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, TypeVar

    Method = TypeVar("Method", bound=Callable[..., Any])

FORM = "_saga_form"
ASYNC_SUFFIX = "_async"


def SYNC(method: Method) -> Method:  # noqa: N802 - the name that adaptors write
    """Mark `method` as the form that returns a plain value."""
    setattr(method, FORM, "sync")
    return method


def ASYNC(method: Method) -> Method:  # noqa: N802 - the name that adaptors write
    """Mark `method` as the form that takes a task type and returns a task."""
    setattr(method, FORM, "async")
    return method


SYNC_CALL = SYNC
ASYNC_CALL = ASYNC

STUB = "_saga_stub"


def stub(method: Method) -> Method:
    """Make a CPI's method one that says which adaptor lacks it."""
    name = method.__name__

    def missing(self: Any, *_arguments: Any, **_named: Any) -> Any:
        self._lacks(name)

    missing.__name__ = name
    missing.__qualname__ = method.__qualname__
    missing.__doc__ = method.__doc__
    missing.__wrapped__ = method  # type: ignore[attr-defined]
    setattr(missing, STUB, True)
    return missing  # type: ignore[return-value]


def is_stub(method: Any) -> bool:
    """Say whether a method of an adaptor class is only the CPI's stub."""
    return getattr(method, STUB, False)
