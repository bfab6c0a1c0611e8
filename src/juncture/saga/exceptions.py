# ruff: noqa: N818 - these names are SAGA's own
"""The SAGA exceptions: what a caller can do about a failed call (GFD.90, section 3.1).

When several adaptors were tried, the most specific failure is raised (the table of GFD.90 is the
`_rank` of each class) and its `exceptions` list every one of them, itself first. Each class is also
the exception of the standard library that comes closest, so `except ValueError` does what it says.
Nothing here decides by the text of a message.
"""

from __future__ import annotations

from juncture.errors import JunctureError, UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    import logging
    from collections.abc import Callable
    from typing import Any

    from typing_extensions import Self


class SagaException(JunctureError):
    """A call of the SAGA API failed.

    Args:
        msg: One sentence without a full stop: the thing, what was expected, what was found.
        parent: What caused this one; it becomes `__cause__`.
        api_object: What the failed method was called on; it is not kept alive.
        from_log: Accepted for programs that pass it; it changes nothing.
        hint: What a person can do about it, or an empty string.
        adaptor: Name of the back-end adaptor that failed, or an empty string.
    """

    _rank = 0

    def __init__(
        self,
        msg: object = "",
        parent: BaseException | None = None,
        api_object: object = None,
        from_log: bool = False,
        *,
        hint: str = "",
        adaptor: str = "",
    ) -> None:
        del from_log
        super().__init__(str(msg), hint=hint)
        self.adaptor = adaptor
        self._object = _weakly(api_object)
        self._others: list[BaseException] = []
        if parent is not None:
            self.__cause__ = parent

    @property
    def type(self) -> str:
        """The name of the class."""
        return type(self).__name__

    @property
    def parent(self) -> BaseException | None:
        """What caused this one, if that is known."""
        return self.__cause__

    @property
    def exceptions(self) -> list[BaseException]:
        """Every failure of the call, most specific first; of equals, this one first."""
        return sorted([self, *self._others], key=SagaException._rank_of, reverse=True)

    @property
    def messages(self) -> list[str]:
        """The text of each of `exceptions`."""
        return [str(error) for error in self.exceptions]

    @property
    def traceback(self) -> str:
        """What Python prints for this exception and its causes."""
        import traceback

        return "".join(traceback.format_exception(type(self), self, self.__traceback__))

    def get_message(self) -> str:
        """Return `message`."""
        return self.message

    def get_type(self) -> str:
        """Return `type`."""
        return self.type

    def get_object(self) -> Any:
        """Return `object`."""
        return self.object

    def get_all_exceptions(self) -> list[BaseException]:
        """Return `exceptions`."""
        return self.exceptions

    def get_all_messages(self) -> list[str]:
        """Return `messages`."""
        return self.messages

    def get_traceback(self) -> str:
        """Return `traceback`."""
        return self.traceback

    @classmethod
    def _log(
        cls,
        logger: logging.Logger,
        msg: object,
        parent: BaseException | None = None,
        api_object: object = None,
        level: str = "error",
    ) -> Self:
        """Write the message to a log and return the exception, ready to be raised."""
        write: Callable[..., None] = getattr(logger, level.lower(), logger.error)
        write("%s", msg)
        return cls(msg, parent=parent, api_object=api_object)

    def _add_exception(self, error: BaseException) -> None:
        """Remember another failure of the same call."""
        if error is not self and not any(error is other for other in self._others):
            self._others.append(error)
            self.__notes__ = [_note(other) for other in self._others]

    def _get_exception_stack(self) -> SagaException:
        """Return the most specific of the failures, which then lists all the others."""
        top, *others = self.exceptions
        if top is self or not isinstance(top, SagaException):
            return self
        self._others = []
        self.__notes__ = []
        for other in others:
            top._add_exception(other)  # noqa: SLF001
        return top

    # Below here `object` in a signature would mean this property.
    @property
    def object(self) -> Any:
        """The API object whose method failed; None when it is unknown or gone."""
        return self._object() if self._object else None

    @staticmethod
    def _rank_of(error: BaseException) -> int:
        return error._rank if isinstance(error, SagaException) else -1  # noqa: SLF001

    def __reduce__(self) -> tuple[Any, ...]:
        # A weak reference cannot travel to another process, and means nothing there.
        return type(self), (self.message,), {**self.__dict__, "_object": None}


class NoSuccess(SagaException, RuntimeError):
    """The call failed, and no other class says why."""

    _rank = 1


class Timeout(SagaException, TimeoutError, RuntimeError):
    """The back end did not answer in time."""

    _rank = 2


class AuthenticationFailed(SagaException, RuntimeError):
    """No credential of the session was accepted."""

    _rank = 3


class AuthorizationFailed(SagaException, RuntimeError):
    """The credential was accepted, but it does not allow the call."""

    _rank = 4


class PermissionDenied(SagaException, RuntimeError):
    """The entity refuses the call to this user."""

    _rank = 5


class IncorrectState(SagaException, RuntimeError):
    """The object's state does not allow the call."""

    _rank = 6


class DoesNotExist(SagaException, KeyError):
    """The thing that was named is not there."""

    _rank = 7


class AlreadyExists(SagaException, ValueError):
    """The thing that was to be made is there."""

    _rank = 8


class BadParameter(SagaException, UsageError, ValueError):
    """An argument is wrong, whatever the state of the back end."""

    _rank = 9


class IncorrectURL(SagaException, UsageError, ValueError):
    """No adaptor handles this URL."""

    _rank = 10


class NotImplemented(SagaException, NotImplementedError):  # noqa: A001 - SAGA's own name
    """No adaptor that could be used has this method."""

    _rank = 11


class UnknownAttributeError(DoesNotExist, AttributeError):
    """An attribute name is not one of the object's; `hasattr` says False."""


def _note(error: BaseException) -> str:
    adaptor = getattr(error, "adaptor", "") or ""
    return f"also failed{f' ({adaptor})' if adaptor else ''}: {type(error).__name__}: {error}"


def _weakly(value: object) -> Callable[[], object] | None:
    """Return a reference to `value` which does not keep it alive; None when it cannot be made."""
    if value is None:
        return None
    import weakref

    try:
        return weakref.ref(value)
    except TypeError:
        return None
