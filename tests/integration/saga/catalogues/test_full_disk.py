"""A catalogue of SQLite on a real disk that is full: one sentence, nothing half, nothing lost.

Only root can mount the disk.
"""

import itertools
import os
import shutil
import sqlite3
import subprocess
from contextlib import closing, suppress

import pytest

import juncture.saga as rs
from juncture.saga.replica import CREATE, CREATE_PARENTS, RECURSIVE, LogicalDirectory

TEXT = "x" * 3000
ROOM = 16384
"""Bytes: less than the index of a journal takes."""


@pytest.fixture
def disk(tmp_path):
    """The path of a disk of half a MiB."""
    if os.geteuid() != 0:
        pytest.skip("only root mounts disks")
    place = tmp_path / "disk"
    place.mkdir()
    mount = shutil.which("mount") or "mount"
    done = subprocess.run(
        [mount, "-t", "tmpfs", "-o", "size=512k", "none", place], check=False, capture_output=True
    )
    if done.returncode:
        pytest.skip("nothing can be mounted here")
    yield place
    subprocess.run([shutil.which("umount") or "umount", place], check=True)


@pytest.fixture
def root(disk):
    root = LogicalDirectory(f"sqlite://{disk}/c.db", CREATE)
    yield root
    root._adaptor._place.database.close()  # or the disk is in use


def fill(disk, room=0):
    """Fill what is left of a disk, but for some bytes; return what fills it."""
    filler = disk / "filler"
    with open(filler, "wb", buffering=0) as file, suppress(OSError):
        while True:
            file.write(b"x" * 4096)
    os.truncate(filler, filler.stat().st_size - room)
    return filler


def one_sentence(caught):
    assert str(caught.value).count("\n") == 0
    assert "finds no room: the disk is full" in str(caught.value)
    assert "make room" in caught.value.hint


def names(urls):
    return [rs.storage.paths.path_of(url) for url in urls]


def test_each_call_is_done_whole_or_not_at_all(disk, root):
    made_of = {}

    def write():
        for number in itertools.count():
            folder = f"d/{number:03}"
            done = made_of.setdefault(folder, [])
            file = root.open(f"{folder}/f", CREATE | CREATE_PARENTS)
            done.append("file")
            file.set_attribute("text", [TEXT, TEXT])
            done.append("text")
            file.add_location("file:///x")

    with pytest.raises(rs.NoSuccess) as caught:
        write()
    one_sentence(caught)
    for call in (
        lambda: root.make_dir("more/and/more", CREATE_PARENTS),
        lambda: root.copy("d", "copy", RECURSIVE),
        lambda: root.open("d/000/f", rs.replica.READ_WRITE).set_attribute("text", TEXT * 100),
    ):
        with pytest.raises(rs.NoSuccess) as caught:
            call()
        one_sentence(caught)
    root._adaptor._place.database.close()  # and look as another process does

    *whole, (last, parts) = made_of.items()
    assert names(root.list()) == ["d"]
    for folder, _ in whole:
        file = root.open(f"{folder}/f")
        assert file.get_vector_attribute("text") == [TEXT, TEXT]
        assert [str(url) for url in file.list_locations()] == ["file:///x"]
    assert root.exists(last) == ("file" in parts)
    if "file" in parts:
        file = root.open(f"{last}/f")
        assert file.attribute_exists("text") == ("text" in parts)
        assert file.list_locations() == []
    with closing(sqlite3.connect(disk / "c.db")) as raw:
        assert raw.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


def test_there_is_room_again(disk, root):
    root.make_dir("before")
    filler = fill(disk)
    with pytest.raises(rs.NoSuccess) as caught:
        root.open("f", CREATE).set_attribute("text", TEXT)
    one_sentence(caught)
    filler.unlink()
    root.open("f", CREATE).set_attribute("text", TEXT)
    assert names(root.find("*")) == ["before", "f"]


def test_tasks_of_a_container_are_all_done_or_none(disk, root):
    files = [root.open(f"{number}", CREATE) for number in range(10)]
    tasks = [file.set_attribute("text", TEXT * 10, ttype=rs.TASK) for file in files]
    container = rs.task.Container()
    for task in tasks:
        container.add(task)
    fill(disk, ROOM)
    container.run()
    container.wait()
    assert {task.state for task in tasks} == {rs.task.FAILED}
    assert all("the disk is full" in str(task.get_exception()) for task in tasks)
    assert [file.list_attributes() for file in files] == [[]] * 10


@pytest.mark.parametrize("room", [0, ROOM])
def test_a_catalogue_is_not_half_made(disk, room):
    filler = fill(disk, room)
    with pytest.raises(rs.NoSuccess) as caught:
        LogicalDirectory(f"sqlite://{disk}/new.db", CREATE)
    one_sentence(caught)
    assert os.listdir(disk) == ["filler"]
    filler.unlink()
    made = LogicalDirectory(f"sqlite://{disk}/new.db", CREATE)
    assert made.list() == []
    made._adaptor._place.database.close()


@pytest.mark.parametrize("room", [0, ROOM])
def test_a_disk_that_is_full_before_anybody_looks(disk, root, room):
    root.make_dir("before")
    root._adaptor._place.database.close()  # the journal and its index go with the last reader
    assert os.listdir(disk) == ["c.db"]
    filler = fill(disk, room)
    with pytest.raises(rs.NoSuccess) as caught:
        root.list()
    one_sentence(caught)
    filler.unlink()
    assert names(root.list()) == ["before"]
