"""The `UserPass` context: a user name and a password for whoever asks for one."""

from __future__ import annotations

from juncture.saga.adaptors.contexts._base import ContextBase
from juncture.saga.cpi.base import AdaptorBase
from juncture.saga.cpi.decorators import SYNC
from juncture.saga.exceptions import BadParameter

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from juncture.saga.context import Context

_ADAPTOR_NAME = "juncture.context.userpass"
_ADAPTOR_SCHEMAS = ["userpass"]
_ADAPTOR_OPTIONS: list[dict[str, Any]] = []
_ADAPTOR_INFO: dict[str, Any] = {
    "name": _ADAPTOR_NAME,
    "version": "v1.0",
    "schemas": _ADAPTOR_SCHEMAS,
    "capabilities": {
        "contexts": {"UserPass": "a user name and a password"},
        "ctx_attributes": {
            "UserID": "user name on the far side; without it, that of the URL",
            "UserPass": "password",
            "RemoteHost": "hosts, or host:port, that may have it; without one, and without a URL "
            "that names its user, no server of files, catalogues or adverts has it",
            "RemotePort": "ports that may have it; without one, any",
            "Server": "one more such host, or host:port",
        },
    },
    "cpis": [{"type": "rs.Context", "class": "ContextUserPass"}],
}


class Adaptor(AdaptorBase):
    """The adaptor of `UserPass` contexts."""

    def __init__(self) -> None:
        super().__init__(_ADAPTOR_INFO, _ADAPTOR_OPTIONS)


class ContextUserPass(ContextBase):
    """Checks that there is a password."""

    @SYNC
    def _initialize(self, session: Any) -> None:  # noqa: ARG002 - the CPI gives it
        complete(self.get_api())


def complete(context: Context) -> None:
    """Check that there is a password which a terminal would take.

    Raises:
        BadParameter: it is missing, or holds a line end, which would end it.
    """
    password = context.user_pass
    if password is None:
        raise BadParameter("a UserPass context has no password", hint="set `user_pass`")
    if "\n" in password or "\r" in password or "\0" in password:
        raise BadParameter("the password of a UserPass context holds a line end or a NUL character")
