"""The mark that classes with asynchronous methods derive from."""


class Async:
    """A class whose methods take `ttype`."""


__all__ = ["Async"]
