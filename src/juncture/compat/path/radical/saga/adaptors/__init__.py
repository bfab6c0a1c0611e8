"""`radical.saga.adaptors`: what adaptors derive from. The shipped ones are not here."""

from . import base, cpi  # noqa: TID252 - siblings of this very file

__all__ = ["base", "cpi"]
