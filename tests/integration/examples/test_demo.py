import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("mitsuba", reason="Mitsuba is not installed: pip install mitsuba")
pytest.importorskip("rich", reason="rich is not installed")
Image = pytest.importorskip("PIL.Image", reason="Pillow is not installed")

ROOT = Path(__file__).parents[3]
QUICK = ["--resolution", "32", "24", "--detail", "0.05", "--samples", "2"]


@pytest.fixture
def demo(tmp_path):
    """Starts the demo in a session of its own, so that a signal can go to all of it."""
    started: list[subprocess.Popen[str]] = []

    def start(*arguments: str) -> subprocess.Popen[str]:
        started.append(_start(tmp_path, *arguments))
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.communicate()


def _start(output: Path, *arguments: str) -> subprocess.Popen[str]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src"), "PYTHONUNBUFFERED": "1"}
    return subprocess.Popen(
        [sys.executable, str(ROOT / "examples/demo.py"), "--output", str(output), *arguments],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def test_demo_renders_and_measures(demo, tmp_path):
    process = demo(*QUICK, "--frames", "3", "--cold", "1")
    out, err = process.communicate(timeout=110)
    assert process.returncode == 0, out + err
    with Image.open(tmp_path / "contact_sheet.png") as sheet:
        assert sheet.width > 3 * 32
    timings = json.loads((tmp_path / "timings.json").read_text())
    assert set(timings["warm"]) == {"0", "1", "2"}
    assert set(timings["cold"]) == {"0"}
    assert "frame  1, warm" in out
    assert "cold / warm" in out
    assert not (tmp_path / "connection.json").exists()


def test_interrupted_demo_stops_its_daemon(demo, tmp_path):
    process = demo(*QUICK, "--frames", "3", "--cold", "1", "--samples", "200000")
    assert process.stdout is not None
    for line in process.stdout:
        if line.startswith("daemon start"):
            break
    assert (tmp_path / "connection.json").exists()
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does: to everybody in the foreground
    process.communicate(timeout=60)
    assert process.returncode == 130
    assert not (tmp_path / "connection.json").exists()
