"""A session: the credentials that may be used, and no others (GFD.90, section 3.5).

An object made in a session uses the contexts of that session alone. A session made with
`default=False` begins with none and never looks at the user's keys, agents or proxies. The contexts
of the default session are looked for when somebody first asks, once a process; each session gets
copies, so that nothing done to one session shows in another.
"""

from __future__ import annotations

import _thread
from _collections_abc import MutableSequence

from juncture._util.typed import overload
from juncture.saga.context import Context
from juncture.saga.exceptions import BadParameter, DoesNotExist, SagaException

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any, ClassVar

_DEFAULT_TYPES = ("ssh", "x509")
"""The types whose adaptors look for what the user has."""


class ContextList(MutableSequence["Context"]):
    """The contexts of a session. What is put in is copied, completed and checked first."""

    __slots__ = ("_contexts", "_session")

    def __init__(self, session: Session, contexts: Iterable[Context] = ()) -> None:
        self._session = session
        self._contexts = list(contexts)  # these have been admitted already

    def insert(self, index: int, value: Context, session: Session | None = None) -> None:
        """Put a copy of a context before position `index`.

        Raises:
            TypeError: it is no context.
            BadParameter: what it names is not there.
            PermissionDenied: what it names cannot be used.
        """
        self._contexts.insert(index, self._admitted(value, session))

    def append(self, value: Context, session: Session | None = None) -> None:
        """Put a copy of a context at the end; it raises what `insert` does."""
        self.insert(len(self._contexts), value, session)

    def _admitted(self, context: Context, session: Session | None = None) -> Context:
        if not isinstance(context, Context):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise TypeError(f"a session holds contexts, not {type(context).__name__}")
        copy = context.clone()
        copy._initialize(session or self._session)  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]
        return copy

    def __len__(self) -> int:
        return len(self._contexts)

    @overload
    def __getitem__(self, index: int) -> Context: ...
    @overload
    def __getitem__(self, index: slice) -> list[Context]: ...
    def __getitem__(self, index: Any) -> Any:
        return self._contexts[index]  # pyright: ignore[reportUnknownVariableType]

    def __setitem__(self, index: Any, value: Any) -> None:
        if isinstance(index, slice):
            self._contexts[index] = [self._admitted(context) for context in value]
        else:
            self._contexts[index] = self._admitted(value)

    def __delitem__(self, index: Any) -> None:
        del self._contexts[index]

    def __eq__(self, other: object) -> bool:
        if isinstance(other, (list, ContextList)):
            return self._contexts == list(other)  # pyright: ignore[reportUnknownArgumentType]
        return NotImplemented

    __hash__ = None  # type: ignore[assignment] # it changes, as a list does

    def __repr__(self) -> str:
        return repr(self._contexts)

    def __deepcopy__(self, memo: object) -> list[Context]:
        """Return plain copies: a list without a session has nobody to admit contexts for."""
        return [context.clone() for context in self._contexts]


class Session:
    """Which credentials may be used.

    Args:
        default: Whether to begin with the user's own credentials; False begins with none.
        uid: A name for the session, for messages.

    Attributes:
        options: Options of back-end adaptors in this session: `{category: {name: value}}`.
        on_question: Called with a question that no context answers (a one-time code, an unknown
            host key), which says the host and why it is asked, and returns the answer, or None to
            give up; None when nobody is there to ask. A lost connection may ask again at any time,
            in a thread of its own; whatever needs the connection waits meanwhile.
    """

    __slots__ = ("__weakref__", "_contexts", "_default", "_id", "on_question", "options")

    def __init__(self, default: bool = True, uid: str | None = None) -> None:
        self._default = default
        self._id = uid
        self._contexts: ContextList | None = None
        self.options: dict[str, dict[str, Any]] = {}
        self.on_question: Callable[[str], str | None] | None = None

    @property
    def id(self) -> str | None:
        """The name that the session was given."""
        return self._id

    @property
    def is_default(self) -> bool:
        """Whether the user's own configuration, keys and agents may be used too."""
        return self._default

    @property
    def contexts(self) -> ContextList:
        """The contexts, a list; adding one copies, completes and checks it."""
        if self._contexts is None:
            with _finding:
                if self._contexts is None:
                    self._contexts = ContextList(self, self._first_contexts())
        return self._contexts

    @contexts.setter
    def contexts(self, contexts: Iterable[Context]) -> None:
        if contexts is not self._contexts:  # `session.contexts += […]` hands the list back
            fresh = ContextList(self)
            fresh.extend(contexts)
            self._contexts = fresh

    def _first_contexts(self) -> list[Context]:
        return [context.clone() for context in DefaultSession().contexts] if self._default else []

    @property
    def identity(self) -> str:
        """A text that two sessions of this process share when their credentials are the same.

        It tells connections apart and reveals nothing: it is keyed anew in every process.
        """
        known = [
            sorted((name, str(value)) for name, value in context.items())
            for context in self.contexts
        ]
        text = repr((self._default, known)).encode("utf-8", "surrogateescape")
        digest: str = _blake2b()(text, key=_process_key(), digest_size=16).hexdigest()
        return digest

    def add_context(self, ctx: Context) -> None:
        """Put a copy of a context before all others.

        Raises:
            TypeError: it is no context.
            BadParameter: what it names is not there.
            PermissionDenied: what it names cannot be used.
        """
        self.contexts.insert(0, ctx)

    def remove_context(self, ctx: Context) -> None:
        """Remove a context: one of `contexts`, or the copy of one that was added.

        Raises:
            DoesNotExist: the session does not have it.
        """
        origin = ctx._origin  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]
        for index, held in enumerate(self.contexts):
            if held._origin is origin:  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]
                del self.contexts[index]
                return
        raise DoesNotExist(f"the session does not have the context {ctx!r}", api_object=self)

    def list_contexts(self) -> list[Context]:
        """Return the contexts in a list of the caller's own."""
        return list(self.contexts)

    def __str__(self) -> str:
        return f"Registered contexts: {self.contexts!r}"

    def __repr__(self) -> str:
        found = "not looked for yet" if self._contexts is None else repr(self._contexts)
        return f"{type(self).__name__}(default={self._default}, contexts: {found})"

    def __copy__(self) -> Session:
        return self.__deepcopy__({})

    def __deepcopy__(self, memo: Any) -> Session:
        """Return a session with copies of the contexts and options; it asks the same person."""
        twin = Session(self._default, self._id)
        memo[id(self)] = twin
        if self._contexts is not None:
            twin._contexts = ContextList(twin, [context.clone() for context in self._contexts])
        twin.options = {category: dict(options) for category, options in self.options.items()}
        twin.on_question = self.on_question
        return twin


class DefaultSession(Session):
    """The one session with the user's own credentials; every `Session()` begins as a copy of it."""

    __slots__ = ()

    _only: ClassVar[DefaultSession | None] = None

    def __new__(cls, uid: str | None = None) -> DefaultSession:  # noqa: PYI034 - there is one
        """Return the one instance."""
        del uid
        with _finding:
            if cls._only is None:
                only = super().__new__(cls)
                Session.__init__(only)
                cls._only = only
            return cls._only

    def __init__(self, uid: str | None = None) -> None:
        # Everything is in place: `__new__` may have returned an instance of long ago.
        if uid is not None:
            self._id = uid

    def _first_contexts(self) -> list[Context]:
        found: list[Context] = []
        for ctype in _DEFAULT_TYPES:
            try:
                found += Context(ctype)._bind()._get_default_contexts()  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]
            except SagaException as error:
                _log_passed_over(ctype, error)
        return [context for context in found if self._can_use(context)]

    def _can_use(self, context: Context) -> bool:
        try:
            context._initialize(self)  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]
        except SagaException as error:
            _log_passed_over(repr(context), error)
            return False
        return True


def session_of(given: Any) -> Session:
    """Return the session that a caller gave, or for None a new one with the user's own credentials.

    Raises:
        BadParameter: it is something else.
    """
    if given is None:
        return Session()
    if not isinstance(given, Session):
        raise BadParameter(
            f"`session` is a Session or None, found {type(given).__name__}",
            hint="make one with `juncture.saga.Session()`",
        )
    return given


_finding = _thread.RLock()
_key: list[bytes] = []


def _process_key() -> bytes:
    if not _key:
        import os

        _key.append(os.urandom(16))
    return _key[0]


def _blake2b() -> Any:
    try:
        from _blake2 import blake2b  # `hashlib` would load all of OpenSSL's, too
    except ImportError:
        from hashlib import blake2b
    return blake2b


def _log_passed_over(what: str, error: SagaException) -> None:
    import logging

    logging.getLogger(__name__).debug("default context %s passed over: %s", what, error)
