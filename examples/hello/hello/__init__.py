"""The smallest application adaptor: see `adaptor`."""
