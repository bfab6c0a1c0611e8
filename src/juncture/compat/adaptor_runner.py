"""The runner of a lifecycle, with the names that programs know its methods by."""

from __future__ import annotations

from juncture import runtime

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class AdaptorRunner(runtime.AdaptorRunner):
    """Moves one adaptor through its lifecycle; see `juncture.runtime.AdaptorRunner`."""

    def _start(self) -> None:
        self.start()

    def _run(self, run_data: dict[str, Any]) -> None:
        self.run(run_data)

    def _stop(self) -> None:
        self.stop()

    def _cleanup(self) -> None:
        self.cleanup()

    def _cancel(self) -> None:
        self.cancel()
