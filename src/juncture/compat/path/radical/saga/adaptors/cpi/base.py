"""The base class of adaptor classes."""

from juncture.saga.cpi import Base as CPIBase

__all__ = ["CPIBase"]
