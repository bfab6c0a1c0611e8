"""The base class of an adaptor module's `Adaptor`."""

from juncture.compat.saga_adaptors import AdaptorBase as Base

__all__ = ["Base"]
