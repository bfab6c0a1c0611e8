"""The version of the existing runtime that ours stands in for; adaptors report it."""

from juncture.compat import RUNTIME_VERSION

__version__ = version = RUNTIME_VERSION
