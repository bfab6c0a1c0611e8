"""Contexts of the type `new-name`: credentials of one kind.

`Adaptor` is made once in a process. There is one `NewNameContext` for each context that a program
adds to a session. `juncture.saga.cpi.context` says what its methods promise.
"""

from typing import Any

import juncture.saga as rs
from juncture.saga.cpi import SYNC

_ADAPTOR_NAME = "new_name.context"
_ADAPTOR_SCHEMAS = ["new-name"]
_ADAPTOR_OPTIONS: list[dict[str, Any]] = []
_ADAPTOR_INFO: dict[str, Any] = {
    "name": _ADAPTOR_NAME,
    "version": "v0.1",
    "schemas": _ADAPTOR_SCHEMAS,
    "capabilities": {
        # What the context may hold, and what the adaptor may fill in.
        "ctx_attributes": {"UserKey": "file with the key"},
    },
    "cpis": [{"type": "rs.Context", "class": "NewNameContext"}],
}


class Adaptor(rs.cpi.AdaptorBase):
    """The adaptor."""

    def __init__(self) -> None:
        rs.cpi.AdaptorBase.__init__(self, _ADAPTOR_INFO, _ADAPTOR_OPTIONS)

    def sanity_check(self) -> None:
        """Raise an exception that says why the adaptor cannot be used on this host."""


class NewNameContext(rs.cpi.Context):
    """One credential."""

    @SYNC
    def _initialize(self, session: Any) -> None:
        """Check the session's copy of the context, `self.get_api()`, and fill in what follows.

        Paths become absolute. A file that is missing is BadParameter, one that cannot be read is
        PermissionDenied. A secret goes into no message, no log and no command line.
        """
        raise rs.NotImplemented("new-name does not check credentials yet")
