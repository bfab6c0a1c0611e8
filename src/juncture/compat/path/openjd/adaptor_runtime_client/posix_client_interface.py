"""The client under the name that it has on POSIX."""

from juncture_client import ClientInterface as HTTPClientInterface

__all__ = ["HTTPClientInterface"]
