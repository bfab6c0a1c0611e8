"""A public adaptor drives a real Blender on our runtime: deadline-cloud-for-blender, unchanged.

Its environment holds the existing runtime too, which it depends on; ours must be the one that is
used. Frames are 32 pixels wide, on the CPU.
"""

import json
import os
import re
import shutil
import signal
import struct
import subprocess
from pathlib import Path

import pytest
from processes import ends

from juncture import compat

ROOT = Path(__file__).parents[3]
ADAPTOR = ROOT / ".venv-compat" / "bin" / "blender-openjd"
BLENDER = shutil.which("blender")

pytestmark = [
    pytest.mark.skipif(BLENDER is None, reason="there is no `blender` on the PATH"),
    pytest.mark.skipif(
        not ADAPTOR.exists(), reason=f"`make test` has not made {ADAPTOR}, which needs the network"
    ),
]

OPENJD = ADAPTOR.with_name("openjd")

CAMERA = {"camera": "Camera"}
ENDLESS = 10_000_000


@pytest.fixture(scope="module")
def scene(tmp_path_factory):
    made = {}

    def scene(samples):
        if samples not in made:
            made[samples] = tmp_path_factory.mktemp("scene") / f"{samples}.blend"
            script = Path(__file__).parent / "programs" / "scene.py"
            subprocess.run(
                [
                    *(BLENDER, "--background", "--factory-startup", "--python-exit-code", "1"),
                    *("--python", script, "--", made[samples], str(samples)),
                ],
                stdout=subprocess.DEVNULL,
                check=True,
            )
        return str(made[samples])

    return scene


class Blender:
    """The adaptor's own console script, in a directory of its own."""

    def __init__(self, directory):
        self.directory = directory
        self.connection_file = directory / "connection.json"
        self.environment = {
            **os.environ,
            "PYTHONPATH": compat.PATH,
            "HOME": str(directory),
            "DEADLINE_CLOUD_TELEMETRY_OPT_OUT": "true",
        }

    def open(self, *arguments):
        return subprocess.Popen(
            [ADAPTOR, *arguments],
            cwd=self.directory,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def __call__(self, *arguments):
        process = self.open(*arguments)
        out, err = process.communicate(timeout=100)
        return subprocess.CompletedProcess(arguments, process.returncode, out, err)

    def daemon(self, command, *arguments):
        return self("daemon", command, "--connection-file", self.connection_file, *arguments)

    def init_data(self, scene_file):
        data = {
            "scene_file": scene_file,
            "render_engine": "cycles",
            "gpu_device": "NONE",
            "render_scene": "Scene",
            "view_layer": "ViewLayer",
            "output_dir": str(self.directory),
            "output_file_name": "frame_####",
            "output_format": "PNG",
        }
        path = self.directory / "init-data.yaml"
        path.write_text("".join(f"{key}: {value}\n" for key, value in data.items()))
        return f"file://{path}"

    def start(self, scene_file):
        return self.daemon("start", "--init-data", self.init_data(scene_file))

    def run(self, **run_data):
        return self.daemon("run", "--run-data", json.dumps(run_data))

    def render_without_end(self):
        """Begin a frame and return its command once samples are being rendered."""
        data = json.dumps({"frame": 1, **CAMERA})
        process = self.open(
            "daemon", "run", "--connection-file", self.connection_file, "--run-data", data
        )
        for line in process.stdout:
            if re.search(r"\| Sample \d+/", line):
                return process
        raise AssertionError(process.stderr.read())

    @property
    def daemon_pid(self):
        return int(json.loads(self.connection_file.read_text())["pid"])

    def blender_pids(self):
        """Return the children of the daemon: Blender itself."""
        tasks = Path(f"/proc/{self.daemon_pid}/task").iterdir()
        return [int(pid) for task in tasks for pid in (task / "children").read_text().split()]

    def width(self, frame):
        """Return the width of a frame's picture, from the header of its PNG file."""
        (path,) = self.directory.glob(f"*_frame_{frame:04}.png")
        head = path.read_bytes()[:24]
        assert head.startswith(b"\x89PNG\r\n\x1a\n")
        return struct.unpack(">I", head[16:20])[0]


@pytest.fixture
def blender(tmp_path):
    blender = Blender(tmp_path)
    yield blender
    if blender.connection_file.exists():
        blender.daemon("stop", "--force")


@pytest.fixture
def started(blender, scene):
    def start(samples):
        done = blender.start(scene(samples))
        assert done.returncode == 0, done.stdout + done.stderr
        return blender

    return start


def test_frames_from_one_blender(blender, scene):
    start = blender.start(scene(4))
    assert start.returncode == 0, start.stderr
    assert start.stdout.startswith("INFO: juncture version: ")
    assert "INFO: BlenderAdaptor version: 0.6." in start.stdout
    assert "openjd_status: Initializing blender" in start.stdout
    assert f"openjd_env: OPENJD_ADAPTOR_SOCKET={blender.connection_file}" in start.stdout
    (pid,) = blender.blender_pids()
    for frame in (1, 2, 3):
        done = blender.run(frame=frame, **CAMERA)
        assert done.returncode == 0, done.stdout + done.stderr
        assert re.findall(r"^openjd_progress: (\S+)$", done.stdout, re.MULTILINE)[-1] == "100.0"
        assert f"STDOUT: BlenderClient: Finished Rendering Frame {frame}" in done.stdout
        assert blender.width(frame) == 32
        assert blender.blender_pids() == [pid]
    stop = blender.daemon("stop")
    assert stop.returncode == 0, stop.stderr
    assert "INFO: Done BlenderAdaptor main" in stop.stdout
    assert ends(pid)
    assert not blender.connection_file.exists()


def test_one_frame_in_one_command(blender, scene):
    run_data = json.dumps({"frame": 9, **CAMERA})
    done = blender("run", "--init-data", blender.init_data(scene(4)), "--run-data", run_data)
    assert done.returncode == 0, done.stdout + done.stderr
    assert blender.width(9) == 32
    assert "openjd_progress: 100" in done.stdout


def test_a_frame_is_canceled(started):
    blender = started(ENDLESS)
    pids = blender.blender_pids()
    process = blender.render_without_end()
    process.send_signal(signal.SIGTERM)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 1  # `main` of the adaptor catches the error and returns 1
    assert "INFO: CANCEL REQUESTED" in out
    assert "canceled" in err
    assert all(ends(pid) for pid in pids)
    assert blender.daemon("stop").returncode == 0


def test_blender_dies_with_a_killed_daemon(started):
    blender = started(ENDLESS)
    pids = blender.blender_pids()
    process = blender.render_without_end()
    os.kill(blender.daemon_pid, signal.SIGKILL)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 1
    assert "daemon" in err
    assert all(ends(pid) for pid in pids)


def test_a_frame_that_cannot_be_rendered_fails(started):
    blender = started(4)
    done = blender.run(frame=1, camera="No such camera")
    assert done.returncode == 1
    assert "RuntimeError: Camera No such camera does not exist." in done.stdout
    assert "openjd_fail: " in done.stdout
    assert "Blender exited early" in done.stderr
    assert blender.run(frame=2, **CAMERA).returncode == 1  # Blender is gone, and that is said
    assert blender.daemon("stop").returncode == 0


def test_a_scene_that_does_not_exist_fails_the_start(blender):
    done = blender.start("/no/such.blend")
    assert done.returncode == 1
    assert "FileNotFoundError: The scene file '/no/such.blend' does not exist" in done.stdout
    assert "not able to complete initialization actions" in done.stderr
    assert not blender.connection_file.exists()


def test_data_that_violate_the_schema_are_named(started):
    blender = started(4)
    done = blender.run(frame="one")
    assert done.returncode == 2
    assert "expected number, found string" in done.stderr
    assert blender.daemon("stop").returncode == 0


def test_a_job_template_is_run_by_the_openjd_command(blender, scene):
    """The command is a neighbour in the package `openjd`; it runs the adaptor three times."""
    template = Path(__file__).parent / "programs" / "job.yaml"
    path = f"{ADAPTOR.parent}{os.pathsep}{os.environ['PATH']}"
    parameters = (f"SceneFile={scene(4)}", f"OutputDir={blender.directory}")
    done = subprocess.run(
        [
            *(OPENJD, "run", template, "--step", "Render"),
            *(word for parameter in parameters for word in ("--job-param", parameter)),
        ],
        cwd=blender.directory,
        env={**blender.environment, "PATH": path},
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "juncture version: " in done.stdout
    assert (blender.width(1), blender.width(2)) == (32, 32)
    assert "INFO: the daemon ends: `daemon stop`" in done.stdout
