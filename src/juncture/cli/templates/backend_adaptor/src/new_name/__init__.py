"""A back-end adaptor: see `job`."""

__version__ = "0.1.0"
