"""The action channel between an adaptor and its application."""

from juncture.runtime import ActionsQueue, AdaptorServer

__all__ = ["ActionsQueue", "AdaptorServer"]
