"""The configuration of the runtime and of adaptors."""

from juncture.runtime import (
    AdaptorConfiguration,
    Configuration,
    ConfigurationManager,
    RuntimeConfiguration,
)

__all__ = ["AdaptorConfiguration", "Configuration", "ConfigurationManager", "RuntimeConfiguration"]
