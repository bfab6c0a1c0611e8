"""What adaptors written for `radical.saga` derive from and decorate with.

They differ from ours in five ways. `init_instance` receives an adaptor state before the arguments
of the API object's constructor. A method that returns a task takes `ttype` last. A timeout that
means for ever is -1 and never None. A bulk of jobs may be run by calling `run()` of each. And the
base class takes `expand_env`, which never did anything, and keeps options in `_cfg`.
"""

from __future__ import annotations

import functools
from typing import Any

from juncture.saga import cpi
from juncture.saga.exceptions import UnknownAttributeError
from juncture.saga.url import Url

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable


class Async:
    """The mark of classes whose methods take `ttype`."""


class NotedUrl(Url):
    """A URL on which an adaptor may note what it likes, as the one for batch systems does."""

    def __setattr__(self, name: str, value: Any) -> None:
        try:
            super().__setattr__(name, value)
        except UnknownAttributeError:
            self.__dict__[name] = value


class Config(dict[str, Any]):
    """The options of an adaptor, as items and as attributes; one that is missing is None."""

    def __missing__(self, key: str) -> None:
        return None

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return self.get(name)


class AdaptorBase(cpi.AdaptorBase):
    """The base of an adaptor module's `Adaptor`; see `juncture.saga.cpi.AdaptorBase`."""

    def __init__(
        self, adaptor_info: Any, adaptor_options: Any = None, expand_env: bool = True
    ) -> None:
        del expand_env
        super().__init__(adaptor_info, adaptor_options or ())
        self._name = self._info.name
        self._schemas = self.get_schemas()

    @property
    def _cfg(self) -> Config:
        return Config({"enabled": True, **self.opts})

    def register(self) -> Any:
        """Return what the adaptor declared."""
        return self.get_info()


_TIMED = frozenset(("wait", "cancel", "container_wait", "container_cancel"))
_FOR_EVER_S = -1.0


def SYNC_CALL(method: Callable[..., Any]) -> Callable[..., Any]:  # noqa: N802 - the old name
    """Mark a method that returns a plain value, and call it as it expects to be called."""
    if method.__name__ == "init_instance":
        method = _with_state(method)
    elif method.__name__ in _TIMED:
        method = _with_number(method)
    elif method.__name__ == "create_job":
        method = _with_architecture(method)
    elif method.__name__ == "container_run":
        method = _with_new_jobs(method)
    return cpi.SYNC(method)


def ASYNC_CALL(method: Callable[..., Any]) -> Callable[..., Any]:  # noqa: N802 - the old name
    """Mark a method that returns a task, and call it as it expects to be called."""
    if method.__name__ == "init_instance_async":
        method = _with_state(method)

    @functools.wraps(method)
    def typed(self: cpi.Base, ttype: int, *arguments: Any) -> Any:
        return method(self, *arguments, ttype=ttype)

    return cpi.ASYNC(typed)


def _with_state(method: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(method)
    def init_instance(self: cpi.Base, *arguments: Any, **named: Any) -> Any:
        if len(arguments) == 1 and isinstance(arguments[0], dict):
            return method(self, *arguments, **named)  # made by the adaptor, with its state alone
        own = (NotedUrl(each) if isinstance(each, Url) else each for each in arguments)
        return method(self, {}, *own, **named)

    return init_instance


def _with_architecture(method: Callable[..., Any]) -> Callable[..., Any]:
    """Give the service's own copy of a description the one default that was no None."""

    @functools.wraps(method)
    def create_job(self: cpi.Base, jd: Any) -> Any:
        if jd.system_architecture is None:
            jd.system_architecture = {}
        return method(self, jd)

    return create_job


def _with_number(method: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(method)
    def timed(self: cpi.Base, *arguments: Any) -> Any:
        return method(self, *(_FOR_EVER_S if each is None else each for each in arguments))

    return timed


def _with_new_jobs(method: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(method)
    def container_run(self: cpi.Base, jobs: Any, *arguments: Any) -> Any:
        for job in jobs:
            job._submitting = False  # noqa: SLF001 - the container has claimed it, and nobody else can
        return method(self, jobs, *arguments)

    return container_run
