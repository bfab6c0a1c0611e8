"""Calls whose tasks are canceled half way: they stop, and every file is somewhere, whole."""

import os

import pytest

import juncture.saga as rs
from juncture.saga import filesystem as fs
from juncture.saga.exceptions import NoSuccess
from juncture.saga.storage import stopping
from juncture.saga.storage.local import LocalStore
from juncture.saga.storage.pipe import Stop
from juncture.saga.storage.sync import Sync

DATA = {f"{number:02}": bytes([number]) * 9000 for number in range(40)}


@pytest.fixture
def here(tree):
    return filled("tree://plain.here/")


def filled(url):
    found = fs.Directory(url)
    for name, data in DATA.items():
        store_of(found).put(f"/from/{name}", data)
    return found


def store_of(directory):
    return directory._adaptor._place.store


def do(task):
    """Do the call of a task in this thread, so that all is over on return."""
    assert task._claim()
    task._queued = True
    task._execute()
    assert task.state == rs.CANCELED


def after(count, then, call):
    """Return a function that does something when it is called for the n-th time."""
    calls = []

    def counted(*arguments, **named):
        calls.append(arguments)
        if len(calls) == count:
            then()
        return call(*arguments, **named) if call is not None else None

    counted.calls = calls
    return counted


def contents(store, folder):
    return {path.rpartition("/")[2]: data for path, data in store.files(folder).items()}


def test_a_move_that_is_canceled_while_it_copies_leaves_the_source(here):
    there = fs.Directory("tree://plain.there/")
    task = here.move("from", "tree://plain.there/to", ttype=rs.TASK)
    hook = after(7, task.cancel, None)
    store_of(there).faults.on_write = hook
    do(task)
    assert contents(store_of(here), "/from") == DATA
    copied = contents(store_of(there), "/to")
    assert copied.items() <= DATA.items()
    assert len(copied) < len(DATA)


def test_a_move_that_is_canceled_when_all_is_copied_ends(here):
    there = fs.Directory("tree://plain.there/")
    task = here.move("from", "tree://plain.there/to", ttype=rs.TASK)
    store = store_of(here)
    store.remove = after(3, task.cancel, store.remove)
    do(task)
    assert contents(store, "/from") == {}
    assert contents(store_of(there), "/to") == DATA


@pytest.mark.parametrize("in_bulk", [False, True])
def test_a_removal_that_is_canceled_stops(here, in_bulk):
    task = here.remove("from", fs.RECURSIVE, rs.TASK)
    store = store_of(here)
    store.remove = after(5, task.cancel, store.remove)
    if in_bulk:
        other = here.remove("from/39", ttype=rs.TASK)
        bulk = rs.task.Container()
        for each in (task, other):
            bulk.add(each)
        bulk.run()
        bulk.wait()
        assert other.state == rs.DONE
        assert len(store.remove.calls) == 6
    else:
        do(task)
        assert len(store.remove.calls) == 5
    assert len(contents(store, "/from")) == len(DATA) - len(store.remove.calls)


def test_a_removal_on_this_host_stops(tmp_path):
    for name in DATA:
        (tmp_path / name).touch()
    stop = Stop()
    stop.set()
    with stopping.until(stop), pytest.raises(NoSuccess, match="canceled"):
        LocalStore().remove_tree(str(tmp_path))
    assert len(os.listdir(tmp_path)) == len(DATA)


def test_a_sync_that_is_canceled_while_it_copies_stops(here):
    there = fs.Directory("tree://plain.there/")
    store_of(there).put("/to/extra")
    task = here.sync("from", "tree://plain.there/to", ttype=rs.TASK, delete=True)
    store_of(there).faults.on_write = after(7, task.cancel, None)
    do(task)
    found = contents(store_of(there), "/to")
    assert found.pop("extra") == b""
    assert found.items() <= DATA.items()
    assert len(found) < len(DATA)


def test_a_sync_that_is_canceled_while_it_removes_stops(here):
    there = fs.Directory("tree://plain.there/")
    store = store_of(there)
    for number in range(20):
        store.put(f"/to/extra{number}")
    task = here.sync("from", "tree://plain.there/to", ttype=rs.TASK, delete=True)
    store.remove = after(4, task.cancel, store.remove)
    do(task)
    assert len(store.remove.calls) == 4
    assert len(contents(store, "/to")) == len(DATA) + 16


def test_a_sync_that_is_canceled_while_it_compares_looks_no_further(here):
    store = store_of(here)
    for folder in range(30):
        store.put(f"/from/deep{folder}/file")
    there = fs.Directory("tree://plain.there/")
    here.copy("from", "tree://plain.there/to", fs.RECURSIVE)
    for dry_run in (True, False):
        task = here.sync("from", "tree://plain.there/to", ttype=rs.TASK, dry_run=dry_run)
        scan = store.scan
        store.scan = after(5, task.cancel, scan)
        do(task)
        assert len(store.scan.calls) == 5
        store.scan = scan
    assert not Sync(store, "/from", store_of(there), "/to").run()


def test_a_copy_of_a_pattern_stops(here):
    there = fs.Directory("tree://plain.there/")
    there.make_dir("to")
    task = here.copy("from/*", "tree://plain.there/to", ttype=rs.TASK)
    store_of(there).faults.on_write = after(7, task.cancel, None)
    do(task)
    copied = contents(store_of(there), "/to")
    assert copied.items() <= DATA.items()
    assert 0 < len(copied) < len(DATA)
