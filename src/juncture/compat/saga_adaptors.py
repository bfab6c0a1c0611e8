"""What adaptors written for `radical.saga` derive from and decorate with.

They differ from ours in two ways. `init_instance` receives an adaptor state before the arguments of
the API object's constructor, and the base class takes `expand_env`, which never did anything.
"""

from __future__ import annotations

import functools

from juncture.saga import cpi

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any


class AdaptorBase(cpi.AdaptorBase):
    """The base of an adaptor module's `Adaptor`; see `juncture.saga.cpi.AdaptorBase`."""

    def __init__(
        self, adaptor_info: Any, adaptor_options: Any = None, expand_env: bool = True
    ) -> None:
        del expand_env
        super().__init__(adaptor_info, adaptor_options or ())


def SYNC_CALL(method: Callable[..., Any]) -> Callable[..., Any]:  # noqa: N802 - the old name
    """Mark a method that returns a plain value; `init_instance` gets its adaptor state first."""
    return cpi.SYNC(_with_state(method) if method.__name__ == "init_instance" else method)


def ASYNC_CALL(method: Callable[..., Any]) -> Callable[..., Any]:  # noqa: N802 - the old name
    """Mark a method that takes a task type and returns a task."""
    return cpi.ASYNC(method)


def _with_state(method: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(method)
    def init_instance(self: cpi.Base, *arguments: Any) -> Any:
        if len(arguments) == 1 and isinstance(arguments[0], dict):
            return method(self, *arguments)  # made by the adaptor itself, with its state alone
        return method(self, {}, *arguments)

    return init_instance
