"""Make the demo's scene: a glazed teapot, a copper knot and a ribbed glass in a raked sand garden.

The scene description is `garden.xml` beside this file; its geometry (4 million triangles, 75 MB)
and its sky are too large for a repository and quick to compute, so this script computes them,
always the same:

    python examples/mitsuba/scenes/garden.py DIRECTORY

writes `DIRECTORY/scene.xml` and what it names. The teapot is Martin Newell's of 1975, rebuilt here
from its profile curves: lathe work, a handle and a spout. Everything else is this file's own.
Nothing here needs Mitsuba: meshes are written as binary PLY, the sky as PFM.
"""

from __future__ import annotations

import argparse
import hashlib
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

_STAMP = "made-by.sha256"
_DESCRIPTION = Path(__file__).with_name("garden.xml")

# Newell's curves: cubic Bézier segments that share end points. Lathe curves are (radius, height).
_BODY = [
    *[(1.4, 2.4), (1.3375, 2.53125), (1.4375, 2.53125), (1.5, 2.4)],
    *[(1.75, 1.875), (2.0, 1.35), (2.0, 0.9)],
    *[(2.0, 0.45), (1.5, 0.225), (1.5, 0.15)],
    *[(1.5, 0.075), (1.425, 0.0), (0.0, 0.0)],
]
_LID = [
    *[(0.0, 3.15), (0.8, 3.15), (0.0, 2.85), (0.2, 2.7)],
    *[(0.4, 2.55), (1.3, 2.55), (1.3, 2.4)],
]
# Swept parts: (x, z) of the curve along one side, of the curve along the other, and the half width.
_HANDLE = [
    *[((-1.6, 2.025), (-1.5, 2.25), 0.3), ((-2.3, 2.025), (-2.5, 2.25), 0.3)],
    *[((-2.7, 2.025), (-3.0, 2.25), 0.3), ((-2.7, 1.8), (-3.0, 1.8), 0.3)],
    *[((-2.7, 1.575), (-3.0, 1.35), 0.3), ((-2.5, 1.125), (-2.65, 0.9375), 0.3)],
    ((-2.0, 0.9), (-1.9, 0.6), 0.3),
]
_SPOUT = [
    *[((1.7, 1.425), (1.7, 0.6), 0.66), ((2.6, 1.425), (3.1, 0.825), 0.66)],
    *[((2.3, 2.1), (2.4, 2.025), 0.25), ((2.7, 2.4), (3.3, 2.4), 0.25)],
    *[((2.8, 2.475), (3.525, 2.49375), 0.25), ((2.9, 2.475), (3.45, 2.5125), 0.15)],
    ((2.8, 2.4), (3.2, 2.4), 0.15),
]
# A tumbler: outside from the foot up, over the lip, inside down to a thick base.
_TUMBLER = [
    *[(0.0, 0.0), (0.3, 0.0), (0.6, 0.0), (0.74, 0.03)],
    *[(0.82, 0.06), (0.84, 0.3), (0.86, 0.6)],
    *[(0.92, 1.2), (0.98, 1.7), (1.02, 2.1)],
    *[(1.02, 2.16), (0.95, 2.16), (0.94, 2.1)],
    *[(0.9, 1.6), (0.84, 1.1), (0.78, 0.6)],
    *[(0.72, 0.4), (0.4, 0.36), (0.0, 0.36)],
]


class Mesh(NamedTuple):
    """Points (n, 3) and triangles (m, 3)."""

    points: Floats
    faces: NDArray[np.int32]


class Place(NamedTuple):
    """Where an object stands, and the radius around which the sand is raked."""

    x: float
    y: float
    radius: float


TEAPOT = Place(0.0, 0.35, 2.3)
KNOT = Place(2.9, -2.9, 1.3)
TUMBLER = Place(-2.5, -2.75, 1.05)
STONES = (Place(4.9, 1.9, 0.75), Place(-4.4, 2.2, 0.95), Place(-4.9, 0.75, 0.5))


def bezier(controls: Floats, steps: int) -> Floats:
    """Points along joined cubic segments: `controls` is (3 k + 1, dimensions)."""
    t = np.linspace(0.0, 1.0, steps + 1)[:, None]
    weights = np.hstack([(1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t**2 * (1 - t), t**3])
    segments = [weights @ controls[i : i + 4] for i in range(0, len(controls) - 1, 3)]
    return np.vstack([segments[0], *[points[1:] for points in segments[1:]]])


def grid(points: Floats) -> Mesh:
    """A mesh from points laid out in rows and columns: (rows, columns, 3)."""
    rows, columns = points.shape[:2]
    index = np.arange(rows * columns, dtype=np.int32).reshape(rows, columns)
    a, b, c, d = index[:-1, :-1], index[:-1, 1:], index[1:, 1:], index[1:, :-1]
    faces = np.concatenate([np.stack(t, -1).reshape(-1, 3) for t in ((a, b, c), (a, c, d))])
    return Mesh(points.reshape(-1, 3), faces)


def join(*meshes: Mesh) -> Mesh:
    """Several meshes as one."""
    offsets = np.cumsum([0, *[len(mesh.points) for mesh in meshes[:-1]]])
    faces = [mesh.faces + int(offset) for mesh, offset in zip(meshes, offsets, strict=True)]
    return Mesh(np.vstack([mesh.points for mesh in meshes]), np.vstack(faces).astype(np.int32))


def weld(mesh: Mesh) -> Mesh:
    """Make one point of those that coincide (seams, poles); drop the triangles that flattens.

    Without it Mitsuba finds no normal at a pole, and a seam shows as a crease.
    """
    _, first, renumber = np.unique(
        np.round(mesh.points, 6), axis=0, return_index=True, return_inverse=True
    )
    faces = renumber.reshape(-1)[mesh.faces].astype(np.int32)
    a, b, c = faces.T
    return Mesh(mesh.points[first], faces[(a != b) & (b != c) & (c != a)])


def stand(mesh: Mesh, place: Place, *, turn: float = 0.0, height: float = 0.0) -> Mesh:
    """Turn a mesh about its own axis (degrees) and put it in its place."""
    c, s = np.cos(np.radians(turn)), np.sin(np.radians(turn))
    turned = mesh.points @ np.array([[c, s, 0.0], [-s, c, 0.0], [0.0, 0.0, 1.0]])
    return Mesh(turned + np.array([place.x, place.y, height]), mesh.faces)


def lathe(profile: list[tuple[float, float]], *, steps: int, around: int, ribs: int = 0) -> Mesh:
    """Turn a profile about the z axis; `ribs` flutes its outside between foot and lip."""
    curve = bezier(np.array(profile), steps)
    angle = np.linspace(0.0, 2 * np.pi, around + 1)
    radius = np.repeat(curve[:, :1], around + 1, axis=1)
    height = np.repeat(curve[:, 1:], around + 1, axis=1)
    if ribs:
        outside = np.arange(len(curve))[:, None] < 3.0 * steps
        fade = np.clip((height - 0.15) / 0.5, 0, 1) * np.clip((1.9 - height) / 0.4, 0, 1)
        radius = radius + outside * fade * 0.035 * np.cos(ribs * angle)
    return grid(np.stack([radius * np.cos(angle), radius * np.sin(angle), height], axis=-1))


def sweep(part: list[tuple[tuple[float, float], tuple[float, float], float]], steps: int) -> Mesh:
    """A handle or a spout: two half tubes between two curves, mirrored at y = 0."""
    sides = []
    for sign in (-1.0, 1.0):
        rows = [
            [(p[0], 0.0, p[1]), (p[0], sign * w, p[1]), (q[0], sign * w, q[1]), (q[0], 0.0, q[1])]
            for p, q, w in part
        ]
        along = bezier(np.array(rows).reshape(len(rows), 12), steps).reshape(-1, 4, 3)
        across = np.stack([bezier(section, steps) for section in along])
        sides.append(grid(across[:, ::-1] if sign > 0 else across))
    return join(*sides)


def teapot(steps: int) -> Mesh:
    """Newell's teapot; 90 `steps`² triangles or so."""
    around = 6 * steps
    return join(
        lathe(_BODY, steps=steps, around=around),
        lathe(_LID, steps=steps, around=around),
        sweep(_HANDLE, steps),
        sweep(_SPOUT, steps),
    )


def knot(around: int, across: int) -> Mesh:
    """A trefoil knot of hammered metal, standing on the sand."""
    t = np.linspace(0.0, 2 * np.pi, around + 1)[:, None]
    line = np.hstack(
        [np.sin(t) + 2 * np.sin(2 * t), np.cos(t) - 2 * np.cos(2 * t), -1.15 * np.sin(3 * t)]
    )
    tangent = np.gradient(line, axis=0)
    tangent[0] = tangent[-1] = line[1] - line[-2]
    tangent /= np.linalg.norm(tangent, axis=1, keepdims=True)
    side = np.cross(tangent, [0.0, 0.0, 1.0])
    side /= np.linalg.norm(side, axis=1, keepdims=True)
    other = np.cross(side, tangent)
    a = np.linspace(0.0, 2 * np.pi, across + 1)[None, :]
    dents = np.cos(34 * t + 3 * np.sin(5 * a)) * np.cos(7 * a + 2 * np.sin(9 * t))
    radius = 0.62 * (1 + 0.018 * dents)
    ring = side[:, None] * np.cos(a)[..., None] + other[:, None] * np.sin(a)[..., None]
    return grid((line[:, None] + radius[..., None] * ring) * 0.42)


def stone(around: int, *, size: Place, seed: int) -> Mesh:
    """A river pebble: an ellipsoid with a few smooth lobes."""
    random = np.random.default_rng(seed)
    v = np.linspace(0.0, np.pi, around // 2 + 1)[:, None]
    u = np.linspace(0.0, 2 * np.pi, around + 1)[None, :]
    unit = np.stack([np.sin(v) * np.cos(u), np.sin(v) * np.sin(u), np.cos(v) + 0 * u], -1)
    lobes = np.sum(np.sin(unit @ random.normal(0, 1.7, (3, 6)) + random.uniform(0, 6, 6)), -1)
    shape = size.radius * np.array([0.95, 0.75, 0.55])
    return grid(unit * (1 + 0.05 * lobes)[..., None] * shape)


def grain(shape: tuple[int, int], seed: int) -> Floats:
    """Noise whose detail falls off as wind-blown sand's does, of standard deviation 1."""
    random = np.random.default_rng(seed)
    frequency = np.hypot(np.fft.fftfreq(shape[0])[:, None], np.fft.rfftfreq(shape[1])[None, :])
    spectrum = np.fft.rfft2(random.normal(size=shape)) / np.maximum(frequency, 0.02) ** 0.6
    noise = np.fft.irfft2(spectrum, s=shape)
    return np.asarray((noise - noise.mean()) / noise.std())


def sand(cells: int, reach: float) -> Mesh:
    """The garden's floor: straight furrows, and rings around whatever stands in it."""
    even = np.linspace(-1.0, 1.0, cells + 1)
    axis = reach * (0.2 * even + 0.8 * even**5)  # fine in the middle, coarse far off
    x, y = np.meshgrid(axis, axis)
    places = (TEAPOT, KNOT, TUMBLER, *STONES)
    away = np.min([np.hypot(x - p.x, y - p.y) - p.radius for p in places], axis=0)
    rings = np.cos(2 * np.pi * away / 0.36)
    lines = np.cos(2 * np.pi * (y + 0.12 * np.sin(0.7 * x)) / 0.36)
    near = np.clip((1.41 - away) / 0.12, 0, 1)
    raked = np.clip(away / 0.2, 0, 1) * np.clip((15.0 - np.hypot(x, y)) / 3.0, 0, 1)
    height = 0.065 * raked * (near * rings + (1 - near) * lines) + 0.0015 * grain(x.shape, seed=7)
    return grid(np.stack([x, y, height], axis=-1))


def sky(height: int) -> NDArray[np.float32]:
    """An evening sky, latitude by longitude: a low warm light, a tall cool one, a soft dome."""
    v, u = np.mgrid[0.5:height, 0.5 : 2 * height] / height
    up, around = 90.0 - 180.0 * v, 180.0 * u
    dome = np.clip(up / 90.0, 0, 1)[..., None]
    image = (1 - dome) * [0.55, 0.46, 0.40] + dome * [0.26, 0.34, 0.48]
    image = np.where((up < 0)[..., None], [0.10, 0.09, 0.085], image)
    for place, extent, colour in (
        ((36.0, 70.0), (18.0, 24.0), (7.6, 6.1, 4.5)),
        ((34.0, 225.0), (24.0, 12.0), (1.5, 2.2, 3.3)),
        ((30.0, 320.0), (9.0, 24.0), (1.6, 1.5, 1.4)),
    ):
        east = (around - place[1] + 180.0) % 360.0 - 180.0
        inside = np.maximum(np.abs(up - place[0]) / extent[0], np.abs(east) / extent[1])
        image += np.clip((1.08 - inside) / 0.16, 0, 1)[..., None] * colour
    return image.astype(np.float32)


def write_ply(path: Path, mesh: Mesh) -> None:
    """Write binary little-endian PLY; Mitsuba computes the smooth normals when it loads it."""
    faces = np.empty(len(mesh.faces), dtype=[("n", "u1"), ("v", "<i4", 3)])
    faces["n"], faces["v"] = 3, mesh.faces
    header = (
        "ply\nformat binary_little_endian 1.0\n"
        f"element vertex {len(mesh.points)}\n"
        "property float x\nproperty float y\nproperty float z\n"
        f"element face {len(mesh.faces)}\nproperty list uchar int vertex_indices\nend_header\n"
    )
    path.write_bytes(header.encode() + mesh.points.astype("<f4").tobytes() + faces.tobytes())


def write_pfm(path: Path, image: NDArray[np.float32]) -> None:
    """Write a portable float map (rows run from the bottom up)."""
    header = f"PF\n{image.shape[1]} {image.shape[0]}\n-1.0\n"
    path.write_bytes(header.encode() + image[::-1].astype("<f4").tobytes())


def make(directory: Path, *, detail: float = 1.0) -> Path:
    """Make the scene unless this very script has made it there already.

    Args:
        directory: Where; made if missing.
        detail: 1 for the demo; less for coarser meshes (0.1 makes 40,000 triangles, for tests).

    Returns:
        The scene file, `directory/scene.xml`.
    """
    scene, stamp = directory / "scene.xml", directory / _STAMP
    recipe = Path(__file__).read_bytes() + _DESCRIPTION.read_bytes() + str(detail).encode()
    digest = hashlib.sha256(recipe).hexdigest()
    if stamp.exists() and stamp.read_text() == digest:
        return scene
    directory.mkdir(parents=True, exist_ok=True)
    stamp.unlink(missing_ok=True)

    def count(full: int) -> int:
        return max(4, round(full * detail))

    stones = [
        stand(
            stone(count(160), size=place, seed=i), place, turn=40.0 * i, height=0.3 * place.radius
        )
        for i, place in enumerate(STONES)
    ]
    tumbler = lathe(_TUMBLER, steps=count(40), around=count(720), ribs=24)
    meshes = {
        "sand": sand(count(1300), 60.0),
        "teapot": stand(teapot(count(24)), TEAPOT, turn=-28.0, height=0.01),
        "knot": stand(knot(count(900), count(120)), KNOT, turn=15.0, height=0.62),
        "tumbler": stand(tumbler, TUMBLER, height=0.02),
        "stones": join(*stones),
    }
    for name, mesh in meshes.items():
        write_ply(directory / f"{name}.ply", mesh if name == "sand" else weld(mesh))
    write_pfm(directory / "sky.pfm", sky(256))
    shutil.copyfile(_DESCRIPTION, scene)
    stamp.write_text(digest)  # last: a scene half made is made again
    return scene


def main() -> None:
    """Make the scene in the directory named on the command line."""
    parser = argparse.ArgumentParser(description="Make the garden scene.")
    parser.add_argument("directory", type=Path)
    parser.add_argument(
        "--detail", type=float, default=1.0, help="fineness of the meshes (default 1)"
    )
    arguments = parser.parse_args()
    print(make(arguments.directory, detail=arguments.detail))


if __name__ == "__main__":
    main()
