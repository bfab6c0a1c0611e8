"""The pytest plugin behind `juncture adaptor check`: which adaptor, and where.

Adopters of the kits do not need it.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    import pytest

OPTIONS = {
    "--juncture-adaptor": "name of the back-end adaptor to check",
    "--juncture-module": "its module",
    "--juncture-url": "URL of a service or manager",
    "--juncture-folder": "a directory that this host and the jobs both see",
    "--juncture-patience": "seconds that any one thing may take",
}


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare the options."""
    group = parser.getgroup("juncture")
    for name, text in OPTIONS.items():
        group.addoption(name, default="", help=text)
