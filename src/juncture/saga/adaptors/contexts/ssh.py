"""The `ssh` context: a key pair, and who to be on the far side.

`user_key` is the private key and `user_cert` the public one; either leads to the other. A
passphrase (`user_pass`) is tried at once when the key is encrypted. With neither, the context
says who to be (`user_id`) and leaves the keys to ssh, as far as the session allows that.
"""

from __future__ import annotations

import os

from juncture.saga.adaptors.contexts import _files, _ssh_keys
from juncture.saga.adaptors.contexts._base import ContextBase
from juncture.saga.context import Context
from juncture.saga.cpi.base import AdaptorBase
from juncture.saga.cpi.decorators import SYNC
from juncture.saga.exceptions import PermissionDenied, SagaException

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_ADAPTOR_NAME = "juncture.context.ssh"
_ADAPTOR_SCHEMAS = ["ssh"]
_ADAPTOR_OPTIONS: list[dict[str, Any]] = []
_ADAPTOR_INFO: dict[str, Any] = {
    "name": _ADAPTOR_NAME,
    "version": "v1.0",
    "schemas": _ADAPTOR_SCHEMAS,
    "capabilities": {
        "contexts": {"ssh": "an ssh key pair and a user name"},
        "ctx_attributes": {
            "UserID": "user name on the far side",
            "UserKey": "private key file",
            "UserCert": "public key file; found next to the private key",
            "UserPass": "passphrase of an encrypted key",
        },
    },
    "cpis": [{"type": "rs.Context", "class": "ContextSSH"}],
}


class Adaptor(AdaptorBase):
    """The adaptor of `ssh` contexts."""

    def __init__(self) -> None:
        super().__init__(_ADAPTOR_INFO, _ADAPTOR_OPTIONS)


class ContextSSH(ContextBase):
    """Completes and checks a key pair."""

    @SYNC
    def _initialize(self, session: Any) -> None:  # noqa: ARG002 - the CPI gives it
        complete(self.get_api())

    @SYNC
    def _get_default_contexts(self) -> list[Any]:
        return find_default_contexts(os.path.expanduser("~/.ssh"))


def complete(context: Context) -> None:
    """Fill in the missing half of the key pair, and check that it can be used.

    Raises:
        BadParameter: a file that the context names is not there.
        PermissionDenied: it cannot be used, or the passphrase does not open the key.
    """
    key, public = _pair(context.user_key, context.user_cert)
    if key is None:
        return
    _files.check_private(key, "the ssh key")
    if public is not None:
        _files.check_readable(public, "the public ssh key")
    elif os.path.isfile(key + ".pub"):
        public = key + ".pub"
    context.user_key = key
    context.user_cert = public
    passphrase = context.user_pass
    if passphrase is None or not _ssh_keys.is_encrypted(key):
        return
    if _ssh_keys.opens(key, passphrase) is False:
        raise PermissionDenied(f"the passphrase of the context does not open the ssh key `{key}`")


def find_default_contexts(directory: str) -> list[Context]:
    """Return a context for each key pair in a directory which needs no passphrase, by name.

    Keys with a passphrase are left to ssh and its agent, which know how to ask for it.
    """
    found: list[Context] = []
    try:
        names = sorted(os.listdir(directory))
    except OSError:
        return found
    for name in names:
        path = os.path.join(directory, name)
        if (
            name + ".pub" not in names
            or name.endswith(".pem")
            or not _ssh_keys.is_private_key(path)
        ):
            continue
        context = Context("ssh", user_key=path)
        try:
            complete(context)
        except SagaException:
            continue
        if not _ssh_keys.is_encrypted(path):
            found.append(context)
    return found


def _pair(key: str | None, public: str | None) -> tuple[str | None, str | None]:
    """Return private and public key as the context names them; the reference accepted either."""
    key = _files.expanded(key) if key else None
    public = _files.expanded(public) if public else None
    if key is not None and key.endswith(".pub"):
        key, public = key[: -len(".pub")], public or key
    if key is None and public is not None:
        key = public.removesuffix(".pub")
    if key is not None and public == key:
        public = None  # a `.pem` file holds both
    return key, public
