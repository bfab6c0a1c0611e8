"""Application adaptors: write one small class that knows an application, and drive it.

An adaptor derives from `Adaptor` or `CommandAdaptor`; `EntryPoint` gives it a command line which
runs one task or keeps the application loaded in a daemon. The public names are listed below and
imported when they are first used, because a command that only talks to a daemon must start fast.
"""

from __future__ import annotations

from juncture._util.lazy import lazy_names

TYPE_CHECKING = False
if TYPE_CHECKING:
    from juncture.runtime.actions_queue import (
        ActionFailedError,
        ActionLostError,
        ActionsQueue,
        ActionTicket,
    )
    from juncture.runtime.adaptor import (
        Adaptor,
        AdaptorConfigurationOptions,
        BaseAdaptor,
        CommandAdaptor,
    )
    from juncture.runtime.adaptor_server import AdaptorServer
    from juncture.runtime.app_handlers import RegexCallback, RegexHandler
    from juncture.runtime.configuration import (
        AdaptorConfiguration,
        Configuration,
        ConfigurationManager,
        RuntimeConfiguration,
    )
    from juncture.runtime.daemon_client import DaemonClient
    from juncture.runtime.entry_point import EntryPoint
    from juncture.runtime.lifecycle import AdaptorRunner, AdaptorState
    from juncture.runtime.outcome import Outcome
    from juncture.runtime.path_mapping import PathMappingRule
    from juncture.runtime.process import LoggingSubprocess, ManagedProcess
    from juncture.runtime.semantic_version import SemanticVersion
    from juncture.runtime.stream_logger import StreamLogger
    from juncture.runtime.validators import AdaptorDataValidator, AdaptorDataValidators

_ROOMS = {
    "ActionFailedError": "actions_queue",
    "ActionLostError": "actions_queue",
    "ActionTicket": "actions_queue",
    "ActionsQueue": "actions_queue",
    "Adaptor": "adaptor",
    "AdaptorConfiguration": "configuration",
    "AdaptorConfigurationOptions": "adaptor",
    "AdaptorDataValidator": "validators",
    "AdaptorDataValidators": "validators",
    "AdaptorRunner": "lifecycle",
    "AdaptorServer": "adaptor_server",
    "AdaptorState": "lifecycle",
    "BaseAdaptor": "adaptor",
    "CommandAdaptor": "adaptor",
    "Configuration": "configuration",
    "ConfigurationManager": "configuration",
    "DaemonClient": "daemon_client",
    "EntryPoint": "entry_point",
    "LoggingSubprocess": "process",
    "ManagedProcess": "process",
    "Outcome": "outcome",
    "PathMappingRule": "path_mapping",
    "RegexCallback": "app_handlers",
    "RegexHandler": "app_handlers",
    "RuntimeConfiguration": "configuration",
    "SemanticVersion": "semantic_version",
    "StreamLogger": "stream_logger",
}

__all__ = [
    "ActionFailedError",
    "ActionLostError",
    "ActionTicket",
    "ActionsQueue",
    "Adaptor",
    "AdaptorConfiguration",
    "AdaptorConfigurationOptions",
    "AdaptorDataValidator",
    "AdaptorDataValidators",
    "AdaptorRunner",
    "AdaptorServer",
    "AdaptorState",
    "BaseAdaptor",
    "CommandAdaptor",
    "Configuration",
    "ConfigurationManager",
    "DaemonClient",
    "EntryPoint",
    "LoggingSubprocess",
    "ManagedProcess",
    "Outcome",
    "PathMappingRule",
    "RegexCallback",
    "RegexHandler",
    "RuntimeConfiguration",
    "SemanticVersion",
    "StreamLogger",
]


__getattr__, __dir__ = lazy_names(globals(), _ROOMS)
