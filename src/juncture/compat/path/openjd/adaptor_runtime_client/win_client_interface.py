"""The client under the name that it has on Windows; here it is one client."""

from juncture_client import ClientInterface as WinClientInterface

__all__ = ["WinClientInterface"]
