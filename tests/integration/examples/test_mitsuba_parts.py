import math
from pathlib import Path

import pytest

from juncture.errors import DataError, UsageError


@pytest.fixture(autouse=True)
def _importable(example_path):
    example_path("mitsuba")


def task(**data):
    from mitsuba_adaptor.task import RenderTask

    return RenderTask.from_run_data({"output": "/pictures/picture_##.png", **data})


@pytest.mark.parametrize(
    ("text", "frames"),
    [
        ("3", (3,)),
        ("1-4", (1, 2, 3, 4)),
        ("1-9:4,2, 5", (1, 5, 9, 2)),
    ],
)
def test_frames_are_read(text, frames):
    assert task(frames=text).frames == frames


@pytest.mark.parametrize("text", ["", "x", "4-1", "1-4:0", "1,,2", "-3", "1-2-3"])
def test_frames_that_make_no_sense_are_refused(text):
    with pytest.raises(DataError, match="frames"):
        task(frames=text)


def test_frame_number_takes_the_place_of_the_hashes():
    assert task(frame=7).output_of(7) == Path("/pictures/picture_07.png")
    assert task(frame=123).output_of(123) == Path("/pictures/picture_123.png")


def test_paths_are_mapped():
    from mitsuba_adaptor.task import RenderTask

    mapped = RenderTask.from_run_data({"output": "P:/a.exr"}, lambda path: path.replace("P:", "/p"))
    assert mapped.output == Path("/p/a.exr")


def test_a_range_needs_a_place_for_the_number():
    with pytest.raises(DataError, match="3 times") as caught:
        task(output="a.png", frames="1-3")
    assert "a_####.png" in caught.value.hint


def test_unknown_format_is_refused():
    with pytest.raises(DataError, match="unknown format"):
        task(output="a.jpg")


@pytest.mark.parametrize("up", [(0, 0, 1), (0, 1, 0), (1, 0, 0), (0, -2, 0)])
def test_turntable_goes_around_its_target(up):
    from mitsuba_adaptor.camera import view_of

    table = {"target": [1, 2, 3], "radius": 5, "height": 2, "frames": 4, "up": list(up)}
    views = [view_of({"turntable": table}, frame) for frame in range(5)]
    length = math.hypot(*up)
    for view in views:
        arm = [a - b for a, b in zip(view.origin, view.target, strict=True)]
        assert sum(a * u for a, u in zip(arm, up, strict=True)) / length == pytest.approx(2)
        assert math.hypot(*arm) == pytest.approx(math.hypot(5, 2))
    assert math.dist(views[0].origin, views[2].origin) == pytest.approx(10)
    assert math.dist(views[0].origin, views[4].origin) == pytest.approx(0)


@pytest.mark.parametrize(
    "camera",
    [
        {"origin": [0, 0, 1], "target": [0, 0, 0]},
        {"origin": [1, 1, 1], "target": [1, 1, 1]},
        {"origin": [1, 1, 1], "target": [0, 0, 0], "up": [0, 0, 0]},
    ],
)
def test_camera_that_looks_nowhere_is_refused(camera):
    from mitsuba_adaptor.camera import view_of

    with pytest.raises(DataError, match="camera"):
        view_of(camera, 0)


@pytest.mark.parametrize("samples", [1, 7, 20, 33, 1000])
def test_passes_add_up(samples):
    from mitsuba_adaptor.renderer import pass_sizes

    sizes = pass_sizes(samples)
    assert sum(sizes) == samples
    assert max(sizes) - min(sizes) <= 1
    assert min(sizes) >= 1


def test_a_picture_appears_when_it_is_complete(tmp_path):
    from mitsuba_adaptor.picture import new_picture

    output = tmp_path / "a.png"
    with new_picture(output) as unfinished:
        unfinished.write_bytes(b"new")
        assert not output.exists()
    assert output.read_bytes() == b"new"
    assert list(tmp_path.iterdir()) == [output]


def test_an_unfinished_picture_leaves_the_old_one(tmp_path):
    from mitsuba_adaptor.picture import new_picture

    output = tmp_path / "a.png"
    output.write_bytes(b"old")

    def interrupted():
        with new_picture(output) as unfinished:
            unfinished.write_bytes(b"half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert output.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [output]


def test_a_place_that_cannot_be_written_is_known_at_once(tmp_path):
    from mitsuba_adaptor.picture import new_picture

    with (
        pytest.raises(UsageError, match="cannot be written"),
        new_picture(tmp_path / "no" / "a.png"),
    ):
        pytest.fail("the picture was begun")
