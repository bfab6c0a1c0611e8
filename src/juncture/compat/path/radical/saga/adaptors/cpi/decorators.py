"""The decorators of an adaptor class's methods."""

from juncture.compat.saga_adaptors import ASYNC_CALL, SYNC_CALL

__all__ = ["ASYNC_CALL", "SYNC_CALL"]
