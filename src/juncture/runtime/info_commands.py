"""The commands that tell about an adaptor: show-config, version-info, is-compatible."""

from __future__ import annotations

from juncture.errors import UsageError
from juncture.runtime import console
from juncture.runtime.configuration import config_manager_for, runtime_config_manager
from juncture.runtime.semantic_version import SemanticVersion

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from juncture.runtime.adaptor import BaseAdaptor
    from juncture.runtime.commandline import Invocation

CLI_VERSION = SemanticVersion(0, 1)
"""Version of the adaptor command line of Open Job Description that ours can stand in for."""


def show_config(adaptor_class: type[BaseAdaptor[Any]], _: Invocation) -> int:
    """Print the effective configuration of the runtime and of the adaptor as YAML."""
    import yaml

    document = dict(runtime_config_manager().build_config().config)
    own = config_manager_for(adaptor_class, None).build_config().config
    document[adaptor_class.__name__] = dict(own)
    console.show(yaml.safe_dump(document, sort_keys=False))
    return 0


def version_info(adaptor_class: type[BaseAdaptor[Any]], _: Invocation) -> int:
    """Print the versions of the interfaces as YAML."""
    import yaml

    name = adaptor_class.__name__
    document = {
        "OpenJD Adaptor CLI Version": str(CLI_VERSION),
        f"{name} Data Interface Version": str(data_interface_version(adaptor_class)),
    }
    console.show(yaml.safe_dump(document, sort_keys=False))
    return 0


def is_compatible(adaptor_class: type[BaseAdaptor[Any]], call: Invocation) -> int:
    """Exit with 0 if the versions that an integration expects are served.

    Raises:
        UsageError: they are not, or are no versions.
    """
    wanted_cli = SemanticVersion.parse(call.text("--openjd-adaptor-cli-version"))
    wanted_data = SemanticVersion.parse(call.text("--integration-data-interface-version"))
    installed = data_interface_version(adaptor_class)
    for what, have, want in (
        ("OpenJD Adaptor CLI Version", CLI_VERSION, wanted_cli),
        (f"{adaptor_class.__name__} Data Interface Version", installed, wanted_data),
    ):
        if not have.has_compatibility_with(want):
            raise UsageError(
                f"{what} {have} is not compatible with the expected {want}",
                hint="install versions of the adaptor and of its integration that go together",
            )
    console.show(
        "Installed interface versions are compatible with expected:\n"
        f"OpenJD Adaptor CLI Version: installed {CLI_VERSION}, expected {wanted_cli}\n"
        f"{adaptor_class.__name__} Data Interface Version: installed {installed},"
        f" expected {wanted_data}"
    )
    return 0


def data_interface_version(adaptor_class: type[BaseAdaptor[Any]]) -> SemanticVersion:
    """Return the version, from the class if it is a plain attribute, else from an instance."""
    version: Any = adaptor_class.integration_data_interface_version
    if isinstance(version, property):
        version = adaptor_class({}).integration_data_interface_version
    found: SemanticVersion = version
    return found


COMMANDS = {
    "show-config": show_config,
    "version-info": version_info,
    "is-compatible": is_compatible,
}
