"""What an adaptor derives from and is described with."""

from juncture.compat.adaptor_runner import AdaptorRunner
from juncture.compat.validators import AdaptorDataValidator, AdaptorDataValidators
from juncture.runtime import (
    Adaptor,
    AdaptorConfigurationOptions,
    AdaptorState,
    BaseAdaptor,
    CommandAdaptor,
    PathMappingRule,
    SemanticVersion,
)

__all__ = [
    "Adaptor",
    "AdaptorConfigurationOptions",
    "AdaptorDataValidator",
    "AdaptorDataValidators",
    "AdaptorRunner",
    "AdaptorState",
    "BaseAdaptor",
    "CommandAdaptor",
    "PathMappingRule",
    "SemanticVersion",
]
