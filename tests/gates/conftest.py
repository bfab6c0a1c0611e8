"""A copy of the project in which a gate can be made to fail.

Each gate is proved twice: it passes on a clean copy, and on a copy with one planted fault it fails
and names the fault. The copies hold the real `pyproject.toml`, so a setting that is switched off
there fails here.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


class Copy:
    """A small tree with the real settings; `write` plants, `run` calls a gate in it."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        shutil.copy(ROOT / "pyproject.toml", directory)

    def write(self, path: str, text: str = "") -> None:
        file = self.directory / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)

    def append(self, path: str, text: str) -> None:
        with (self.directory / path).open("a") as file:
            file.write(text)

    def run(self, tool: str, *arguments: str) -> "subprocess.CompletedProcess[str]":
        """Run a program of this environment in the copy; its two streams come as one text."""
        return subprocess.run(
            [Path(sys.executable).parent / tool, *arguments],
            cwd=self.directory,
            env={**os.environ, "PYTHONPATH": str(self.directory / "src"), "NO_COLOR": "1"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )


@pytest.fixture
def copy(tmp_path: Path) -> Copy:
    return Copy(tmp_path)
