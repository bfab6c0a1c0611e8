"""Where a frame is seen from: a fixed place, or a place on a turntable that goes around a target.

Plain arithmetic on plain numbers; `renderer` makes a Mitsuba sensor of the answer.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from juncture.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

Vector = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class View:
    """A pinhole camera; `fov` is the horizontal field of view in degrees."""

    origin: Vector
    target: Vector
    up: Vector
    fov: float


def view_of(camera: dict[str, Any], frame: int) -> View:
    """Return the view that the run data's `camera` describes for one frame.

    Raises:
        DataError: the camera looks nowhere, or along its own up direction.
    """
    around = camera.get("turntable")
    described = camera if around is None else around
    up = _unit(described.get("up", (0, 0, 1)))
    target = _vector(described["target"])
    origin = _vector(camera["origin"]) if around is None else _on_turntable(around, frame, up)
    if _length(_cross(_minus(target, origin), up)) < 1e-6 * _length(_minus(target, origin)) + 1e-12:
        raise DataError(
            f"camera at {list(origin)} cannot look at {list(target)} with {list(up)} upwards",
            hint="move the origin away from the target, or choose another up direction",
        )
    return View(origin, target, up, described.get("fov", 40.0))


def _on_turntable(around: dict[str, Any], frame: int, up: Vector) -> Vector:
    angle = around.get("start_angle", 0.0) + 360.0 * frame / around["frames"]
    helper = (1.0, 0.0, 0.0) if abs(up[0]) < abs(up[1]) + abs(up[2]) else (0.0, 1.0, 0.0)
    along = sum(a * b for a, b in zip(helper, up, strict=True))
    east = _unit([a - along * b for a, b in zip(helper, up, strict=True)])
    north = _cross(up, east)
    c = around["radius"] * math.cos(math.radians(angle))
    s = around["radius"] * math.sin(math.radians(angle))
    height = around.get("height", 0.0)
    x, y, z = (
        t + c * e + s * n + height * u
        for t, e, n, u in zip(around["target"], east, north, up, strict=True)
    )
    return (x, y, z)


def _vector(numbers: Iterable[float]) -> Vector:
    x, y, z = numbers
    return (float(x), float(y), float(z))


def _length(a: Vector) -> float:
    return math.hypot(*a)


def _minus(a: Vector, b: Vector) -> Vector:
    return (a[0] - b[0], a[1] - b[1], a[2] - b[2])


def _cross(a: Vector, b: Vector) -> Vector:
    return (a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0])


def _unit(numbers: Iterable[float]) -> Vector:
    vector = _vector(numbers)
    length = _length(vector)
    if not length:
        raise DataError("camera's up direction has no length", hint="use [0, 0, 1] or [0, 1, 0]")
    return (vector[0] / length, vector[1] / length, vector[2] / length)
