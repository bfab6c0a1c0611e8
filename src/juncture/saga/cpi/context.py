"""The CPI of `Context`: one class for each kind of credential.

`init_instance` receives the context's type. `_initialize` is called when the context is added to a
session: it fills in what follows from what the user gave, and refuses what cannot work. A secret is
never put on a command line, into a log or into a message.
"""

from __future__ import annotations

from juncture.saga.cpi.base import Base
from juncture.saga.cpi.decorators import SYNC

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class Context(Base):
    """What a kind of credential means."""

    cpi_type = "Context"

    @SYNC
    def init_instance(self, type: str) -> None:  # noqa: A002 - the API's own name
        """Take the type of the context; raise BadParameter to leave it to another adaptor."""

    @SYNC
    def _initialize(self, session: Any) -> None:
        """Check and complete the context (`self._api`) for a session.

        Raises:
            BadParameter: something that it names does not exist.
            PermissionDenied: something that it names cannot be read.
        """

    @SYNC
    def _get_default_contexts(self) -> list[Any]:
        """Return what the user's environment offers of this kind, for the default session."""
        return []
