"""The mark of adaptor classes that keep the attributes of their objects themselves."""


class Attributes:
    """A class which may have `attribute_getter` and its like; nothing calls them."""


__all__ = ["Attributes"]
