"""The version of the client, a private name of the existing one."""

version = "0.9.6"
__version__ = version
