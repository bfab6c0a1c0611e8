"""One credential: what kind it is, and what a back end needs to know of it (GFD.90, section 3.6).

A context is a value that a program fills in. It means something once it is added to a session: the
session takes a copy, and the context adaptor of its type completes and checks that copy. A context
is bound to its adaptor then, and not before; making one costs nothing.

Secrets are read as plain attributes and are hidden everywhere else: in `str`, `repr`, `as_dict` and
every message. The engine stands above this room and is loaded by name, as adaptors are.
"""

from __future__ import annotations

from juncture.saga.attributes import INT, READONLY, STRING, VECTOR, Attribute, Attributes
from juncture.saga.constants import NOTASK
from juncture.saga.exceptions import BadParameter, SagaException

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

KNOWN_TYPES = ("ssh", "userpass", "x509", "myproxy")
"""The types that juncture ships an adaptor for; the engine is asked about any other."""

_ENGINE = "juncture.saga.engine"
_UNBOUND = frozenset({"_adaptor"})


class Context(Attributes):
    """A credential of one type.

    >>> context = Context("UserPass", user_id="bob", user_pass="secret")
    >>> context
    Context('UserPass', UserID='bob', UserPass='***')

    Args:
        ctype: `ssh`, `UserPass`, `X509`, `MyProxy`, or a type that another adaptor serves; in
            whatever case.
        _adaptor: An adaptor to be bound to, at once; so are copies of the context.
        _adaptor_state: What its class then receives in `init_instance` instead of the type.
        **values: Attributes to set.

    Raises:
        BadParameter: no adaptor serves the type.
        DoesNotExist: a name is not one of a context's attributes.
    """

    _ATTRIBUTES = (
        Attribute("Type", STRING, mode=READONLY, doc="Which kind of credential this is."),
        Attribute("Server", STRING, doc="The host, or host:port, that hands out the credential."),
        Attribute("Token", STRING, secret=True, doc="A token that is the credential."),
        Attribute("CertRepository", STRING, doc="Directory of trusted certificates."),
        Attribute("UserProxy", STRING, doc="File with an X.509 proxy."),
        Attribute("UserCert", STRING, doc="File with the public key or certificate."),
        Attribute("UserKey", STRING, doc="File with the private key."),
        Attribute("UserID", STRING, doc="User name on the far side."),
        Attribute("UserPass", STRING, secret=True, doc="Password, or passphrase of the key."),
        Attribute("UserVO", STRING, doc="Virtual organisation of the user."),
        Attribute("LifeTime", INT, default=-1, doc="Seconds the credential is valid; -1 unknown."),
        Attribute("RemoteID", STRING, VECTOR, doc="Users that the credential is limited to."),
        Attribute("RemoteHost", STRING, VECTOR, doc="Hosts that the credential is limited to."),
        Attribute("RemotePort", STRING, VECTOR, doc="Ports that the credential is limited to."),
    )

    type: str
    server: str | None
    token: str | None
    cert_repository: str | None
    user_proxy: str | None
    user_cert: str | None
    user_key: str | None
    user_id: str | None
    user_pass: str | None
    user_vo: str | None
    life_time: int
    remote_id: list[str] | None
    remote_host: list[str] | None
    remote_port: list[str] | None

    _adaptor: Any = None
    _adaptor_name: str | None = None

    def __init__(
        self,
        ctype: str,
        *,
        _adaptor: Any = None,
        _adaptor_state: dict[str, Any] | None = None,
        **values: Any,
    ) -> None:
        self._attributes_i_set("type", ctype, flow=self._UP)
        self._origin = object()  # shared by every copy, so that a session knows its own again
        super().__init__(values)
        if _adaptor is not None:
            self._adaptor_name = getattr(_adaptor, "_adaptor", _adaptor).get_name()
        if self._adaptor_name is not None or ctype.lower() not in KNOWN_TYPES:
            self._bind(_adaptor_state)

    def _bind(self, state: dict[str, Any] | None = None) -> Any:
        """Return the adaptor class that serves this context."""
        if self._adaptor is None:
            engine = __import__(_ENGINE, fromlist=("getEngine",)).getEngine()
            try:
                self._adaptor = engine.bind_adaptor(
                    self,
                    "rs.Context",
                    self.type.lower(),
                    NOTASK,
                    self._adaptor_name,
                    state,
                    self.type,
                )
            except SagaException as error:
                raise _unserved(self, error) from error
        return self._adaptor

    def _initialize(self, session: Any) -> None:
        """Complete and check what the program gave.

        Raises:
            BadParameter: something that the context names is not there.
            PermissionDenied: something that it names cannot be used.
        """
        self._bind()._initialize(session)  # noqa: SLF001

    def __getstate__(self) -> dict[str, Any]:
        """Return everything but the binding, which is to this very object."""
        state = super().__getstate__()
        return {key: value for key, value in state.items() if key not in _UNBOUND}

    def __str__(self) -> str:
        return str(self.as_dict())

    def __repr__(self) -> str:
        shown = {key: value for key, value in self.as_dict().items() if key != "Type"}
        if shown.get("LifeTime") == -1:
            del shown["LifeTime"]
        parts = [repr(self.type), *(f"{key}={value!r}" for key, value in shown.items())]
        return f"Context({', '.join(parts)})"


def _unserved(context: Context, error: SagaException) -> BadParameter:
    """Return what to raise when no adaptor took a context; it lists why each declined."""
    failure = BadParameter(
        f"no adaptor serves contexts of type {context.type!r}",
        api_object=context,
        hint=error.hint or error.message,
    )
    for reason in error.exceptions:
        failure._add_exception(reason)  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]
    return failure
