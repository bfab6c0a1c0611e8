"""The `X509` context: a file with an X.509 proxy certificate."""

from __future__ import annotations

import os

from juncture.saga.adaptors.contexts import _files
from juncture.saga.adaptors.contexts._base import ContextBase
from juncture.saga.context import Context
from juncture.saga.cpi.base import AdaptorBase
from juncture.saga.cpi.decorators import SYNC
from juncture.saga.exceptions import SagaException

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_ADAPTOR_NAME = "juncture.context.x509"
_ADAPTOR_SCHEMAS = ["x509"]
_ADAPTOR_OPTIONS: list[dict[str, Any]] = []
_ADAPTOR_INFO: dict[str, Any] = {
    "name": _ADAPTOR_NAME,
    "version": "v1.0",
    "schemas": _ADAPTOR_SCHEMAS,
    "capabilities": {
        "contexts": {"X509": "an X.509 proxy certificate"},
        "ctx_attributes": {
            "UserProxy": "proxy file; without it, $X509_USER_PROXY or /tmp/x509up_u<uid>",
            "CertRepository": "directory of trusted certificates",
        },
    },
    "cpis": [{"type": "rs.Context", "class": "ContextX509"}],
}


class Adaptor(AdaptorBase):
    """The adaptor of `X509` contexts."""

    def __init__(self) -> None:
        super().__init__(_ADAPTOR_INFO, _ADAPTOR_OPTIONS)


class ContextX509(ContextBase):
    """Finds and checks a proxy."""

    @SYNC
    def _initialize(self, session: Any) -> None:  # noqa: ARG002 - the CPI gives it
        complete(self.get_api())

    @SYNC
    def _get_default_contexts(self) -> list[Any]:
        return find_default_contexts()


def default_proxy() -> str:
    """Return where the Globus tools look for the user's proxy."""
    return os.environ.get("X509_USER_PROXY") or f"/tmp/x509up_u{os.getuid()}"  # noqa: S108 - Globus's rule; the owner is checked


def complete(context: Context) -> None:
    """Find the proxy, and check that it is the user's alone.

    Raises:
        BadParameter: there is no proxy.
        PermissionDenied: it cannot be read, or others can use it or have put it there.
    """
    path = _files.expanded(context.user_proxy or default_proxy())
    _files.check_private(path, "the X.509 proxy")
    context.user_proxy = path


def find_default_contexts() -> list[Context]:
    """Return the context of the user's proxy, if there is one that can be used."""
    context = Context("X509")
    try:
        complete(context)
    except SagaException:
        return []
    return [context]
