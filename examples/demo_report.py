"""What the demo shows at its end: a contact sheet, a table, and the table's figures as JSON."""

from __future__ import annotations

import json
import os
import platform
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING

from PIL import Image, ImageDraw, ImageFont
from rich.table import Table

if TYPE_CHECKING:
    import argparse
    from pathlib import Path

    from rich.console import Console

_COLUMNS = 4
_GAP = 8
_PAPER = (24, 23, 22)
_INK = (206, 200, 190)


@dataclass(frozen=True, slots=True)
class Measurements:
    """Seconds of wall clock of whole commands; `cold` and `warm` by frame."""

    start: float
    stop: float
    cold: dict[int, float]
    warm: dict[int, float]

    @property
    def cold_frame(self) -> float:
        """Median of the cold commands."""
        return median(self.cold.values())

    @property
    def warm_frame(self) -> float:
        """Median of the warm commands, over the frames that were rendered cold, too."""
        return median(self.warm[frame] for frame in self.cold)

    @property
    def speed_up(self) -> float:
        """Median over those frames of cold / warm of the same frame."""
        return median(self.cold[frame] / self.warm[frame] for frame in self.cold)

    @property
    def first_frame(self) -> tuple[float, float]:
        """Seconds until there is a picture: cold, and warm with the daemon's start."""
        first = min(self.cold)
        return self.cold[first], self.start + self.warm[first]

    @property
    def whole_turn(self) -> tuple[float, float]:
        """Seconds for all frames: cold (its median times frames), warm with start and stop."""
        everything = self.start + sum(self.warm.values()) + self.stop
        return self.cold_frame * len(self.warm), everything


def show(console: Console, measured: Measurements) -> None:
    """Print the table."""
    table = Table(title=f"Cold and warm: medians of the same {len(measured.cold)} frames")
    table.add_column("seconds of wall clock")
    for name in ("cold (`run`)", "warm (`daemon run`)", "cold / warm"):
        table.add_column(name, justify="right")
    rows = (
        ("per frame", (measured.cold_frame, measured.warm_frame), measured.speed_up),
        ("to the first frame", measured.first_frame, None),
        (f"all {len(measured.warm)} (cold: estimate)", measured.whole_turn, None),
    )
    for name, (cold, warm), ratio in rows:
        table.add_row(name, f"{cold:.2f}", f"{warm:.2f}", f"{ratio or cold / warm:.2f} x")
    console.print(table)
    console.print(f"daemon start {measured.start:.2f} s, daemon stop {measured.stop:.2f} s")


def save(path: Path, measured: Measurements, options: argparse.Namespace) -> Path:
    """Write the figures as JSON."""
    first, turn = measured.first_frame, measured.whole_turn
    document = {
        "unit": "seconds of wall clock of whole commands",
        "python": platform.python_version(),
        "cpu_count": os.cpu_count(),
        "resolution": options.resolution,
        "samples_per_pixel": options.samples,
        "daemon_start": measured.start,
        "daemon_stop": measured.stop,
        "cold": measured.cold,
        "warm": measured.warm,
        "median_frame": {"cold": measured.cold_frame, "warm": measured.warm_frame},
        "speed_up": measured.speed_up,
        "first_frame": {"cold": first[0], "warm": first[1]},
        "all_frames": {"cold_extrapolated": turn[0], "warm": turn[1]},
    }
    path.write_text(json.dumps(document, indent=2) + "\n")
    return path


def contact_sheet(directory: Path, frames: list[int], measured: Measurements) -> Path:
    """Put all frames on one picture, with what they took."""
    pictures = {number: Image.open(directory / f"frame_{number:04d}.png") for number in frames}
    width, height = next(iter(pictures.values())).size
    label, columns = 20, min(_COLUMNS, len(frames))
    rows = -(-len(frames) // columns)
    size = (columns * (width + _GAP) + _GAP, rows * (height + label + _GAP) + _GAP + 28)
    sheet = Image.new("RGB", size, _PAPER)
    draw = ImageDraw.Draw(sheet)
    for place, number in enumerate(frames):
        x = _GAP + place % columns * (width + _GAP)
        y = _GAP + place // columns * (height + label + _GAP)
        sheet.paste(pictures[number], (x, y))
        text = f"frame {number}   {measured.warm[number]:.2f} s"
        if number in measured.cold:
            text += f"   (cold {measured.cold[number]:.2f} s)"
        draw.text((x + 2, y + height + 3), text, _INK, ImageFont.load_default(12))
    text = f"per frame: cold {measured.cold_frame:.2f} s, warm {measured.warm_frame:.2f} s"
    draw.text((_GAP + 2, size[1] - 28), text, _INK, ImageFont.load_default(15))
    path = directory / "contact_sheet.png"
    sheet.save(path)
    return path
