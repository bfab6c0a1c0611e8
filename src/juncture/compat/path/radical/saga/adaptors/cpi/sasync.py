"""The mark of adaptor classes that run their own tasks."""

from juncture.compat.saga_adaptors import Async

__all__ = ["Async"]
