import struct

import pytest

np = pytest.importorskip("numpy", reason="the scene script needs numpy")


@pytest.fixture
def garden(example_path):
    example_path("mitsuba/scenes")
    import garden

    return garden


def test_teapot_has_newells_size(garden):
    points = garden.weld(garden.teapot(8)).points
    assert np.allclose(points.min(axis=0), [-3.0, -2.0, 0.0], atol=0.03)
    assert np.allclose(points.max(axis=0), [3.434, 2.0, 3.15], atol=0.03)


def test_welded_meshes_are_closed_and_have_no_flat_triangles(garden):
    mesh = garden.weld(garden.lathe(garden._TUMBLER, steps=6, around=24, ribs=4))
    edges = np.sort(mesh.faces[:, [0, 1, 1, 2, 2, 0]].reshape(-1, 2), axis=1)
    _, counts = np.unique(edges, axis=0, return_counts=True)
    assert set(counts) == {2}
    a, b, c = (mesh.points[mesh.faces[:, i]] for i in range(3))
    assert np.linalg.norm(np.cross(b - a, c - a), axis=1).min() > 0


def test_scene_is_made_once_and_again_when_its_recipe_changes(garden, tmp_path):
    scene = garden.make(tmp_path / "scene", detail=0.05)
    sand = scene.with_name("sand.ply")
    first = sand.read_bytes()
    count = int(first.split(b"element vertex ")[1].split()[0])
    body = first.index(b"end_header\n") + len(b"end_header\n")
    assert np.isfinite(struct.unpack_from(f"<{3 * count}f", first, body)).all()
    sand.write_bytes(b"kept")
    garden.make(tmp_path / "scene", detail=0.05)
    assert sand.read_bytes() == b"kept"
    garden.make(tmp_path / "scene", detail=0.06)
    assert len(sand.read_bytes()) > len(first)
    garden.make(tmp_path / "scene", detail=0.05)
    assert sand.read_bytes() == first
