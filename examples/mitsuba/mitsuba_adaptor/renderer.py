"""Mitsuba: load a scene, render it in passes that are added up.

A frame of n samples per pixel is the mean of passes of a few samples each, with a seed of its own,
weighted by their samples: what one render of n samples gives, up to noise. Passes make the progress
true and let a cancel in between; Mitsuba's scalar variants stop in the middle of a pass, too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from juncture.errors import DataError, JunctureError
from mitsuba_adaptor.camera import View, view_of

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable
    from pathlib import Path
    from types import ModuleType
    from typing import Any, TypeAlias

    Foreign: TypeAlias = Any  # Mitsuba's objects have no types

    import numpy as np
    from numpy.typing import NDArray

    from mitsuba_adaptor.task import RenderTask

_PASSES = 20


class RenderCanceled(Exception):  # noqa: N818 - not an error: somebody asked for it
    """The frame was given up because somebody asked for it."""


def load_scene(scene_file: Path, *, variant: str, parameters: dict[str, Any]) -> LoadedScene:
    """Import Mitsuba and load a scene file.

    Args:
        scene_file: Mitsuba XML.
        variant: Of Mitsuba, such as `scalar_rgb`.
        parameters: Values for the scene's `$name` placeholders.

    Raises:
        DataError: the file is missing or Mitsuba refuses it, or the variant cannot be used.
        JunctureError: Mitsuba is not installed.
    """
    if not scene_file.is_file():
        raise DataError(
            f"scene file {str(scene_file)!r} does not exist",
            hint="give an absolute path, or one that a path mapping rule translates for this host",
        )
    mi = _mitsuba(variant)
    values = {name: _as_text(value) for name, value in parameters.items()}
    try:
        scene = mi.load_file(str(scene_file), **values)
    except RuntimeError as error:
        raise DataError(
            f"Mitsuba cannot load {str(scene_file)!r}: {_one_line(error)}",
            hint="correct the scene, or try it alone with the `mitsuba` command",
        ) from error
    return LoadedScene(mi, scene)


def pass_sizes(samples: int) -> list[int]:
    """Split samples per pixel into passes, as evenly as it goes.

    >>> pass_sizes(3), sum(pass_sizes(50)), len(pass_sizes(50))
    ([1, 1, 1], 50, 20)
    """
    count = min(samples, _PASSES)
    return [samples * (i + 1) // count - samples * i // count for i in range(count)]


class LoadedScene:
    """A scene in memory, ready to be rendered from any camera."""

    def __init__(self, mi: ModuleType, scene: Foreign) -> None:
        self._mi = mi
        self._scene = scene
        self._integrator = scene.integrator()

    def render(
        self,
        task: RenderTask,
        frame: int,
        canceled: threading.Event,
        report: Callable[[float], None],
    ) -> NDArray[np.float64]:
        """Render a frame.

        Args:
            task: Everything but which frame.
            frame: Its number.
            canceled: Ends the frame when set.
            report: Called with the fraction that is done, rising to 1.

        Returns:
            Linear light: rows, columns, (red, green, blue).

        Raises:
            RenderCanceled: `canceled` was set.
        """
        import numpy as np

        sensor = self._sensor(task, frame)
        integrator = self._integrator = self._integrator_for(task)
        total = np.zeros((task.height, task.width, 3))
        done = 0
        report(0.0)
        for index, samples in enumerate(pass_sizes(task.samples_per_pixel)):
            if canceled.is_set():
                raise RenderCanceled
            image = integrator.render(
                self._scene, sensor, seed=(_PASSES * task.seed + index) % 2**32, spp=samples
            )
            total += samples * np.array(image, dtype=np.float64)[..., :3]
            done += samples
            if canceled.is_set():  # the pass may have ended half way
                raise RenderCanceled
            report(done / task.samples_per_pixel)
        return total / done

    def interrupt(self) -> None:
        """Make the pass that is being rendered end now; safe from any thread."""
        self._integrator.cancel()

    def _integrator_for(self, task: RenderTask) -> Foreign:
        if task.max_depth is None:
            return self._scene.integrator()
        return self._mi.load_dict({"type": "path", "max_depth": task.max_depth})

    def _sensor(self, task: RenderTask, frame: int) -> Foreign:
        place: dict[str, Any]
        if task.camera is None:
            place = self._own_camera()
        else:
            view: View = view_of(task.camera, frame)
            transform = self._mi.ScalarTransform4f().look_at(
                origin=view.origin, target=view.target, up=view.up
            )
            place = {"to_world": transform, "fov": view.fov}
        film = {"type": "hdrfilm", "width": task.width, "height": task.height}
        film |= {"pixel_format": "rgb", "rfilter": {"type": "gaussian"}}
        sampler = {"type": "independent", "sample_count": 1}
        return self._mi.load_dict(
            {"type": "perspective", "fov_axis": "x", **place, "film": film, "sampler": sampler}
        )

    def _own_camera(self) -> dict[str, Any]:
        for sensor in self._scene.sensors():
            values = self._mi.traverse(sensor)
            if "x_fov" in values and "to_world" in values:
                return {
                    "fov": _number(values["x_fov"]),
                    "to_world": self._mi.ScalarTransform4f(values["to_world"].matrix),
                }
        raise DataError(
            "the scene has no perspective camera: expected `camera` in the run data",
            hint='add "camera": {"origin": […], "target": […]}',
        )


def _mitsuba(variant: str) -> ModuleType:
    try:
        import mitsuba as mi
    except ImportError as error:
        raise JunctureError(
            "the Python package `mitsuba` cannot be imported",
            hint="install it with `pip install mitsuba`",
        ) from error
    try:
        mi.set_variant(variant)
    except ImportError as error:
        raise DataError(
            f"Mitsuba's variant {variant!r} cannot be used: {_one_line(error)}",
            hint="scalar_rgb works on every machine",
        ) from error
    from mitsuba_adaptor.mitsuba_log import send_to_logging

    send_to_logging(mi)
    return mi


def _as_text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _number(value: Foreign) -> float:
    """Return a scalar, also of a variant whose scalars are arrays of one."""
    try:
        return float(value)
    except TypeError:
        return float(value[0])


def _one_line(error: BaseException) -> str:
    return " ".join(str(error).split())
