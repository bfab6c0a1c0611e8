"""Copies between each pair of schemes: trees, containers, and what stands there afterwards."""

import os

import pytest
from testbed.web import PIECE

import juncture.saga as rs
from juncture.saga import filesystem as files
from juncture.saga.filesystem import CREATE, CREATE_PARENTS, OVERWRITE, RECURSIVE

SOURCES = ("local", "http", "ftp", "webdav", "s3", "smb", "zip", "memory")
TARGETS = ("local", "ftp", "webdav", "s3", "smb", "memory")
TREE = {
    "tree/empty": b"",
    "tree/small": b"some bytes\x00\xff\r\n",
    "tree/a blank, a 'quote' & a +": b"blank",
    "tree/ünïcode": b"unicode",
    "tree/100%25.txt": b"percent",
    "tree/below/it/deep": b"deep",
    "tree/large": os.urandom((1 << 20) + 17),
}


@pytest.fixture
def source(request):
    return request.getfixturevalue(f"{request.param}_share")


@pytest.fixture
def target(request):
    return request.getfixturevalue(f"{request.param}_share")


@pytest.mark.parametrize("target", TARGETS, indirect=True)
@pytest.mark.parametrize("source", SOURCES, indirect=True)
def test_a_tree_is_copied_whole(source, target):
    for name, data in TREE.items():
        source.put(name, data)

    files.Directory(source.url()).copy("tree", target.url("copy"), RECURSIVE)

    copied = {f"copy{name[4:]}" for name in TREE}
    assert copied <= set(target.names())
    assert not [name for name in target.names() if name.endswith(".part")]
    for name, data in TREE.items():
        assert target.get(f"copy{name[4:]}") == data, name


@pytest.mark.parametrize("target", TARGETS, indirect=True)
@pytest.mark.parametrize("source", SOURCES, indirect=True)
def test_a_container_copies_and_tells_each_failure(source, target):
    for number in range(20):
        source.put(f"in/{number}", b"%d" % number * 100)
    folder = files.Directory(source.url("in"))
    names = [str(number) for number in range(20)] + ["nothing"]
    bulk = rs.task.Container()
    tasks = [
        folder.copy(name, target.url(f"out/{name}"), CREATE_PARENTS, ttype=rs.TASK)
        for name in names
    ]
    for task in tasks:
        bulk.add(task)

    bulk.run()
    bulk.wait()

    assert [task.state for task in tasks] == [rs.task.DONE] * 20 + [rs.task.FAILED]
    assert isinstance(tasks[-1].exception, rs.DoesNotExist)
    for number in range(20):
        assert target.get(f"out/{number}") == b"%d" % number * 100


@pytest.mark.parametrize("target", [name for name in TARGETS if name != "local"], indirect=True)
def test_what_a_directory_can_do(target):
    root = files.Directory(target.url())
    root.make_dir("a")
    with root.open("a/file", CREATE | files.WRITE) as file:
        file.write(b"0123456789")
    assert [str(name) for name in root.list()] == ["a"]
    assert root.is_dir("a")
    assert root.get_size("a/file") == 10
    with pytest.raises(rs.DoesNotExist):
        root.get_size("b")
    with pytest.raises(rs.AlreadyExists):
        root.make_dir("a", files.EXCLUSIVE)

    root.copy("a/file", "second")
    with pytest.raises(rs.AlreadyExists):
        root.copy("a/file", "second")
    root.move("second", "third")
    assert target.names() == ["a/file", "third"]
    target.put("third", b"other")
    root.copy("third", "a/file", OVERWRITE)
    assert target.get("a/file") == b"other"

    with pytest.raises(rs.BadParameter):
        root.remove("a")
    root.remove("a", RECURSIVE)
    assert target.names() == ["third"]
    root.remove("third")
    assert target.names() == []


@pytest.mark.parametrize("source", SOURCES, indirect=True)
def test_bytes_anywhere(source):
    data = os.urandom(3 * PIECE + 5)
    source.put("some/file", data)
    file = files.File(source.url("some/file"))
    assert file.size == len(data)
    assert file.read(10) == data[:10]
    file.seek(len(data) - 7)
    assert file.read(100) == data[-7:]
    file.seek(PIECE)
    assert file.read() == data[PIECE:]
    assert file.read(10) == b""
    file.seek(len(data) + 50)
    assert file.read(10) == b""


@pytest.mark.parametrize("source", SOURCES, indirect=True)
def test_what_is_not_there_and_what_is_a_directory(source):
    source.put("some/file", b"x")
    with pytest.raises(rs.DoesNotExist):
        files.File(source.url("some/other"))
    with pytest.raises(rs.BadParameter):
        files.File(source.url("some"))
    with pytest.raises(rs.BadParameter):
        files.Directory(source.url("some/file"))
    assert [str(name) for name in files.Directory(source.url("some")).list()] == ["file"]


@pytest.mark.parametrize("source", ["http", "zip"], indirect=True)
def test_what_can_only_be_read_says_so(source, here):
    source.put("some/file", b"x")
    (here / "new").write_bytes(b"new")
    with pytest.raises(rs.NotImplemented, match="can only be read"):
        files.File(f"file://{here}/new").copy(source.url("some/new"))
    with pytest.raises(rs.NotImplemented, match="can only be read"):
        files.Directory(source.url("some")).remove("file")
    assert source.names() == ["some/file"]


@pytest.mark.parametrize("target", ["webdav", "s3", "smb", "memory"], indirect=True)
def test_copies_in_one_place_stay_there(target):
    target.put("a", b"content")
    root = files.Directory(target.url())
    store = root._adaptor._place.store
    top = rs.Url(target.url()).path.rstrip("/")
    pairs = [(f"{top}/nothing", f"{top}/b")]
    assert next(iter(store.copy_within(pairs, replace=False))) is not None
    assert store.copies()
    root.copy("a", "b")
    assert target.get("b") == b"content"
