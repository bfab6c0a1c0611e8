"""What one task asks for: which frames, how large, how fine, and where they go.

The run data has passed its JSON schema before it comes here; this module adds what a schema cannot
say. It knows nothing of Mitsuba.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from juncture.errors import DataError
from mitsuba_adaptor.picture import SUFFIXES

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

_RANGE = re.compile(r"(\d+)(?:-(\d+)(?::(\d+))?)?")
_HASHES = re.compile(r"#+")


@dataclass(frozen=True, slots=True)
class RenderTask:
    """One or more frames of the loaded scene.

    Attributes:
        output: Path; a run of `#` stands for the frame number, padded with zeros.
        frames: Numbers of the frames, in the order in which they are rendered.
        camera: As in the run data; None means the scene's own camera.
        max_depth: Longest light path; None means the scene's own integrator.
        seed: The same seed gives the same picture.
    """

    output: Path
    frames: tuple[int, ...]
    width: int
    height: int
    samples_per_pixel: int
    camera: dict[str, Any] | None
    max_depth: int | None
    seed: int

    @classmethod
    def from_run_data(
        cls, data: dict[str, Any], map_path: Callable[[str], str] = str
    ) -> RenderTask:
        """Read run data.

        Raises:
            DataError: the output's format or the frames make no sense.
        """
        output = Path(map_path(data["output"]))
        if output.suffix.lower() not in SUFFIXES:
            raise DataError(
                f"output {output.name!r} has an unknown format: expected {' or '.join(SUFFIXES)}",
                hint="end the file's name in .png (8 bit) or .exr (linear light, 16 bit floats)",
            )
        if "frame" in data and "frames" in data:
            raise DataError(
                "the run data has both `frame` and `frames`: expected one of them",
                hint="`frames` takes one frame, too",
            )
        frames = parse_frames(data["frames"]) if "frames" in data else (data.get("frame", 0),)
        if len(frames) > 1 and "#" not in output.name:
            raise DataError(
                f"output {output.name!r} would be written {len(frames)} times: expected a place"
                " for the frame number",
                hint=f"write it as {output.stem}_####{output.suffix}",
            )
        width, height = data.get("resolution", (640, 480))
        return cls(
            output=output,
            frames=frames,
            width=width,
            height=height,
            samples_per_pixel=data.get("samples_per_pixel", 64),
            camera=data.get("camera"),
            max_depth=data.get("max_depth"),
            seed=data.get("seed", 0),
        )

    def output_of(self, frame: int) -> Path:
        """Return where a frame goes."""
        name = _HASHES.sub(lambda hashes: f"{frame:0{len(hashes[0])}d}", self.output.name)
        return self.output.with_name(name)


def parse_frames(text: str) -> tuple[int, ...]:
    """Read a range of frames as render farms write it.

    >>> parse_frames("1-3,10-20:5")
    (1, 2, 3, 10, 15, 20)
    """
    frames: dict[int, None] = {}
    for part in text.split(","):
        match = _RANGE.fullmatch(part.strip())
        first, last, step = (match[1], match[2] or match[1], match[3] or "1") if match else "100"
        if int(last) < int(first) or int(step) < 1:
            raise DataError(
                f"frames {text!r} cannot be read: expected ranges, found {part.strip()!r}",
                hint="write them like 1-12, 1-12:3 or 1-4,9",
            )
        frames.update(dict.fromkeys(range(int(first), int(last) + 1, int(step))))
    return tuple(frames)
