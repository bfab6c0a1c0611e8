"""Copies onto real disks that are full or can only be read: what was there stays, and nothing half.

Each test compares checksums after the fault; only root can mount the disks.
"""

import contextlib
import hashlib
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from juncture.saga.exceptions import NoSuccess, PermissionDenied
from juncture.saga.storage.local import LocalStore
from juncture.saga.storage.store import Store
from juncture.saga.storage.transfer import Request, Transfer

SMALL = 4096
COUNT = 400
OLD = b"what was there"
CHECKED = pytest.mark.parametrize("checksum", [None, "sha256"])


def mount(*words):
    """Mount something, or skip the test."""
    if os.geteuid() != 0:
        pytest.skip("only root mounts disks")
    done = subprocess.run(["mount", *words], check=False, capture_output=True)  # noqa: S607
    if done.returncode:
        pytest.skip("nothing can be mounted here")


@dataclass
class Disk:
    """A disk of one MiB: as its store sees it, and as root sees it from here."""

    store: Store
    path: str
    here: Path

    def sums(self):
        """Return the checksum of each file."""
        return {
            str(path.relative_to(self.here)): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in self.here.rglob("*")
            if path.is_file() and not path.is_symlink()
        }

    def seal(self):
        """Let nobody write any more."""
        mount("-o", "remount,ro", str(self.here))


@pytest.fixture(params=["local", "ssh"])
def disk(request, tmp_path):
    with contextlib.ExitStack() as left:
        if request.param == "local":
            store, here, owner = LocalStore(), tmp_path / "disk", 0
        else:
            place = request.getfixturevalue("place_on")()
            store, here, owner = place.store, place.here / "disk", place.here.stat().st_uid
        here.mkdir()
        mount("-t", "tmpfs", "-o", f"size=1m,uid={owner},mode=755", "none", str(here))
        left.callback(subprocess.run, ["umount", "-l", here], check=True)
        yield Disk(store, str(here), here)


@pytest.fixture
def here(tmp_path, monkeypatch):
    """Return a store of this host, whose notes of transfers are the test's own."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    return LocalStore()


@pytest.fixture
def source(tmp_path):
    """Return a directory with more small files than the disk holds."""
    top = tmp_path / "source"
    top.mkdir()
    for number in range(COUNT):
        (top / f"{number:03}").write_bytes(os.urandom(SMALL))
    return top


def sum_of(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


@CHECKED
def test_small_files_find_no_room(here, disk, source, checksum):
    (disk.here / "000").write_bytes(OLD)
    names = sorted(os.listdir(source))
    requests = [
        Request(here, str(source / name), disk.store, f"{disk.path}/{name}", replace=True)
        for name in names
    ]
    outcomes = Transfer(requests, checksum=checksum).run()
    done = [name for name, outcome in zip(names, outcomes, strict=True) if outcome is None]
    assert 0 < len(done) < COUNT
    told = {outcome.message for outcome in outcomes if outcome is not None}
    assert all("the disk is full" in text for text in told)
    expected = {name: sum_of(source / name) for name in done}
    assert disk.sums() == {"000": hashlib.sha256(OLD).hexdigest()} | expected


@CHECKED
def test_a_tree_finds_no_room(here, disk, source, checksum):
    request = Request(here, str(source), disk.store, f"{disk.path}/new", recursive=True)
    (outcome,) = Transfer([request], checksum=checksum).run()
    assert isinstance(outcome, NoSuccess)
    assert "the disk is full" in outcome.message
    found = disk.sums()
    assert found
    assert found == {name: sum_of(source / Path(name).name) for name in found}


@pytest.mark.parametrize("size", [200 << 10, 3 << 20], ids=["small", "large"])
@CHECKED
def test_a_file_that_finds_no_room_leaves_what_was_there(here, disk, tmp_path, checksum, size):
    (disk.here / "file").write_bytes(OLD)
    (disk.here / "ballast").write_bytes(bytes(900 << 10))
    before = disk.sums()
    data = tmp_path / "data"
    data.write_bytes(os.urandom(size))
    path = f"{disk.path}/file"
    request = Request(here, str(data), disk.store, path, replace=True)
    (outcome,) = Transfer([request], checksum=checksum).run()
    assert isinstance(outcome, NoSuccess)
    assert "the disk is full" in outcome.message
    assert disk.sums() == before
    (disk.here / "ballast").unlink()
    if size < 1 << 20:
        assert Transfer([request], checksum=checksum).run() == [None]
        assert disk.sums() == {"file": sum_of(data)}


def test_copies_on_a_full_disk(disk):
    (disk.here / "file").write_bytes(os.urandom(300 << 10))
    (disk.here / "other").write_bytes(OLD)
    (disk.here / "ballast").write_bytes(bytes(600 << 10))
    before = disk.sums()
    paths = f"{disk.path}/file", disk.store, f"{disk.path}/other"
    for checksum in (None, "sha256"):
        request = Request(disk.store, *paths, replace=True)
        (outcome,) = Transfer([request], checksum=checksum).run()
        assert isinstance(outcome, NoSuccess)
        assert disk.sums() == before


@CHECKED
@pytest.mark.parametrize("size", [1000, 600 << 10], ids=["small", "large"])
def test_a_disk_that_can_only_be_read(here, disk, tmp_path, checksum, size):
    (disk.here / "file").write_bytes(OLD)
    before = disk.sums()
    tree = tmp_path / "tree"
    (tree / "sub").mkdir(parents=True)
    (tree / "sub" / "data").write_bytes(os.urandom(size))
    disk.seal()
    one = Request(here, str(tree / "sub" / "data"), disk.store, f"{disk.path}/file", replace=True)
    whole = Request(here, str(tree), disk.store, f"{disk.path}/new", recursive=True)
    for outcome in Transfer([one, whole], checksum=checksum).run():
        assert isinstance(outcome, PermissionDenied)
    assert disk.sums() == before
