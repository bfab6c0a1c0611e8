"""The names of catalogues: directories, logical files, links, flags, listings and searches."""

import pytest
from testbed import file_names

import juncture.saga as rs
from juncture.saga import replica
from juncture.saga.adaptors.sql_replica import moves
from juncture.saga.replica import (
    CREATE,
    CREATE_PARENTS,
    DEREFERENCE,
    EXCLUSIVE,
    LOCK,
    OVERWRITE,
    READ_WRITE,
    RECURSIVE,
    LogicalDirectory,
    LogicalFile,
)


def texts(urls):
    return [rs.storage.paths.path_of(url) for url in urls]


@pytest.fixture
def tree(root):
    """`/a/b/one`, `/a/two` and `/a/l`, a link to `/a/b`."""
    one = root.open("a/b/one", CREATE | CREATE_PARENTS | READ_WRITE)
    one.add_location("file:///copies/one")
    one.set_attribute("run", "1")
    root.open("a/two", CREATE).add_location("ssh://far/two")
    root.link("a/b", "a/l")
    return root


def all_of(root, flags=RECURSIVE):
    return texts(root.list(None, flags))


WHOLE = ["a", "a/b", "a/b/one", "a/l", "a/two"]


def test_a_catalogue_is_made_by_create_alone(at):
    with pytest.raises(rs.DoesNotExist, match="there is no catalogue") as caught:
        LogicalDirectory(at())
    assert "CREATE" in caught.value.hint
    assert texts(LogicalDirectory(at(), CREATE).list()) == []
    assert texts(LogicalDirectory(at()).list()) == []


@pytest.mark.parametrize("name", file_names.NAMES, ids=repr)
def test_every_legal_name(root, at, name):
    made = root.open(name, CREATE)
    assert made.name == name
    made.add_location("file:///x")
    (url,) = root.list()
    assert texts([url]) == [name]
    for again in (root.open(name), root.open(url), LogicalFile(made.url)):
        assert [str(each) for each in again.list_locations()] == ["file:///x"]
    assert root.exists(name)
    assert root.exists(url)
    root.make_dir("sub")
    root.move(url, "sub")
    assert texts(root.find("*", None, RECURSIVE)) == ["sub", f"sub/{name}"]
    root.remove("sub", RECURSIVE)
    assert texts(root.list()) == []


def test_where_objects_are(tree, oracle):
    file = tree.open("a/b/one")
    assert (file.name, str(file.cwd)) == ("one", str(tree.open_dir("a/b").url))
    assert file.url == LogicalFile(file.url).url
    assert (tree.name, str(tree.url)) == ("", str(tree.cwd))
    assert tree.url.scheme == oracle.scheme


def test_kinds(tree):
    kinds = {
        "a": (True, False, False, False),
        "a/two": (False, True, True, False),
        "a/l": (True, False, False, True),
    }
    for name, expected in kinds.items():
        found = (tree.is_dir(name), tree.is_file(name), tree.is_entry(name), tree.is_link(name))
        assert found == expected
    file = tree.open("a/two")
    assert (file.is_dir(), file.is_file(), file.is_entry(), file.is_link()) == (
        *(False, True, True, False),
    )
    assert tree.is_dir()
    for ask in (tree.is_dir, tree.is_file, tree.is_entry, tree.is_link):
        with pytest.raises(rs.DoesNotExist):
            ask("a/none")


def test_links_stand_for_what_they_lead_to(tree):
    assert tree.read_link("a/l") == tree.open_dir("a/b").url
    assert str(tree.open("a/l/one").list_locations()[0]) == "file:///copies/one"
    assert texts(tree.open_dir("a/l").list()) == ["one"]
    tree.open("a/l/three", CREATE)
    assert tree.exists("a/b/three")
    tree.link("a/l", "m")
    assert tree.exists("m/three")
    assert texts(tree.find("one", None, RECURSIVE)) == ["a/b/one"]
    assert texts(tree.find("one", None, RECURSIVE | DEREFERENCE)) == [
        *("a/b/one", "a/l/one", "m/one"),
    ]
    tree.remove("a/l")
    assert tree.exists("a/b/one")
    assert tree.exists("m")
    assert not tree.exists("m/one")
    with pytest.raises(rs.DoesNotExist):
        tree.open_dir("m")
    with pytest.raises(rs.BadParameter, match="no link"):
        tree.read_link("a/b")


def test_links_in_a_circle_end(root):
    root.make_dir("d")
    root.link("d", "d2")
    root.link("d2", "d3")
    root.remove("d2")
    root.link("d3", "d2")
    for call in (root.exists, root.is_dir, root.open, root.open_dir):
        with pytest.raises(rs.BadParameter, match="leads back to itself"):
            call("d2/x" if call == root.exists else "d2")
    assert texts(root.find("*", None, RECURSIVE)) == ["d", "d2", "d3"]


def test_a_tree_with_a_link_to_itself_is_searched_once(root):
    root.open("d/x", CREATE | CREATE_PARENTS)
    root.link("d", "again")
    root.move("again", "d")
    found = sorted(texts(root.find("x", None, RECURSIVE | DEREFERENCE)))
    assert found == ["d/x"]
    with pytest.raises(rs.BadParameter, match="in itself"):
        root.copy("d", "e", RECURSIVE | DEREFERENCE)
    assert not root.exists("e")


def test_flags_of_opening(tree, at):
    with pytest.raises(rs.DoesNotExist):
        tree.open("none")
    with pytest.raises(rs.DoesNotExist, match="cannot be made in it"):
        tree.open("no/such", CREATE)
    with pytest.raises(rs.AlreadyExists):
        tree.open("a/two", CREATE | EXCLUSIVE)
    with pytest.raises(rs.BadParameter, match="EXCLUSIVE"):
        tree.open("a/two", EXCLUSIVE)
    assert len(tree.open("a/two", CREATE).list_locations()) == 1
    with pytest.raises(rs.BadParameter, match="is a directory"):
        tree.open("a")
    with pytest.raises(rs.BadParameter, match="not a directory"):
        tree.open_dir("a/two")
    with pytest.raises(rs.BadParameter, match="not a directory"):
        tree.open_dir("a/two", CREATE)
    with pytest.raises(rs.BadParameter, match="no directory"):
        tree.open("a/two/x", CREATE | CREATE_PARENTS)
    with pytest.raises(rs.NotImplemented, match="locked"):
        tree.open("a/two", LOCK)
    with pytest.raises(rs.BadParameter, match="APPEND"):
        tree.open("a/two", rs.filesystem.APPEND)
    assert all_of(tree) == WHOLE
    LogicalDirectory(at("/x/y"), CREATE | CREATE_PARENTS | EXCLUSIVE)
    assert tree.exists("x/y")


def test_make_dir(root):
    root.make_dir("d")
    with pytest.raises(rs.AlreadyExists):
        root.make_dir("d")
    root.make_dir("d", CREATE_PARENTS)
    with pytest.raises(rs.AlreadyExists):
        root.make_dir("d", CREATE_PARENTS | EXCLUSIVE)
    with pytest.raises(rs.DoesNotExist):
        root.make_dir("e/f")
    root.make_dir("e/f/g", CREATE_PARENTS)
    assert all_of(root) == ["d", "e", "e/f", "e/f/g"]


def test_copy(tree):
    with pytest.raises(rs.BadParameter, match="is a directory") as caught:
        tree.copy("a/b", "c")
    assert "RECURSIVE" in caught.value.hint
    tree.copy("a/b", "c", RECURSIVE)
    copied = tree.open("c/one")
    assert str(copied.list_locations()[0]) == "file:///copies/one"
    assert copied.get_attribute("run") == "1"
    with pytest.raises(rs.AlreadyExists):
        tree.copy("a/two", "c/one")
    tree.copy("a/two", "c/one", OVERWRITE)
    assert str(tree.open("c/one").list_locations()[0]) == "ssh://far/two"
    tree.copy("a/two", "c")
    assert tree.exists("c/two")
    tree.copy("a/l", "n")
    assert tree.is_link("n")
    tree.copy("a/l", "o", RECURSIVE | DEREFERENCE)
    assert (tree.is_link("o"), tree.exists("o/one")) == (False, True)
    tree.open("a/two").copy("p/q", CREATE_PARENTS)
    assert tree.exists("a/p/q")


@pytest.mark.parametrize("call", ["copy", "move"])
def test_nothing_goes_onto_or_into_itself(tree, call):
    for source, target in [("a/two", "a/two"), ("a", "a/b/x"), ("a/b", "a"), ("a/b", "a/l/x")]:
        with pytest.raises((rs.BadParameter, rs.AlreadyExists)):
            getattr(tree, call)(source, target, RECURSIVE | OVERWRITE)
    assert all_of(tree) == WHOLE


def test_move(tree):
    file = tree.open("a/two")
    file.move("../three")
    assert (file.name, len(file.list_locations())) == ("three", 1)
    tree.move("a", "z")
    assert all_of(tree) == ["three", "z", "z/b", "z/b/one", "z/l"]
    assert tree.open("z/b/one").get_attribute("run") == "1"
    with pytest.raises(rs.AlreadyExists):
        tree.move("three", "z/b/one")
    tree.move("three", "z/b/one", OVERWRITE)
    assert str(tree.open("z/b/one").list_locations()[0]) == "ssh://far/two"
    folder = tree.open_dir("z/b")
    folder.move(None, "/y")
    assert (folder.name, texts(folder.list())) == ("y", ["one"])


def test_what_changes_while_it_moves_to_another_catalogue_is_not_lost(
    tree, tmp_path, monkeypatch, caplog
):
    caplog.set_level("DEBUG", "juncture")
    other = LogicalDirectory(f"sqlite://{tmp_path}/other.db", CREATE)
    write = moves._write

    def write_and_change(*arguments):
        path = write(*arguments)
        tree.open("a/b/one", READ_WRITE).add_location("file:///late")
        return path

    monkeypatch.setattr(moves, "_write", write_and_change)
    with pytest.raises(rs.NoSuccess, match="changed while it was moved"):
        tree.move("a", other.url)
    assert "/late" in texts(tree.open("a/b/one").list_locations())
    assert texts(other.list()) == ["a"]
    ours = tree._adaptor._place.database.name
    assert f"5 names go with `/a` of {ours} to `/` of `{tmp_path}/other.db`" in caplog.text
    monkeypatch.setattr(moves, "_write", write)
    tree.move("a", other.url, OVERWRITE)
    assert "/late" in texts(other.open("a/b/one").list_locations())
    assert texts(tree.list()) == []


def test_remove(tree):
    with pytest.raises(rs.BadParameter, match="not empty") as caught:
        tree.remove("a")
    assert "RECURSIVE" in caught.value.hint
    tree.remove("a/b", RECURSIVE)
    assert all_of(tree) == ["a", "a/l", "a/two"]
    tree.open("a/two").remove()
    with pytest.raises(rs.DoesNotExist):
        tree.remove("a/two")
    with pytest.raises(rs.BadParameter, match="root"):
        tree.remove(None, RECURSIVE)


def test_nothing_is_left_of_what_was_removed(tree, oracle):
    tree.remove("a", RECURSIVE)
    assert oracle.sql("SELECT * FROM juncture_locations") == []
    assert oracle.sql("SELECT * FROM juncture_attributes") == []


def test_change_dir(tree):
    tree.change_dir("a/b")
    assert (tree.name, texts(tree.list())) == ("b", ["one"])
    with pytest.raises(rs.DoesNotExist):
        tree.change_dir("none")
    tree.change_dir("../new", CREATE)
    assert tree.url.path.endswith("/a/new")


def test_listings(root):
    for name in ("b", "a1", "a2", ".hidden", "ä", "c{}"):
        root.open(name, CREATE)
    assert texts(root.list()) == [".hidden", "a1", "a2", "b", "c{}", "ä"]
    assert texts(root.list("a?")) == ["a1", "a2"]
    assert texts(root.list("{b,a[12]}")) == ["a1", "a2", "b"]
    assert texts(root.list("none")) == []
    assert root.get_num_entries() == 6
    assert texts([root.get_entry(0), root.get_entry(-1)]) == [".hidden", "ä"]
    with pytest.raises(rs.BadParameter, match="no number 6"):
        root.get_entry(6)


def test_like_named_neighbours_are_not_below(root):
    for name in ("d/x", "d0/x", "d-/x", "d /x", "D/x"):
        root.open(name, CREATE | CREATE_PARENTS)
    assert all_of(root.open_dir("d")) == ["x"]
    root.move("d", "e/f", CREATE_PARENTS)
    root.remove("d-", RECURSIVE)
    assert all_of(root) == ["D", "D/x", "d ", "d /x", "d0", "d0/x", "e", "e/f", "e/f/x"]


def test_closed_objects(tree):
    file = tree.open("a/two", READ_WRITE)
    file.close()
    for call in (file.is_file, file.list_locations, file.list_attributes, file.remove):
        with pytest.raises(rs.IncorrectState):
            call()


def test_tasks(tree):
    task = tree.open("a/two").list_locations(ttype=rs.TASK)
    task.run()
    assert [str(each) for each in task.get_result()] == ["ssh://far/two"]
    task = tree.find("one", ttype=rs.ASYNC)
    assert texts(task.get_result()) == ["a/b/one"]


def test_names_of_other_schemes_are_refused(tree):
    with pytest.raises(rs.BadParameter, match="not in a catalogue") as caught:
        tree.copy("a/two", "file:///tmp/x")
    assert "download" in caught.value.hint


def test_between_two_catalogues(tree, tmp_path):
    other = f"sqlite://{tmp_path}/other.db"
    there = LogicalDirectory(other, CREATE)
    tree.copy("a", other, RECURSIVE)
    assert all_of(there) == WHOLE
    assert there.open("a/b/one").get_attribute("run") == "1"
    tree.move("a/b", f"{other}/moved")
    assert all_of(tree) == ["a", "a/l", "a/two"]
    assert texts(there.open_dir("moved").list()) == ["one"]
    with pytest.raises(rs.BadParameter, match="cannot lead"):
        tree.link("a/two", f"{other}/linked")


@pytest.mark.parametrize("query", ["", "?busy_timeout_s=3"])
def test_paths_of_sqlite(tmp_path, query, monkeypatch):
    folder = tmp_path / "100% ünd #1"
    folder.mkdir()
    path = rs.storage.paths.url_path(str(folder))
    root = LogicalDirectory(f"sqlite://{path}/c.sqlite{query}", CREATE)
    root.open("x", CREATE)
    assert (folder / "c.sqlite").exists()
    assert str(root.open("x").url) == f"sqlite://{path}/c.sqlite/x{query}"
    with pytest.raises(rs.DoesNotExist, match="there is no catalogue") as caught:
        LogicalDirectory(f"sqlite://{path}/typo", CREATE)
    assert "name ends in .db, .sqlite, .sqlite3" in caught.value.hint
    with pytest.raises(rs.BadParameter, match="is a directory"):
        LogicalDirectory(f"sqlite://{path}", CREATE)
    with pytest.raises(rs.BadParameter, match="this host alone"):
        LogicalDirectory("sqlite://elsewhere.example/c.db", CREATE)
    with pytest.raises(rs.DoesNotExist):
        LogicalDirectory(f"sqlite://{path}/none/c.db", CREATE)
    monkeypatch.setenv("HOME", str(folder))
    assert texts(LogicalDirectory("sqlite:///~/c.sqlite").list()) == ["x"]
    left = {each.name.partition("-")[0] for each in folder.iterdir()}
    assert left == {"c.sqlite"}  # beside which SQLite keeps its journal


def test_a_url_without_a_database():
    with pytest.raises(rs.BadParameter, match="names no database"):
        replica.LogicalDirectory("postgresql://host/")
