"""`Action`, under the name of its module."""

from juncture_client import Action

__all__ = ["Action"]
