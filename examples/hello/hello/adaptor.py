"""An adaptor that greets: everything an adaptor needs, and nothing else."""

from __future__ import annotations

from typing import Any

from juncture.runtime import Adaptor, SemanticVersion


class HelloAdaptor(Adaptor):
    """Loads a greeting once, then greets whoever a task names."""

    integration_data_interface_version = SemanticVersion(0, 1)

    def on_start(self) -> None:
        """Load what every task needs; here, a word."""
        self.greeting = self.init_data.get("greeting", "Hello")

    def on_run(self, run_data: dict[str, Any]) -> dict[str, str]:
        """Do one task; what it returns goes to whoever asked for the task."""
        text = f"{self.greeting}, {run_data.get('name', 'world')}!"
        print(text)
        self.update_status(progress=100, status_message="Greeted")
        return {"text": text}
