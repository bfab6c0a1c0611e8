"""The adaptor: the command line of one task.

It packs files with `tar`, as a stand-in for a program that loads nothing worth keeping. The runtime
starts it, logs it, passes its exit status on, and ends it with its children when the task is
canceled. Replace what follows each `Yours:`.
"""

import os
import re
from pathlib import Path
from typing import Any

from juncture.runtime import (
    AdaptorDataValidators,
    CommandAdaptor,
    ManagedProcess,
    RegexCallback,
    RegexHandler,
    SemanticVersion,
)

SCHEMAS = Path(__file__).with_name("schemas")


class NewNameAdaptor(CommandAdaptor):
    """Packs the files of one task into an archive."""

    # Of init data and run data; raise it when they change.
    integration_data_interface_version = SemanticVersion(0, 1)

    def get_managed_process(self, run_data: dict[str, Any]) -> ManagedProcess:
        """Return the process of one task."""
        validators = AdaptorDataValidators.for_adaptor(SCHEMAS)
        validators.init_data.validate(self.init_data)
        validators.run_data.validate(run_data)
        # Yours: map every path, so that a task may name those of another host.
        self.files = [self.map_path(file) for file in run_data["files"]]
        self.packed = 0
        archive = os.path.abspath(self.map_path(run_data["archive"]))
        # Yours: the lines of output that say how far the program is.
        line = RegexCallback([re.compile(r"^.+$")], self._on_line)
        return Command(
            {"archive": archive, "files": self.files}, stdout_handler=RegexHandler([line])
        )

    def on_prerun(self) -> None:
        """Prepare; called before the program is started."""

    def on_postrun(self) -> None:
        """Finish; called after the program has ended, however it ended."""

    def _on_line(self, match: re.Match[str]) -> None:
        self.packed += 1
        self.update_status(progress=min(100.0, 100 * self.packed / len(self.files)))


class Command(ManagedProcess):
    """`tar -cvf ARCHIVE -- FILE...`; no shell reads it, so a path may hold anything."""

    def get_executable(self) -> str:
        """Return the program: a path, or a name to look up in PATH."""
        return "tar"  # Yours

    def get_arguments(self) -> list[str]:
        """Return its arguments."""
        return ["-cvf", self.run_data["archive"], "--", *self.run_data["files"]]  # Yours
