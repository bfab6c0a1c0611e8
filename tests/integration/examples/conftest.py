"""Drives the examples as a user does: `python -m …` in a directory of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
EXAMPLES = ROOT / "examples"

_SCENE = """<scene version="3.0.0">
    <default name="colour" value="0.2, 0.4, 0.8"/>
    <integrator type="path"/>
    <sensor type="perspective"><float name="fov" value="30"/>
        <transform name="to_world"><lookat origin="0,-6,2" target="0,0,0" up="0,0,1"/></transform>
    </sensor>
    <emitter type="constant"><rgb name="radiance" value="1, 1, 1"/></emitter>
    <shape type="cube">
        <bsdf type="diffuse"><rgb name="reflectance" value="$colour"/></bsdf>
    </shape>
</scene>
"""


@dataclass(frozen=True)
class Adaptor:
    """The command line of one example adaptor."""

    example: str
    module: str
    directory: Path
    processes: list[subprocess.Popen[str]]

    @property
    def environment(self) -> dict[str, str]:
        paths = [str(EXAMPLES / self.example), str(ROOT / "src")]
        return {**os.environ, "PYTHONPATH": os.pathsep.join(paths), "HOME": str(self.directory)}

    def popen(self, *arguments: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-m", self.module, *arguments],
            cwd=self.directory,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.processes.append(process)
        return process

    def __call__(self, *arguments: str, status: int = 0) -> subprocess.CompletedProcess[str]:
        process = self.popen(*arguments)
        out, err = process.communicate(timeout=100)
        assert process.returncode == status, f"{arguments}: {process.returncode}\n{out}\n{err}"
        return subprocess.CompletedProcess(arguments, process.returncode, out, err)


@pytest.fixture
def make_adaptor(tmp_path: Path) -> Iterator[Callable[[str, str], Adaptor]]:
    """Gives the command line of an example: its directory and its package."""
    processes: list[subprocess.Popen[str]] = []
    yield lambda example, module: Adaptor(example, module, tmp_path, processes)
    for process in processes:
        process.kill()
        process.communicate()


@pytest.fixture
def example_path(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Makes the packages of one example importable."""

    def add(directory: str) -> None:
        monkeypatch.syspath_prepend(str(EXAMPLES / directory))

    return add


@pytest.fixture
def scene(tmp_path: Path) -> Path:
    """A cube under a white sky: it loads at once."""
    path = tmp_path / "cube.xml"
    path.write_text(_SCENE)
    return path


@pytest.fixture
def progress() -> Callable[[str], list[float]]:
    """Reads the progress messages from a command's standard output."""
    marker = "openjd_progress: "

    def read(out: str) -> list[float]:
        return [float(line[len(marker) :]) for line in out.splitlines() if marker in line]

    return read
