import json
import signal
from pathlib import Path

import pytest

pytest.importorskip("mitsuba", reason="Mitsuba is not installed: pip install mitsuba")
Image = pytest.importorskip("PIL.Image", reason="Pillow is not installed")

SMALL = {"resolution": [32, 24], "samples_per_pixel": 4}
WHERE = ["--connection-file", "mitsuba.json"]
TURN = {"turntable": {"target": [0, 0, 0], "radius": 6, "height": 2, "frames": 5}}


@pytest.fixture
def mitsuba(make_adaptor):
    return make_adaptor("mitsuba", "mitsuba_adaptor")


@pytest.fixture
def daemon(mitsuba, scene):
    mitsuba("daemon", "start", *WHERE, "--init-data", json.dumps({"scene_file": str(scene)}))
    yield mitsuba
    mitsuba("daemon", "stop", *WHERE)


def data(**values) -> list[str]:
    return ["--run-data", json.dumps({**SMALL, **values})]


def cold(mitsuba, scene, status=0, init=None, **run_data):
    init_data = {"scene_file": str(scene), **(init or {})}
    return mitsuba("run", "--init-data", json.dumps(init_data), *data(**run_data), status=status)


def pixels(path: Path):
    import mitsuba as mi
    import numpy as np

    mi.set_variant("scalar_rgb")
    return np.array(mi.Bitmap(str(path)), dtype=float)


def test_a_png_with_progress_and_a_result(mitsuba, scene, tmp_path, progress):
    init_data = json.dumps({"scene_file": str(scene)})
    ran = mitsuba(
        *["run", "--init-data", init_data, "--result", "result.json"], *data(output="a.png")
    )
    with Image.open(tmp_path / "a.png") as picture:
        assert (picture.format, picture.size, picture.mode) == ("PNG", (32, 24), "RGB")
    result = json.loads((tmp_path / "result.json").read_text())
    assert result["output"] == "a.png"
    assert result["samples_per_pixel"] == 4
    assert result["seconds"] > 0
    reports = progress(ran.stdout)
    assert reports[:2] == [0, 100]  # loading
    rendering = reports[2:]
    assert rendering == sorted(rendering)
    assert rendering[0] == 0
    assert rendering[-1] == 100
    assert len(rendering) == 5  # a start and four passes


def test_an_exr_holds_linear_light(mitsuba, scene, tmp_path):
    up = {"origin": [0, 0, 9], "target": [0, 0, 20], "up": [0, 1, 0]}
    cold(mitsuba, scene, output="sky.exr", camera=up)
    sky = pixels(tmp_path / "sky.exr")
    assert sky.shape == (24, 32, 3)
    assert sky == pytest.approx(1.0, abs=2e-3)


def test_the_seed_decides_the_noise(daemon, tmp_path):
    for name, seed in (("a.exr", 1), ("b.exr", 1), ("c.exr", 2)):
        daemon("daemon", "run", *WHERE, *data(output=name, seed=seed))
    a, b, c = (pixels(tmp_path / name) for name in ("a.exr", "b.exr", "c.exr"))
    assert (a == b).all()
    assert (a != c).any()


def test_passes_average_to_what_one_render_gives(mitsuba, scene, tmp_path, example_path):
    import mitsuba as mi
    import numpy as np

    cold(mitsuba, scene, output="passes.exr", samples_per_pixel=250)
    mi.set_variant("scalar_rgb")
    own = mi.load_file(str(scene))
    film = mi.load_dict({"type": "hdrfilm", "width": 32, "height": 24, "pixel_format": "rgb"})
    at = mi.ScalarTransform4f().look_at(origin=[0, -6, 2], target=[0, 0, 0], up=[0, 0, 1])
    sensor = {"type": "perspective", "fov": 30, "to_world": at, "film": film}
    once = np.array(mi.render(own, sensor=mi.load_dict(sensor), spp=250, seed=99))
    difference = pixels(tmp_path / "passes.exr") - once
    assert abs(difference.mean()) < 0.005
    assert np.abs(difference).mean() < 0.02


def test_parameters_fill_the_scenes_placeholders(mitsuba, scene, tmp_path):
    cold(mitsuba, scene, output="red.exr", init={"parameters": {"colour": "0.9, 0, 0"}})
    middle = pixels(tmp_path / "red.exr")[12, 16]
    assert middle[0] > 0.2
    assert middle[1] == middle[2] == 0


def test_a_daemon_loads_once_and_turns(daemon, tmp_path):
    texts = [
        daemon("daemon", "run", *WHERE, *data(output=f"{i}.png", frame=i, camera=TURN)).stdout
        for i in (0, 1)
    ]
    assert not any("Loaded" in text for text in texts)
    first, second = ((tmp_path / f"{i}.png").read_bytes() for i in (0, 1))
    assert first != second


def test_a_range_of_frames_in_one_task(mitsuba, scene, tmp_path, progress):
    ran = cold(mitsuba, scene, output="f_##.png", frames="1-3", camera=TURN)
    names = sorted(path.name for path in tmp_path.glob("f_*"))
    assert names == ["f_01.png", "f_02.png", "f_03.png"]
    rendering = progress(ran.stdout)[2:]
    assert rendering == sorted(rendering)
    assert rendering[-1] == 100


def leftovers(directory: Path) -> list[str]:
    return [path.name for path in directory.iterdir() if "long" in path.name]


def wait_until_rendering(process) -> None:
    for line in process.stdout:
        if "Rendering frame" in line:
            return
    pytest.fail(f"it never rendered: {process.stderr.read()}")


LONG = {"output": "long.png", "samples_per_pixel": 1_000_000}


def test_cancel_leaves_nothing_and_the_daemon_goes_on(daemon, tmp_path):
    process = daemon.popen("daemon", "run", *WHERE, *data(**LONG))
    wait_until_rendering(process)
    daemon("daemon", "cancel", *WHERE)
    process.communicate(timeout=60)
    assert process.returncode == 119
    assert leftovers(tmp_path) == []
    daemon("daemon", "run", *WHERE, *data(output="next.png"))
    assert (tmp_path / "next.png").stat().st_size > 0


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_a_cold_render(mitsuba, scene, tmp_path, number):
    init = ["--init-data", json.dumps({"scene_file": str(scene)})]
    process = mitsuba.popen("run", *init, *data(**LONG))
    wait_until_rendering(process)
    process.send_signal(number)
    process.communicate(timeout=60)
    assert process.returncode == 119
    assert leftovers(tmp_path) == []


@pytest.mark.parametrize(
    ("init", "run_data", "said"),
    [
        ({"scene_file": "/no/such/scene.xml"}, {}, "'/no/such/scene.xml' does not exist"),
        ({"variant": "no_such_variant"}, {}, "no_such_variant"),
        ({"parameters": {"unknown": 1}}, {}, "unknown"),
        ({"scene": "a.xml"}, {}, "scene"),
        ({}, {"output": "a.jpg"}, "unknown format"),
        ({}, {"output": "no/such/directory/a.png"}, "cannot be written"),
        ({}, {"resolution": [0, 4]}, "resolution"),
        ({}, {"samples": 4}, "samples"),
        ({}, {"frame": 1, "frames": "1-2"}, "frame"),
        ({}, {"frames": "2-1", "output": "#.png"}, "frames '2-1'"),
    ],
)
def test_bad_input_is_one_error(mitsuba, scene, init, run_data, said):
    ran = cold(mitsuba, scene, status=2, init=init, **{"output": "a.png", **run_data})
    assert ran.stderr.count("error: ") == 1
    assert said in ran.stderr
    assert "Traceback" not in ran.stdout + ran.stderr
    assert not (scene.parent / "a.png").exists()


def test_a_scene_that_mitsuba_refuses_is_one_error(mitsuba, tmp_path):
    broken = tmp_path / "broken.xml"
    broken.write_text('<scene version="3.0.0"><shape type="no_such_shape"/></scene>')
    ran = cold(mitsuba, broken, status=2, output="a.png")
    assert ran.stderr.count("error: ") == 1
    assert "no_such_shape" in ran.stderr
