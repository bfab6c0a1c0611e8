"""An adaptor that does nothing, or sleeps, or logs: the same as for the existing runtime."""

from __future__ import annotations

import logging
import os
import re
import time
from pathlib import Path

from juncture.runtime import Adaptor, SemanticVersion

_logger = logging.getLogger(__name__)


class NoopAdaptor(Adaptor):
    """Tells its process id at start; a run sleeps, logs, or has a child that prints."""

    @property
    def integration_data_interface_version(self) -> SemanticVersion:
        """Version of the run data."""
        return SemanticVersion(0, 1)

    def on_start(self) -> None:
        """Write the id of the process that keeps this adaptor."""
        if "pid_file" in self.init_data:
            Path(self.init_data["pid_file"]).write_text(str(os.getpid()), encoding="ascii")

    def on_run(self, run_data: dict[str, float]) -> None:
        """Sleep and log as the run data says; nothing by default."""
        if "seconds" in run_data:
            time.sleep(run_data["seconds"])
        for number in range(int(run_data.get("lines", 0))):
            _logger.info("line %d of the log", number)
        if "child_lines" in run_data:
            self._run_child(str(run_data["child_lines"]))

    def _run_child(self, count: str) -> None:
        """Run a child that prints numbers, and log how long its output took to pass."""
        from juncture.runtime import LoggingSubprocess, RegexCallback, RegexHandler

        matches = [0]

        def matched(_match: re.Match[str]) -> None:
            matches[0] += 1

        handler = RegexHandler([RegexCallback([re.compile(r"^(\d+)$")], matched)])
        begin = time.perf_counter()
        LoggingSubprocess(args=["seq", "1", count], stdout_handler=handler).wait()
        _logger.info("matched %d in %f s", matches[0], time.perf_counter() - begin)
