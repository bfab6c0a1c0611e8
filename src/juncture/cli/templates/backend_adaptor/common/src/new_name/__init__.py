"""A back-end adaptor: see `new_kind`."""

__version__ = "0.1.0"
