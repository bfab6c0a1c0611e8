"""The CPI of objects with attributes that the back end keeps (GFD.90, section 3.8).

The names are the caller's own. A value is text, or a list of texts (a vector).
"""

from __future__ import annotations

from juncture.saga.cpi.base import Base
from juncture.saga.cpi.decorators import stub

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class Attributes(Base):
    """Named texts of an object."""

    cpi_type = "attributes.Attributes"

    @stub
    def set_attribute(self, key: str, val: Any) -> None:
        """Set an attribute."""

    @stub
    def get_attribute(self, key: str) -> Any:
        """Return the value of an attribute."""

    @stub
    def set_vector_attribute(self, key: str, val: Any) -> None:
        """Set an attribute that holds a list."""

    @stub
    def get_vector_attribute(self, key: str) -> Any:
        """Return the list that an attribute holds."""

    @stub
    def remove_attribute(self, key: str) -> None:
        """Take an attribute away."""

    @stub
    def list_attributes(self) -> Any:
        """Return the names of the attributes."""

    @stub
    def find_attributes(self, pattern: Any) -> Any:
        """Return the names of the attributes which match `name` or `name=value`."""

    @stub
    def attribute_exists(self, key: str) -> Any:
        """Return whether there is an attribute of that name."""

    @stub
    def attribute_is_readonly(self, key: str) -> Any:
        """Return whether the attribute cannot be set."""

    @stub
    def attribute_is_writeable(self, key: str) -> Any:
        """Return whether the attribute can be set."""

    @stub
    def attribute_is_removable(self, key: str) -> Any:
        """Return whether the attribute can be taken away."""

    @stub
    def attribute_is_vector(self, key: str) -> Any:
        """Return whether the attribute holds a list."""
