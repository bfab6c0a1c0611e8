"""An application adaptor: see `adaptor`."""

__version__ = "0.1.0"
