"""Files of `radical.saga`, where its program in tests/integration/compat shows nothing."""

import os

import pytest

from juncture import saga
from juncture.compat import saga_filesystem, saga_namespace
from juncture.saga import filesystem


@pytest.fixture
def folder(tmp_path):
    return saga_filesystem.Directory(str(tmp_path))


def test_bytes_that_are_no_text_come_back_as_they_were(folder, tmp_path):
    data = bytes(range(256))
    (tmp_path / "bytes").write_bytes(data)
    file = folder.open("bytes")
    assert file.write(file.read()) == 256
    assert (tmp_path / "bytes").read_bytes() == data
    file.write(b"\xff\r\n")
    assert file.read() == "\udcff\r\n"


def test_a_length_is_one_of_letters(folder, tmp_path):
    (tmp_path / "text").write_text("a\u00fc\u20ac\U0001f600z", encoding="utf-8")
    file = folder.open("text")
    assert [file.read(size) for size in (0, 2, 4, 9)] == ["", "aü", "aü€😀", "aü€😀z"]


def test_calls_with_a_task_type_return_tasks(folder):
    file = folder.open("new", filesystem.CREATE)
    assert file.write("text", saga.ASYNC).get_result() == 4
    assert file.read(ttype=saga.ASYNC).get_result() == "text"
    assert folder.is_dir("new", ttype=saga.SYNC).result is False
    assert folder.open("new", ttype=saga.ASYNC).get_result().read() == "text"
    assert folder.remove("new", saga.ASYNC).get_result() is None
    assert not folder.exists("new")


def test_exclusive_counts_where_something_is_made(folder):
    flags = filesystem.CREATE | filesystem.EXCLUSIVE
    folder.open("new", flags).write("x")
    with pytest.raises(saga.AlreadyExists):
        folder.open("new", flags)
    assert folder.open("new", filesystem.EXCLUSIVE).read() == "x"


def test_append_goes_on_at_the_end(folder):
    file = folder.open("log", filesystem.CREATE | filesystem.APPEND)
    file.write("a")
    file.write("b")
    folder.open("log").write("c", filesystem.APPEND)
    assert file.read() == "abc"


def test_there_is_no_position(folder):
    file = folder.open("new", filesystem.CREATE)
    for call in (file.as_file, lambda: file.seek(1)):
        with pytest.raises(saga.NotImplemented, match="no position"):
            call()


def test_hidden_names_are_listed_for_who_asks(folder, tmp_path):
    (tmp_path / ".hidden").touch()
    assert folder.list() == []
    assert [str(url) for url in folder.list(".*")] == [".hidden"]


def test_a_namespace_replaces_and_forgives_too(tmp_path):
    (tmp_path / "a").write_text("a")
    (tmp_path / "b").write_text("b")
    saga_namespace.Entry(str(tmp_path / "a")).copy("b")
    assert (tmp_path / "b").read_text() == "a"
    folder = saga_namespace.Directory(f"{tmp_path}{os.sep}")
    folder.remove("nothing")
    folder.move("a", "b")
    assert [str(url) for url in folder.list()] == ["b"]
    assert str(folder.get_url()).endswith("/")
    assert str(saga_namespace.Directory(str(tmp_path)).url).endswith(tmp_path.name)
