"""Bad days of a disk: whatever happens, it is told, and nothing is lost or half there."""

import hashlib
import os
import shutil
import subprocess
from pathlib import Path

import pytest

import juncture.saga as rs
from juncture.saga import filesystem as fs


def content_of(folder):
    """Return the checksum of each file below a directory."""
    return {
        os.path.relpath(os.path.join(place, name), folder): hashlib.sha256(
            Path(place, name).read_bytes()
        ).hexdigest()
        for place, _, names in os.walk(folder)
        for name in names
    }


@pytest.fixture
def disk(tmp_path):
    """Return a function that mounts a small disk, and returns its path."""
    mounted = []

    def mount(*options):
        if os.geteuid() != 0:
            pytest.skip("only root may mount")
        place = tmp_path / f"disk{len(mounted)}"
        place.mkdir()
        done = subprocess.run(
            [
                shutil.which("mount") or "mount",
                "-t",
                "tmpfs",
                "-o",
                ",".join(("size=1m", *options)),
                "none",
                place,
            ],
            check=False,
            capture_output=True,
            text=True,
        )
        if done.returncode:
            pytest.skip(f"a tmpfs cannot be mounted here: {done.stderr.strip()}")
        mounted.append(place)
        return place

    yield mount
    for place in mounted:
        subprocess.run([shutil.which("umount") or "umount", place], check=True)


def test_a_write_that_fails_says_so(put, nobody):
    path = put("f")
    os.chmod(path, 0o644)
    for flags in (fs.WRITE, fs.READ_WRITE, fs.APPEND, fs.TRUNCATE):
        assert "PermissionDenied" in nobody(lambda flags=flags: fs.File(path, flags).write("x"))
    assert Path(path).read_bytes() == b"hallo"


def test_a_device_that_is_always_full():
    with pytest.raises(rs.NoSuccess, match="disk is full"):
        fs.File("/dev/full", fs.WRITE).write(b"x")
    with pytest.raises(rs.NoSuccess, match="disk is full"):
        fs.File("/dev/full", fs.APPEND).write(b"x")


@pytest.mark.parametrize("flags", [0, fs.OVERWRITE])
def test_a_full_disk_keeps_what_was_there_and_nothing_half(here, put, disk, flags):
    small = disk()
    put("big", os.urandom(3 << 20))
    (small / "kept").write_bytes(b"old")
    before = content_of(small)
    target = small / ("kept" if flags else "new")
    with pytest.raises(rs.NoSuccess, match="disk is full"):
        here.copy("big", str(target), flags)
    with pytest.raises(rs.NoSuccess, match="disk is full"):
        here.move("big", str(target), flags)
    assert content_of(small) == before
    assert here.get_size("big") == 3 << 20


def test_a_tree_that_does_not_fit_is_told_and_whole_as_far_as_it_goes(here, put, disk):
    small = disk()
    for number in range(40):
        put(f"d/{number}", os.urandom(100_000))
    with pytest.raises(rs.NoSuccess, match="disk is full"):
        here.copy("d", str(small), fs.RECURSIVE)
    sums = content_of(here.url.path + "/d")
    for name, found in content_of(small / "d").items():
        assert found == sums[name]


def test_a_disk_that_can_only_be_read(here, put, disk):
    put("f")
    small = disk("ro")
    for call in (
        lambda: here.copy("f", str(small)),
        lambda: here.move("f", str(small)),
        lambda: here.make_dir(str(small / "d")),
        lambda: fs.File(str(small / "x"), fs.CREATE),
        lambda: here.link("f", str(small / "l")),
        lambda: here.set_mode(str(small), 0o700),
    ):
        with pytest.raises(rs.SagaException, match="can only be read"):
            call()
    assert here.exists("f")


def test_a_move_to_another_disk(here, put, disk):
    small = disk()
    put("d/f", os.urandom(1000))
    os.symlink("f", here.url.path + "/d/l")
    os.chmod(here.url.path + "/d/f", 0o741)
    before = content_of(here.url.path + "/d")
    here.move("d", str(small))
    assert content_of(small / "d") == before
    assert os.readlink(small / "d" / "l") == "f"
    assert os.stat(small / "d" / "f").st_mode & 0o777 == 0o741
    assert not here.exists("d")
    put("g", b"new")
    (small / "g").write_bytes(b"old")
    with pytest.raises(rs.AlreadyExists):
        here.move("g", str(small))
    assert ((small / "g").read_bytes(), here.exists("g")) == (b"old", True)
    here.move("g", str(small), fs.OVERWRITE)
    assert ((small / "g").read_bytes(), here.exists("g")) == (b"new", False)


def test_permission_denied_half_way(put, tmp_path, nobody):
    for number in range(6):
        os.chmod(put(f"d/{number}", str(number).encode() * 100), 0o644)
    os.chmod(put("d/secret"), 0o600)
    (tmp_path / "t").mkdir()
    (tmp_path / "t").chmod(0o777)
    os.environ["XDG_STATE_HOME"] = str(tmp_path / "t" / "state")
    said = nobody(lambda: fs.Directory(str(tmp_path)).copy("d", "t", fs.RECURSIVE))
    del os.environ["XDG_STATE_HOME"]
    assert "secret" in said
    assert "not for this account" in said
    copied = content_of(tmp_path / "t" / "d")
    assert len(copied) == 6
    assert copied.items() <= content_of(tmp_path / "d").items()


def test_a_tree_of_which_some_cannot_be_removed(put, tmp_path, nobody):
    put("d/mine/f")
    put("d/yours/f")
    for folder in ("d", "d/mine"):
        (tmp_path / folder).chmod(0o777)
    said = nobody(lambda: fs.Directory(str(tmp_path)).remove("d", fs.RECURSIVE))
    assert "PermissionDenied" in said
    assert "yours/f" in said
    assert content_of(tmp_path / "d").keys() == {"yours/f"}


def test_a_directory_that_cannot_be_listed_is_not_empty(tmp_path, nobody):
    (tmp_path / "d").mkdir()
    (tmp_path / "d").chmod(0o711)
    for call in (
        lambda: list(fs.Directory(str(tmp_path / "d")).list()),
        lambda: fs.Directory(str(tmp_path / "d")).size,
        lambda: fs.Directory(str(tmp_path / "d")).get_num_entries(),
    ):
        assert "PermissionDenied" in nobody(call)


def test_a_source_that_may_not_be_read_leaves_nothing(put, tmp_path, nobody):
    os.chmod(put("f"), 0o600)
    (tmp_path / "t").mkdir()
    (tmp_path / "t").chmod(0o777)
    assert "PermissionDenied" in nobody(lambda: fs.File(str(tmp_path / "f")).copy("t"))
    assert os.listdir(tmp_path / "t") == []


def test_links_in_a_circle_end_every_walk(here, put, tmp_path):
    put("d/f")
    os.symlink("..", tmp_path / "d" / "up")
    os.symlink("self", tmp_path / "d" / "self")
    assert here.size == 5
    here.copy("d", "e", fs.RECURSIVE)
    assert os.readlink(tmp_path / "e" / "up") == ".."
    with pytest.raises(rs.SagaException, match="leads back"):
        here.copy("d", "g", fs.RECURSIVE | fs.DEREFERENCE)
    assert (tmp_path / "g" / "f").read_bytes() == b"hallo"
    here.remove("d", fs.RECURSIVE)
    assert sorted(str(url) for url in here.list()) == ["e", "g"]
