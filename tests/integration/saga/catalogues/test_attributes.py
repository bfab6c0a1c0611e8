"""Attributes of logical files and directories, and searches by them."""

import pytest
from testbed import file_names

import juncture.saga as rs
from juncture.saga.replica import CREATE, CREATE_PARENTS, DEREFERENCE, READ, READ_WRITE, RECURSIVE


def texts(urls):
    return [rs.storage.paths.path_of(url) for url in urls]


@pytest.fixture
def file(root):
    return root.open("f", CREATE)


def test_set_get_list_remove(file, root):
    file.set_attribute("run", "17")
    file.set_attribute("mass", 1.5)
    file.set_vector_attribute("tags", ("a", "b"))
    file.set_attribute("none", [])
    assert file.get_attribute("mass") == "1.5"
    assert file.get_vector_attribute("tags") == ["a", "b"]
    assert file.get_vector_attribute("none") == []
    again = root.open("f")
    assert again.list_attributes() == ["mass", "none", "run", "tags"]
    file.set_attribute("tags", "one text")
    assert again.get_attribute("tags") == "one text"
    file.remove_attribute("tags")
    assert again.list_attributes() == ["mass", "none", "run"]


def test_what_there_is_not(file):
    for call in (file.get_attribute, file.get_vector_attribute, file.remove_attribute):
        with pytest.raises(rs.DoesNotExist, match="no attribute `x`"):
            call("x")
    assert not file.attribute_exists("x")
    assert file.find_attributes("*") == []


def test_texts_and_lists_are_not_mixed_up(file):
    file.set_attribute("text", "t")
    file.set_attribute("list", ["t"])
    with pytest.raises(rs.IncorrectState, match="holds a list"):
        file.get_attribute("list")
    with pytest.raises(rs.IncorrectState, match="holds no list"):
        file.get_vector_attribute("text")
    with pytest.raises(rs.BadParameter, match="holds a list"):
        file.set_vector_attribute("x", "text")
    assert (file.attribute_is_vector("list"), file.attribute_is_vector("text")) == (True, False)


@pytest.mark.parametrize("key", ["", "a=b", 17, None])
def test_names_that_no_attribute_has(file, key):
    with pytest.raises(rs.BadParameter, match="name of an attribute"):
        file.set_attribute(key, "x")


@pytest.mark.parametrize("value", [None, {"a": 1}, ["a", None], b"x", object()])
def test_values_that_no_attribute_has(file, value):
    file.set_attribute("x", "before")
    with pytest.raises(rs.BadParameter, match="holds text"):
        file.set_attribute("x", value)
    assert file.get_attribute("x") == "before"


@pytest.mark.parametrize("text", [*file_names.NAMES, "", "\0 nul", "y" * 100_000], ids=repr)
def test_any_text(file, root, text):
    file.set_attribute("value", text)
    assert file.get_attribute("value") == text
    assert file.find_attributes("v*") == ["value"]
    if not set("*?[{").intersection(text):
        assert texts(root.find("*", f"value={text}")) == ["f"]
    if text and "=" not in text:
        file.set_attribute(text, "x")
        assert file.attribute_exists(text)
        assert file.get_attribute(text) == "x"


def test_a_file_that_is_open_for_reading_keeps_its_attributes(file, root):
    file.set_attribute("x", "1")
    reader = root.open("f", READ)
    for call in (
        lambda: reader.set_attribute("x", "2"),
        lambda: reader.set_vector_attribute("x", ["2"]),
        lambda: reader.remove_attribute("x"),
    ):
        with pytest.raises(rs.PermissionDenied, match="reading alone"):
            call()
    assert reader.get_attribute("x") == "1"
    rights = ("attribute_is_writeable", "attribute_is_removable", "attribute_is_readonly")
    assert [getattr(reader, right)("x") for right in rights] == [False, False, True]
    assert [getattr(file, right)("x") for right in rights] == [True, True, False]


def test_find_attributes(file):
    file.set_attribute("run", "17")
    file.set_attribute("Run", "18")
    file.set_attribute("tags", ["raw", "good"])
    for pattern, found in {
        "run": ["run"],
        "?un": ["Run", "run"],
        "*=17": ["run"],
        "*=1{7,8}": ["Run", "run"],
        "tags=g*": ["tags"],
        "tags=": [],
        "none": [],
    }.items():
        assert file.find_attributes(pattern) == found
    assert file.find_attributes(["run", "tags"]) == ["run", "tags"]


@pytest.fixture
def tree(root):
    for name, run, tags in [("a/1", 1, ["raw"]), ("a/2", 2, ["raw", "good"]), ("b", 12, [])]:
        file = root.open(name, CREATE | CREATE_PARENTS)
        file.set_attribute("run", run)
        file.set_attribute("tags", tags)
    root.open_dir("a", READ_WRITE).set_attribute("run", "folder")
    root.open("plain", CREATE)
    root.link("a/2", "l")
    return root


@pytest.mark.parametrize(
    ("attributes", "found"),
    [
        (None, ["a", "a/1", "a/2", "b", "l", "plain"]),
        ([], ["a", "a/1", "a/2", "b", "l", "plain"]),
        ("run", ["a", "a/1", "a/2", "b"]),
        ("run=1", ["a/1"]),
        ("run=1*", ["a/1", "b"]),
        ("r*=2", ["a/2"]),
        ("tags=raw", ["a/1", "a/2"]),
        (["tags=raw", "tags=good"], ["a/2"]),
        (["tags=raw", "run=1"], ["a/1"]),
        ("tags", ["a/1", "a/2", "b"]),
        ("RUN", []),
        ("run=folder", ["a"]),
    ],
)
def test_find(tree, attributes, found):
    assert texts(tree.find("*", attributes)) == found


def test_find_by_name_too(tree):
    assert texts(tree.find("2", "tags=raw")) == ["a/2"]
    assert texts(tree.find("a/*", "run")) == ["a/1", "a/2"]
    assert texts(tree.find("*", "run", 0)) == ["a", "b"]
    assert texts(tree.find("*", "tags=good", RECURSIVE | DEREFERENCE)) == ["a/2", "l"]
    assert texts(tree.open_dir("a").find("*", "run=2")) == ["2"]
    for wrong in ([17], 17, b"run", object()):
        with pytest.raises(rs.BadParameter, match="pattern for attributes"):
            tree.find("*", wrong)
        with pytest.raises(rs.BadParameter, match="pattern for attributes"):
            tree.open("b").find_attributes(wrong)


def test_attributes_in_bulk(root, oracle):
    container = rs.task.Container()
    files = [root.open(f"f{number}", CREATE) for number in range(20)]
    for number, file in enumerate(files):
        container.add(file.set_attribute("n", number, ttype=rs.TASK))
    bad = root.open("f1").set_attribute("n", "x", ttype=rs.TASK)
    container.add(bad)
    container.run()
    container.wait()
    assert isinstance(bad.get_exception(), rs.PermissionDenied)
    assert [file.get_attribute("n") for file in files] == [str(number) for number in range(20)]
    assert oracle.sql("SELECT count(*) FROM juncture_attributes") == [(20,)]
