"""The adaptor: what happens when it is started, runs a task and is stopped.

It estimates pi from random samples, as a stand-in for an application that is a Python library.
Replace what follows each `Yours:`.
"""

import random
from pathlib import Path
from typing import Any

from juncture.runtime import Adaptor, AdaptorDataValidators, SemanticVersion

SCHEMAS = Path(__file__).with_name("schemas")
SAMPLES_PER_STEP = 10_000


class NewNameAdaptor(Adaptor):
    """Keeps its samples; each task draws some more."""

    # Of init data and run data; raise it when they change.
    integration_data_interface_version = SemanticVersion(0, 1)

    def on_start(self) -> None:
        """Load what every task needs; called once."""
        self.validators = AdaptorDataValidators.for_adaptor(SCHEMAS)
        self.validators.init_data.validate(self.init_data)
        # Yours: import the application here, not above, and load what it needs.
        self.random = random.Random(self.init_data.get("seed", 0))
        self.samples = self.inside = 0

    def on_run(self, run_data: dict[str, Any]) -> dict[str, Any] | None:
        """Run one task; what it returns is its result, anything that JSON can hold."""
        self.validators.run_data.validate(run_data)
        wanted = run_data["samples"]
        for first in range(0, wanted, SAMPLES_PER_STEP):
            if self.cancel_requested:
                return None
            # Yours: one step of the application's work; a path goes through `self.map_path`.
            count = min(SAMPLES_PER_STEP, wanted - first)
            self.inside += sum(self._is_inside() for _ in range(count))
            self.samples += count
            self.update_status(progress=100 * (first + count) / wanted)
        return {"samples": self.samples, "pi": 4 * self.inside / self.samples}

    def on_cancel(self) -> None:
        """Make `on_run` or `on_start` end soon; called from another thread."""
        # Yours: tell the application to stop, if one step takes long.

    def on_stop(self) -> None:
        """Undo what `on_start` did; called once, after the last task."""

    def on_cleanup(self) -> None:
        """Remove what may be left; called last, whatever went wrong before."""

    def _is_inside(self) -> bool:
        return self.random.random() ** 2 + self.random.random() ** 2 <= 1
