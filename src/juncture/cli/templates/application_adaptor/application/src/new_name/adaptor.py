"""The adaptor: what happens when it is started, runs a task and is stopped.

The application is a process of its own, which stays loaded: `process` starts it and talks to it,
`application` runs inside it. Replace what follows each `Yours:`, there and here.
"""

from pathlib import Path
from typing import Any

from juncture.runtime import Adaptor, AdaptorDataValidators, SemanticVersion

from new_name.process import ApplicationProcess

SCHEMAS = Path(__file__).with_name("schemas")


class NewNameAdaptor(Adaptor):
    """Keeps the application running; each task is an action that it performs."""

    # Of init data and run data; raise it when they change.
    integration_data_interface_version = SemanticVersion(0, 1)

    _application: ApplicationProcess | None = None

    def on_start(self) -> None:
        """Start the application; called once."""
        self.validators = AdaptorDataValidators.for_adaptor(SCHEMAS)
        self.validators.init_data.validate(self.init_data)
        self._loaded()

    def on_run(self, run_data: dict[str, Any]) -> Any:
        """Run one task; what it returns is its result, anything that JSON can hold."""
        self.validators.run_data.validate(run_data)
        try:
            application = self._loaded()
            # Yours: the actions of a task.
            application.perform("draw", run_data)
            return application.result()
        except Exception:
            if self.cancel_requested:
                return None
            raise

    def on_cancel(self) -> None:
        """Make `on_run` or `on_start` end soon; called from another thread."""
        # Yours: if the application can stop a task and stay loaded, tell it to. This ends it.
        if self._application:
            self._application.terminate()

    def on_stop(self) -> None:
        """Let the application end in good order; called once, after the last task."""
        if self._application:
            self._application.close()

    def on_cleanup(self) -> None:
        """End what may be left; called last, whatever went wrong before."""
        if self._application:
            self._application.terminate()

    def _loaded(self) -> ApplicationProcess:
        """Return the application, started again if a cancel or a crash has ended it."""
        application = self._application
        if application is None or application.ended:
            application = ApplicationProcess(self, self._on_progress)
            self._application = application
            if self.cancel_requested:  # since before `on_cancel` could see it
                application.terminate()
            application.perform("load", self.init_data)
        return application

    def _on_progress(self, percent: float) -> None:
        self.update_status(progress=percent)
