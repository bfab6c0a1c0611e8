"""The lifecycle: Mitsuba and the scene are loaded in `on_start`, `on_run` renders.

A cancel reaches Mitsuba in the middle of a pass, so `on_run` returns within a few milliseconds, and
a frame that was not finished leaves no file.
"""

from __future__ import annotations

import logging
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

from juncture.runtime import Adaptor, AdaptorDataValidators, SemanticVersion
from mitsuba_adaptor.picture import new_picture, write_picture
from mitsuba_adaptor.renderer import LoadedScene, RenderCanceled, load_scene
from mitsuba_adaptor.task import RenderTask

if TYPE_CHECKING:
    from typing import Any

_logger = logging.getLogger(__name__)
_SCHEMAS = Path(__file__).with_name("schemas")


class MitsubaAdaptor(Adaptor):
    """Renders frames of one scene, which stays loaded between tasks."""

    integration_data_interface_version = SemanticVersion(0, 1)

    _scene: LoadedScene | None = None
    _canceled: threading.Event

    def on_start(self) -> None:
        """Load the scene that the init data names; this is what a warm daemon saves."""
        self._canceled = threading.Event()
        self._validators = AdaptorDataValidators.for_adaptor(str(_SCHEMAS))
        self._validators.init_data.validate(self.init_data)
        scene_file = Path(self.map_path(self.init_data["scene_file"]))
        self.update_status(progress=0, status_message=f"Loading {scene_file.name}")
        began = time.perf_counter()
        self._scene = load_scene(
            scene_file,
            variant=self.init_data.get("variant", "scalar_rgb"),
            parameters=self.init_data.get("parameters", {}),
        )
        took = time.perf_counter() - began
        self.update_status(progress=100, status_message=f"Loaded {scene_file.name} in {took:.1f} s")

    def on_run(self, run_data: dict[str, Any]) -> dict[str, Any] | None:
        """Render one frame, or one after the other of a range.

        Returns:
            `{"output", "seconds", "samples_per_pixel", "frames"}`, with `{"frame", "output",
            "seconds"}` for each frame; None when canceled.
        """
        self._canceled.clear()
        self._validators.run_data.validate(run_data)
        task = RenderTask.from_run_data(run_data, self.map_path)
        frames: list[dict[str, Any]] = []
        try:
            for number in task.frames:
                frames.append(self._render(task, number, done=len(frames)))
        except RenderCanceled:
            self.update_status(status_message=f"Canceled in frame {number}")
            return None
        return {
            "output": str(task.output_of(task.frames[0]) if len(frames) == 1 else task.output),
            "seconds": round(sum(frame["seconds"] for frame in frames), 3),
            "samples_per_pixel": task.samples_per_pixel,
            "frames": frames,
        }

    def on_cancel(self) -> None:
        """End the frame that is being rendered; called from another thread."""
        self._canceled.set()
        if self._scene is not None:
            self._scene.interrupt()

    def on_stop(self) -> None:
        """Let go of the scene's memory."""
        self._scene = None

    def _render(self, task: RenderTask, number: int, *, done: int) -> dict[str, Any]:
        def report(fraction: float) -> None:
            self.update_status(progress=round(100 * (done + fraction) / len(task.frames), 1))

        assert self._scene is not None  # noqa: S101 - the lifecycle starts before it runs
        began = time.perf_counter()
        output = task.output_of(number)
        self.update_status(status_message=f"Rendering frame {number}: {output.name}")
        with new_picture(output) as unfinished:
            pixels = self._scene.render(task, number, self._canceled, report)
            write_picture(unfinished, pixels, output.suffix)
        seconds = round(time.perf_counter() - began, 3)
        _logger.info("frame %d took %.2f s: %s", number, seconds, output)
        return {"frame": number, "output": str(output), "seconds": seconds}
