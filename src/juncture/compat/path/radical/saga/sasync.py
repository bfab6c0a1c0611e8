"""The mark that classes with asynchronous methods derive from."""

from juncture.compat.saga_adaptors import Async

__all__ = ["Async"]
