import importlib.util
import json
import shutil

import pytest

pytestmark = pytest.mark.skipif(
    not shutil.which("ffmpeg") and not importlib.util.find_spec("imageio_ffmpeg"),
    reason="FFmpeg is not installed: neither ffmpeg on PATH nor the package imageio-ffmpeg",
)


@pytest.fixture
def ffmpeg(make_adaptor):
    return make_adaptor("command", "ffmpeg_adaptor")


@pytest.fixture
def pictures(tmp_path):
    """Eight pictures of an odd size, each a little brighter."""
    for i in range(8):
        pixels = bytes([30 * i]) * (33 * 25 * 3)
        (tmp_path / f"p_{i + 3:03}.ppm").write_bytes(b"P6 33 25 255\n" + pixels)
    return tmp_path


def run(ffmpeg, status=0, **data):
    return ffmpeg("run", "--run-data", json.dumps({"pictures": "p_###.ppm", **data}), status=status)


@pytest.mark.parametrize(("name", "magic"), [("v.mp4", b"ftyp"), ("v.gif", b"GIF8")])
def test_pictures_become_a_video(ffmpeg, pictures, progress, name, magic):
    ran = run(ffmpeg, output=name, frames_per_second=4)
    assert magic in (pictures / name).read_bytes()[:12]
    assert progress(ran.stdout)[-1] == 100
    assert sorted(path.name for path in pictures.glob("*v.*")) == [name]


def test_ffmpegs_failure_is_the_commands(ffmpeg, pictures):
    for picture in pictures.glob("*.ppm"):
        picture.write_bytes(b"not a picture")
    process = ffmpeg.popen(
        "run", "--run-data", json.dumps({"pictures": "p_###.ppm", "output": "v.mp4"})
    )
    out, err = process.communicate(timeout=100)
    assert process.returncode not in (0, 2, 119), out
    assert err.count("error: ") == 1
    assert "ffmpeg" in err
    assert list(pictures.glob("*v.*")) == []


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ({"output": "v.doc"}, "unknown format"),
        ({"output": "v.mp4", "pictures": "p_003.ppm"}, "no place for a frame number"),
        ({"output": "v.mp4", "pictures": "q_###.ppm"}, "no picture is named"),
        ({"output": "v.mp4", "frames_per_second": 0}, "frames_per_second"),
    ],
)
def test_bad_input_is_one_error(ffmpeg, pictures, data, said):
    ran = run(ffmpeg, status=2, **data)
    assert ran.stderr.count("error: ") == 1
    assert said in ran.stderr
    assert "Traceback" not in ran.stdout + ran.stderr
