"""Files and directories of any store: what a back end lacks is said, and the rest works."""

import gc

import pytest

import juncture.saga as rs
from juncture.saga import filesystem as fs

HOSTS = ["plain", "bare", "objects"]


@pytest.fixture(params=HOSTS)
def here(request, tree):
    return fs.Directory(f"tree://{request.param}/")


def test_a_file_is_written_from_its_beginning_to_its_end(here):
    with here.open("f", fs.CREATE | fs.WRITE) as file:
        for piece in ("one", b"two", "three"):
            file.write(piece)
    assert here.open("f").read() == b"onetwothree"
    assert here.get_size("f") == here.size == 11


def test_ranges_can_be_read_everywhere(here):
    here.open("f", fs.CREATE).write(b"0123456789")
    file = here.open("f")
    assert file.read_v([(8, 9), (0, 2)]) == [b"89", b"01"]
    assert file.seek(-2, fs.END) == 8
    assert file.read() == b"89"


def test_what_a_store_cannot_write_is_said_and_changes_nothing(here):
    here.open("f", fs.CREATE | fs.WRITE).write(b"0123")
    file = here.open("f", fs.READ_WRITE)
    file.seek(2)
    with pytest.raises(rs.NotImplemented, match="from the beginning to the end"):
        file.write(b"x")
    with pytest.raises(rs.NotImplemented, match="cannot be cut"):
        file.truncate(1)
    assert file.read() == b"23"
    file.truncate(0)
    assert file.size == 0


def test_appending_where_a_store_appends(tree):
    for host, works in [("plain", True), ("bare", False), ("objects", False)]:
        here = fs.Directory(f"tree://{host}/")
        with here.open("f", fs.CREATE | fs.WRITE) as file:
            file.write(b"one")
        file = here.open("f", fs.APPEND)
        if works:
            file.write(b"two")
            file.close()
            assert here.open("f").read() == b"onetwo"
        else:
            with pytest.raises(rs.NotImplemented):
                file.write(b"two")
            assert here.open("f").read() == b"one"


def test_locks_permissions_and_links_that_a_store_has_not(here):
    here.open("f", fs.CREATE).close()
    with pytest.raises(rs.NotImplemented, match="lock"):
        here.open("f", fs.LOCK | fs.READ)
    if here.url.host == "plain":
        return
    for call in (
        lambda: here.get_mode("f"),
        lambda: here.get_owner("f"),
        lambda: here.permissions_allow("f", "*", rs.permissions.READ),
        lambda: here.link("f", "l"),
    ):
        with pytest.raises(rs.NotImplemented):
            call()


@pytest.mark.parametrize("target", HOSTS)
def test_copies_between_any_two(here, target):
    there = fs.Directory(f"tree://{target}.other/")
    content = bytes(range(256)) * 2000
    here.make_dir("d")
    for name, data in (("d/small", b"x"), ("d/large", content), ("d/empty", b"")):
        with here.open(name, fs.CREATE | fs.WRITE) as file:
            file.write(data)
    here.copy("d", there.url, fs.RECURSIVE)
    assert there.open("d/large").read() == content
    here.copy("d/small", f"tree://{target}.other/a/b", fs.CREATE_PARENTS)
    assert there.open("a/b").read() == b"x"
    with pytest.raises(rs.AlreadyExists):
        here.copy("d/large", f"tree://{target}.other/a/b")
    assert there.open("a/b").read() == b"x"


def test_a_move_between_two_leaves_one(here):
    there = fs.Directory(f"tree://{here.url.host}.other/")
    file = here.open("f", fs.CREATE | fs.READ_WRITE)
    file.write(b"hallo")
    file.move(f"tree://{here.url.host}.other/g")
    assert (str(file.url), file.read(2)) == (f"tree://{here.url.host}.other/g", b"")
    file.seek(0)
    assert file.read() == b"hallo"
    assert not here.exists("f")
    assert there.exists("g")


def test_a_move_between_two_replaces_no_directory(here):
    there = fs.Directory(f"tree://{here.url.host}.other/")
    there.make_dir("d")
    here.make_dir("d")
    here.open("d/f", fs.CREATE).close()
    with pytest.raises(rs.AlreadyExists):
        here.move("d", there.url, fs.OVERWRITE)
    assert (here.exists("d/f"), list(there.find("*"))) == (True, list(there.list()))


def test_to_and_from_this_host(here, tmp_path):
    (tmp_path / "f").write_bytes(b"hallo")
    here.copy(f"file://{tmp_path}/f", "g")
    assert here.open("g").read() == b"hallo"
    here.copy("g", f"file://{tmp_path}/h")
    assert (tmp_path / "h").read_bytes() == b"hallo"
    fs.File(str(tmp_path / "f")).copy(here.url, fs.OVERWRITE)
    assert here.open("f").read() == b"hallo"
    with pytest.raises(rs.BadParameter, match="cannot lead"):
        here.link(f"file://{tmp_path}/f", "l")


def test_one_container_to_several_places(here, tmp_path):
    with here.open("f", fs.CREATE) as file:
        file.write(b"hallo")
    bulk = rs.task.Container()
    targets = [f"tree://plain.{number}/f" for number in range(3)] + [f"file://{tmp_path}/f"]
    for target in targets:
        bulk.add(here.copy("f", target, rs.task.TASK))
    bulk.add(here.copy("f", "tree://gone/f", rs.task.TASK))
    bulk.run()
    bulk.wait()
    assert list(bulk.states) == [rs.DONE] * 4 + [rs.FAILED]
    assert all(fs.File(target).read() == b"hallo" for target in targets)


def test_objects_of_one_place_share_a_store(tree):
    one = fs.Directory("tree://plain.1/")
    two = one.open("f", fs.CREATE)
    assert fs.Directory("tree://PLAIN.1/")._adaptor._place.store is one._adaptor._place.store
    assert two._adaptor._place.store is one._adaptor._place.store
    session = rs.Session(default=False)
    other = fs.Directory("tree://plain.1/", session=session)
    assert other._adaptor._place.store is not one._adaptor._place.store


def test_stores_that_nobody_uses_go(tree):
    held = fs.Directory("tree://plain.held/")
    held.open("f", fs.CREATE).close()
    for number in range(30):
        fs.Directory(f"tree://plain.{number}/")
    gc.collect()
    assert len(tree._stores) - len(tree._kept) <= 1
    assert held.exists("f")
    assert fs.File("tree://plain.held/f")._adaptor._place.store is held._adaptor._place.store


def test_what_was_written_is_kept_although_nobody_closed_the_file(here):
    here.open("f", fs.CREATE).write(b"hallo")
    gc.collect()
    assert here.open("f").read() == b"hallo"


def test_what_cannot_be_kept_of_a_file_that_nobody_closed_is_logged(tree, caplog):
    here = fs.Directory("tree://objects/")
    here.open("f", fs.CREATE).write(b"hallo")
    file = here.open("f", fs.TRUNCATE)
    file.write(b"x")
    here._adaptor._place.store.nodes.clear()
    del file
    gc.collect()
    assert "lost" in caplog.text


def test_an_adaptor_without_open_store(engine):
    engine.register_adaptor("adaptors.saga.storeless_file")
    with pytest.raises(rs.NotImplemented, match="open_store"):
        fs.File("storeless://host/f")


def test_files_that_no_store_has_cannot_be_copied_from_others(engine, tmp_path):
    engine.register_adaptor("docs.saga_chapter.local_file")
    (tmp_path / "f").touch()
    with pytest.raises(rs.IncorrectURL, match="cannot be reached"):
        fs.File(str(tmp_path / "f")).copy("localfile://host/f")
