"""Render a turntable of a real scene through a warm daemon, and measure what being warm saves.

    python examples/demo.py --output out/demo

drives the Mitsuba adaptor of `examples/mitsuba` through its command line, as a render farm would:
one `daemon start`, a `daemon run` for each frame, one `daemon stop`. For a few frames it also runs
the whole lifecycle in one `run` command, just before the daemon renders the same frame, so the
table compares the same work in the same minute. It leaves the frames, a contact sheet, the table as
JSON, and no process, also when it is interrupted.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import demo_report
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

_EXAMPLES = Path(__file__).resolve().parent
_ADAPTOR = _EXAMPLES / "mitsuba"
_PROGRESS = "openjd_progress: "
_TURNTABLE = {
    "target": [0.0, -0.5, 0.75],
    "radius": 14.8,
    "height": 7.8,
    "start_angle": -70.0,
    "fov": 34.0,
}


class CommandFailed(Exception):  # noqa: N818 - read aloud: "command failed"
    """A command of the adaptor ended with a status other than 0."""


@dataclass(frozen=True, slots=True)
class Adaptor:
    """The adaptor's command line.

    Attributes:
        scene: What `on_start` loads.
        connection: Where the daemon leaves its address.
    """

    scene: Path
    connection: Path

    def run_cold(self, run_data: dict[str, Any], on_progress: Callable[[float], None]) -> float:
        """Run the whole lifecycle for one frame; return the command's seconds."""
        data = ["--init-data", self._init_data(), "--run-data", json.dumps(run_data)]
        return _command(["run", *data], _only_after_start(on_progress))

    def start(self) -> float:
        """Load the scene into a daemon that ends with this process, whatever happens to it."""
        owner = ["--owner-pid", str(os.getpid()), "--idle-timeout", "600"]
        return _command(
            ["daemon", "start", *self._where(), "--init-data", self._init_data(), *owner]
        )

    def run_warm(self, run_data: dict[str, Any], on_progress: Callable[[float], None]) -> float:
        """Let the daemon render one frame; return the command's seconds."""
        data = ["--run-data", json.dumps(run_data)]
        return _command(["daemon", "run", *self._where(), *data], on_progress)

    def stop(self) -> float:
        """End the daemon; return when it is gone."""
        return _command(["daemon", "stop", *self._where()])

    def _init_data(self) -> str:
        return json.dumps({"scene_file": str(self.scene)})

    def _where(self) -> list[str]:
        return ["--connection-file", str(self.connection)]


def _command(arguments: list[str], on_progress: Callable[[float], None] = lambda _: None) -> float:
    """Run `python -m mitsuba_adaptor …` to its end and return its seconds of wall clock."""
    paths = [str(_ADAPTOR), os.environ.get("PYTHONPATH", "")]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, paths))}
    began = time.perf_counter()
    with subprocess.Popen(  # noqa: S603, TID251 - a caller from outside, as a shell is
        [sys.executable, "-m", "mitsuba_adaptor", *arguments],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        assert process.stdout is not None  # noqa: S101 - it was asked for
        lines: list[str] = []
        for line in process.stdout:
            lines.append(line)
            if line.startswith(_PROGRESS):
                on_progress(float(line[len(_PROGRESS) :]))
    took = time.perf_counter() - began
    if process.returncode != 0:
        name = " ".join(arguments[:2])
        raise CommandFailed(f"`{name}` ended with status {process.returncode}\n" + "".join(lines))
    return took


def _only_after_start(on_progress: Callable[[float], None]) -> Callable[[float], None]:
    """Drop the 0 and 100 percent of loading, which come first in a cold command."""
    loading = [100.0, 0.0]

    def filtered(percent: float) -> None:
        if loading and percent == loading[-1]:
            loading.pop()
        else:
            on_progress(percent)

    return filtered


class Display:
    """Bars on a terminal, a line per frame elsewhere."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self.bars = Progress(
            TextColumn("{task.description:<18}"),
            BarColumn(bar_width=36),
            TextColumn("{task.percentage:>4.0f} %"),
            TimeElapsedColumn(),
            TextColumn("{task.fields[note]}"),
            console=console,
            disable=not console.is_terminal,
        )

    def measure(self, name: str, work: Callable[[Callable[[float], None]], float]) -> float:
        """Show one command's progress while it runs, and return its seconds."""
        bar: TaskID = self.bars.add_task(name, total=100, note="")
        seconds = work(lambda percent: self.bars.update(bar, completed=percent))
        self.bars.update(bar, completed=100, note=f"{seconds:.2f} s")
        self.bars.stop_task(bar)
        if not self.console.is_terminal:
            self.console.print(f"{name}: {seconds:.2f} s")
        return seconds


def _render(
    adaptor: Adaptor, display: Display, options: argparse.Namespace
) -> demo_report.Measurements:
    def frame_data(frame: int, name: str) -> dict[str, Any]:
        return {
            "frame": frame,
            "camera": {"turntable": {**_TURNTABLE, "frames": options.frames}},
            "resolution": options.resolution,
            "samples_per_pixel": options.samples,
            "output": str(options.output / name),
        }

    compared = range(0, options.frames, max(1, -(-options.frames // options.cold)))
    cold: dict[int, float] = {}
    warm: dict[int, float] = {}
    start = display.measure("daemon start", lambda _: adaptor.start())
    for frame in range(options.frames):
        if frame in compared:
            data = frame_data(frame, "cold_####.png")
            cold[frame] = display.measure(
                f"frame {frame:>2}, cold", partial(adaptor.run_cold, data)
            )
        data = frame_data(frame, "frame_####.png")
        warm[frame] = display.measure(f"frame {frame:>2}, warm", partial(adaptor.run_warm, data))
    stop = display.measure("daemon stop", lambda _: adaptor.stop())
    return demo_report.Measurements(start=start, stop=stop, cold=cold, warm=warm)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Render a turntable through a warm daemon.")
    parser.add_argument("--output", type=Path, default=Path("out/demo"), metavar="DIRECTORY")
    parser.add_argument("--frames", type=int, default=12, help="in one turn (default 12)")
    parser.add_argument("--cold", type=int, default=3, help="frames also rendered cold (default 3)")
    parser.add_argument("--samples", type=int, default=24, help="per pixel (default 24)")
    parser.add_argument(
        *["--resolution"], type=int, nargs=2, default=[320, 240], metavar=("WIDTH", "HEIGHT")
    )
    parser.add_argument("--detail", type=float, default=1.0, help="fineness of the scene's meshes")
    options = parser.parse_args()
    if options.frames < 1 or not 1 <= options.cold <= options.frames:
        parser.error("expected at least one frame, and --cold from 1 to --frames")
    options.output = options.output.resolve()
    return options


def main() -> int:
    """Run the demo and return its exit status."""
    options = _options()
    console = Console()
    sys.path.insert(0, str(_ADAPTOR / "scenes"))
    import garden

    options.output.mkdir(parents=True, exist_ok=True)
    console.print("Making the scene (once) …")
    scene = garden.make(options.output / "scene", detail=options.detail)
    adaptor = Adaptor(scene, options.output / "connection.json")
    display = Display(console)
    try:
        with display.bars:
            measured = _render(adaptor, display, options)
    except CommandFailed as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return 130
    finally:
        if adaptor.connection.exists():
            with contextlib.suppress(CommandFailed):  # it was gone; --owner-pid ends it in any case
                adaptor.stop()
    sheet = demo_report.contact_sheet(options.output, sorted(measured.warm), measured)
    demo_report.show(console, measured)
    results = demo_report.save(options.output / "timings.json", measured, options)
    console.print(f"Contact sheet: {sheet}\nTimings: {results}", soft_wrap=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
