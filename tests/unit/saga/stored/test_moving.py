"""Moves between stores: nothing goes of which there is no copy, and what was stopped goes on."""

import os

import pytest

import juncture.saga as rs
from juncture.saga import filesystem as fs
from juncture.saga.storage import resume
from juncture.saga.storage.failures import Canceled

DATA = {"a": b"1", "b": b"22", "s/c": b"333", "s/t/d": b"4444"}


@pytest.fixture
def here(tree):
    found = fs.Directory("tree://plain.here/")
    for name, data in DATA.items():
        store_of(found).put(f"/from/{name}", data)
    return found


@pytest.fixture(params=["plain", "bare", "objects"])
def there(request, tree):
    return fs.Directory(f"tree://{request.param}.there/")


def store_of(directory):
    return directory._adaptor._place.store


def contents(directory, folder):
    files = store_of(directory).files(folder)
    return {path.removeprefix(f"{folder}/"): data for path, data in files.items()}


def once(directory, name, then):
    """Have something happen before the first call of a method of the store."""
    store = store_of(directory)
    method = getattr(store, name)

    def call(*arguments, **named):
        setattr(store, name, method)
        then()
        return method(*arguments, **named)

    setattr(store, name, call)


def stop(there):
    """Have a copy to a store stop when some of it is there."""
    left = [2]

    def write(*_arguments):
        left[0] -= 1
        if not left[0]:
            store_of(there).faults.on_write = None
            raise Canceled("it was stopped")

    store_of(there).faults.on_write = write


@pytest.mark.parametrize("name", ["new", "s/new", "s/t/d"])
def test_what_comes_into_a_directory_that_is_moved_is_not_lost(here, name):
    there = fs.Directory("tree://plain.there/")
    # The last thing that a copy does: directories get their times when all is in them.
    once(there, "set_times", lambda: store_of(here).put(f"/from/{name}", b"new"))
    with pytest.raises(rs.NoSuccess, match=r"`/from` on .* was changed while it was moved"):
        here.move("from", f"{there.url}to")
    assert contents(here, "/from") == {**DATA, name: b"new"}
    assert contents(there, "/to") == DATA
    here.move("from", f"{there.url}to", fs.OVERWRITE)
    assert not here.exists("from")
    assert contents(there, "/to") == {**DATA, name: b"new"}


def test_a_file_that_changes_when_it_is_copied_is_not_lost(here):
    there = fs.Directory("tree://plain.there/")
    once(there, "rename", lambda: store_of(here).put("/from/a", b"new"))
    with pytest.raises(rs.NoSuccess, match=r"`/from/a` on .* was changed while it was moved"):
        here.move("from/a", f"{there.url}a")
    assert contents(here, "/from")["a"] == b"new"
    assert there.open("a").read() == b"1"


def test_a_move_that_was_stopped_goes_on(here, there):
    stop(there)
    with pytest.raises(rs.NoSuccess):
        here.move("from", f"{there.url}to")
    assert contents(here, "/from") == DATA
    assert 0 < len(contents(there, "/to")) < len(DATA)
    here.move("from", f"{there.url}to")
    assert contents(there, "/to") == DATA
    assert not here.exists("from")
    assert os.listdir(resume.folder()) == []


def test_a_move_that_goes_on_trusts_no_file_of_the_same_length(here):
    there = fs.Directory("tree://bare.there/")
    stop(there)
    with pytest.raises(rs.NoSuccess):
        here.move("from", f"{there.url}to")
    (name, *_) = contents(there, "/to")
    store_of(there).put(f"/to/{name}", b"x" * len(DATA[name]))
    with pytest.raises(rs.AlreadyExists):
        here.move("from", f"{there.url}to")
    assert contents(here, "/from") == DATA
    here.move("from", f"{there.url}to", fs.OVERWRITE)
    assert contents(there, "/to") == DATA


def test_a_move_that_did_not_begin_does_not_go_on(here):
    there = fs.Directory("tree://plain.there/")
    with pytest.raises(rs.DoesNotExist):
        here.move("from", f"{there.url}none/to")
    there.make_dir("none/to", fs.CREATE_PARENTS)
    here.move("from", f"{there.url}none/to")
    assert contents(there, "/none/to/from") == DATA


def test_what_was_stopped_counts_for_a_week_and_for_one_source(here):
    there = fs.Directory("tree://plain.there/")
    stop(there)
    with pytest.raises(rs.NoSuccess):
        here.move("from", f"{there.url}to")
    done = contents(there, "/to")
    store_of(here).put("/other/a", b"x")
    here.move("other", f"{there.url}to")
    assert contents(there, "/to") == {**done, "other/a": b"x"}
    (note,) = os.scandir(resume.folder())
    with open(note) as file:
        part, began, end = file.read().split("\0")
    with open(note, "w") as file:
        file.write(f"{part}\0{float(began) - 8 * 86400!r}\0{end}")
    here.move("from", f"{there.url}to")
    assert contents(there, "/to/from") == DATA
