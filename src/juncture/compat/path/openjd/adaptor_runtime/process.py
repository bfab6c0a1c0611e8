"""The processes that an adaptor starts."""

from juncture.runtime import LoggingSubprocess, ManagedProcess, StreamLogger

__all__ = ["LoggingSubprocess", "ManagedProcess", "StreamLogger"]
