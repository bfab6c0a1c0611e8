"""`openjd.adaptor_runtime_client`, and `adaptor_runtime_client` where `openjd/` is on the path.

This runs inside the application's Python, 3.9 or later, where juncture is not installed. The two
names may be imported in one process and give the same classes.
"""

from . import _home  # noqa: TID252 - this package has two names

_home.load("juncture_client")

from juncture_client import Action, ClientInterface, PathMappingRule  # noqa: E402

HTTPClientInterface = ClientInterface

__all__ = ["Action", "ClientInterface", "HTTPClientInterface", "PathMappingRule"]
