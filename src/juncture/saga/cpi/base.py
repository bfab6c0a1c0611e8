# pyright: reportPrivateUsage=false
"""What every back-end adaptor derives from: `AdaptorBase` once a module, `Base` once a class.

`AdaptorBase` is the one place for state that the instances of an adaptor's classes share: there is
one instance of each subclass in a process. `Base` is one adaptor class bound to one API object. Its
constructor only stores; the API object's arguments arrive in `init_instance`. Both log, by
`self._logger`, and print nothing: standard output is the program's.

Nothing here knows the engine: a new adaptor announces itself in `announced`, and the engine reads
it.
"""

from __future__ import annotations

import threading
import weakref

from juncture.saga import exceptions
from juncture.saga.cpi import options as option_values
from juncture.saga.cpi.declaration import read_info, read_options

TYPE_CHECKING = False
if TYPE_CHECKING:
    from logging import Logger
    from typing import Any, ClassVar, NoReturn

    from juncture.saga.cpi.declaration import AdaptorInfo, OptionDeclaration

_TAKES_ANY = 0x04
"""The flag of a code object whose parameters end in `*arguments` (`inspect.CO_VARARGS`)."""

announced: list[AdaptorBase] = []
"""Adaptors that were made and that the engine has not looked at yet."""


class Singleton(type):
    """The metaclass that makes one instance of each class; a failed constructor leaves none."""

    _instances: ClassVar[dict[type, Any]] = {}
    _guard = threading.RLock()

    def __call__(cls, *args: Any, **kwargs: Any) -> Any:
        """Return the instance of `cls`, made at the first call."""
        with Singleton._guard:
            instances = Singleton._instances
            if cls not in instances:  # pyright: ignore[reportUnnecessaryContains]
                instances[cls] = super().__call__(*args, **kwargs)
            return instances[cls]


class AdaptorBase(metaclass=Singleton):
    """The instance of an adaptor module: what it offers, its options, its shared state.

    Args:
        adaptor_info: The module's `_ADAPTOR_INFO`.
        adaptor_options: The module's `_ADAPTOR_OPTIONS`.

    Raises:
        BadParameter: one of them is malformed; everything wrong is named.
    """

    def __init__(self, adaptor_info: Any, adaptor_options: Any = ()) -> None:
        self._info: AdaptorInfo = read_info(adaptor_info)
        self._options: dict[str, OptionDeclaration] = read_options(
            adaptor_options or (), self._info.name
        )
        self._lock = threading.RLock()
        self._opts: option_values.Options | None = None
        announced.append(self)

    def sanity_check(self) -> None:
        """Raise an exception that says why this adaptor cannot be used here; called once."""

    def needs(self) -> dict[str, str]:
        """Return those of its schemes that cannot be used here yet, each with what to install."""
        return {}

    @property
    def info(self) -> AdaptorInfo:
        """What the adaptor declared."""
        return self._info

    @property
    def option_declarations(self) -> dict[str, OptionDeclaration]:
        """The declared options by name."""
        return self._options

    @property
    def opts(self) -> option_values.Options:
        """The options as a mapping: defaults, files and environment, checked and of their type."""
        if self._opts is None:
            self._opts = option_values.Options(self._info.name, self._options)
        return self._opts

    def get_option(self, name: str, session: Any = None, url: Any = None) -> Any:
        """Return an option as it is for one session and one URL, which outrank the rest.

        Raises:
            DoesNotExist: the adaptor has no such option.
            BadParameter: somebody gave it a value that it cannot have.
        """
        return self.opts.get_for(name, session=session, url=url)

    def get_name(self) -> str:
        """Return the adaptor's name."""
        return self._info.name

    def get_schemas(self) -> list[str]:
        """Return every scheme the adaptor serves, the first one first."""
        return list(self._info.schemas)

    def get_info(self) -> AdaptorInfo:
        """Return what the adaptor declared."""
        return self._info

    @property
    def _logger(self) -> Logger:
        import logging

        return logging.getLogger(f"juncture.saga.adaptors.{self._info.name}")

    def __repr__(self) -> str:
        return f"<adaptor {self._info.name}>"


class ApiReference(weakref.ref["Any"]):
    """A weak reference to the API object: call it for the object, or use it in its place.

    `self._api()` is the object or None; `self._api.user_proxy` reads and sets through.
    """

    __slots__ = ()

    def _object(self) -> Any:
        api = self()
        if api is None:
            raise exceptions.IncorrectState("the API object of this adaptor instance is gone")
        return api

    def __getattr__(self, name: str) -> Any:
        return getattr(self._object(), name)

    def __setattr__(self, name: str, value: Any) -> None:
        setattr(self._object(), name, value)


class Base:
    """One adaptor class, bound to one API object for the life of both.

    Args:
        api: The API object.
        adaptor: The instance of the module's adaptor.
        class_name: The name of the adaptor class; None means what Python calls it.
    """

    cpi_type: ClassVar[str] = ""
    """The API type which the CPI serves, as `job.Service`."""
    cpi_methods: ClassVar[frozenset[str]] = frozenset()
    """Every method that an adaptor class may have, without the `_async` forms."""

    def __init__(self, api: Any, adaptor: AdaptorBase, class_name: str | None = None) -> None:
        self._api = ApiReference(api)
        self._adaptor = adaptor
        self._cpi_cname = class_name or type(self).__name__

    def __init_subclass__(cls, **kwargs: Any) -> None:
        """Learn the methods of a CPI from its class body, and fit an adaptor's to them."""
        super().__init_subclass__(**kwargs)
        if "cpi_type" in cls.__dict__:
            own = {
                name
                for name, value in vars(cls).items()
                if callable(value) and not name.startswith("__")
            }
            parents = (base for base in cls.__bases__ if issubclass(base, Base))
            cls.cpi_methods = frozenset(own).union(*(base.cpi_methods for base in parents))
        elif cls.cpi_type:
            fit_methods(cls)

    def init_instance(self, *arguments: Any, **named: Any) -> None:
        """Take the arguments of the API object's constructor."""

    def get_api(self) -> Any:
        """Return the API object.

        Raises:
            IncorrectState: nobody holds it any more.
        """
        return self._api._object()

    def get_adaptor_name(self) -> str:
        """Return the adaptor's name."""
        return self._adaptor.get_name()

    def get_cpi_cname(self) -> str:
        """Return the name of the adaptor class."""
        return self._cpi_cname

    @property
    def session(self) -> Any:
        """The session: the one that the class has set, else that of the API object."""
        own = self.__dict__.get("_session")
        return self.get_api().session if own is None else own

    @session.setter
    def session(self, session: Any) -> None:
        self._session = session

    def get_session(self) -> Any:
        """Return `session`."""
        return self.session

    def _set_session(self, session: Any) -> None:
        self._session = session

    @property
    def _logger(self) -> Logger:
        return self._adaptor._logger

    def _lacks(self, method: str) -> NoReturn:
        name = self._adaptor.get_name()
        raise exceptions.NotImplemented(
            f"the adaptor `{name}` does not implement `{self.cpi_type}.{method}`",
            hint=f"`juncture adaptor list` shows what serves `{self.cpi_type}`",
        )


def fit_methods(cls: type[Base]) -> None:
    """Let an adaptor's method leave out trailing parameters of its CPI which have defaults.

    The chapter's `run_job(self, cmd)` serves `run_job(cmd, host=None)`: it is called without the
    host, and says that it cannot take one when a caller gives it.
    """
    for name in cls.cpi_methods & vars(cls).keys():
        method = vars(cls)[name]
        code = getattr(method, "__code__", None)
        if code is None or code.co_flags & _TAKES_ANY or name == "init_instance":
            continue
        declared = declaration(cls, name)
        takes, offered = code.co_argcount - 1, declared.__code__.co_argcount - 1
        if takes < offered:
            setattr(cls, name, _fitted(method, takes, declared))


def declaration(cls: type[Base], name: str) -> Any:
    """Return the function with which a CPI declares a method."""
    for parent in cls.__mro__[1:]:
        if "cpi_type" in vars(parent) and name in vars(parent):
            method = vars(parent)[name]
            return getattr(method, "__wrapped__", method)
    raise AssertionError(name)


def _fitted(method: Any, takes: int, declared: Any) -> Any:
    defaults: tuple[Any, ...] = declared.__defaults__ or ()

    def fitted(self: Base, *arguments: Any, **named: Any) -> Any:
        rest = arguments[takes:]
        given = zip(rest, defaults[-len(rest) :], strict=False)
        if any(value is not None and value != default for value, default in given):
            code = declared.__code__
            left_out = ", ".join(code.co_varnames[takes + 1 : code.co_argcount])
            raise exceptions.NotImplemented(
                f"the adaptor `{self.get_adaptor_name()}` does not take `{left_out}` in "
                f"`{self.cpi_type}.{method.__name__}`"
            )
        return method(self, *arguments[:takes], **named)

    fitted.__name__ = method.__name__
    fitted.__doc__ = method.__doc__
    fitted.__dict__.update(method.__dict__)
    fitted.__wrapped__ = method  # type: ignore[attr-defined]
    return fitted
