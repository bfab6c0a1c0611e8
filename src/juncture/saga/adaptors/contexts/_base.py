"""What every context adaptor has in common: it takes the types of context that it declares."""

from __future__ import annotations

from juncture.saga.cpi.context import Context as ContextCpi
from juncture.saga.cpi.decorators import SYNC
from juncture.saga.exceptions import BadParameter


class ContextBase(ContextCpi):
    """A kind of credential; `_initialize` is what a class adds."""

    @SYNC
    def init_instance(self, type: str) -> None:  # noqa: A002 - the API's own name
        """Take contexts of the adaptor's own schemas."""
        if type.lower() not in self._adaptor.get_schemas():
            raise BadParameter(
                f"the adaptor `{self.get_adaptor_name()}` does not handle {type!r} contexts"
            )
