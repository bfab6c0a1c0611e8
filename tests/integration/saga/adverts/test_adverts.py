"""Entries, directories, attributes and objects on a real Redis server."""

import pytest

import juncture.saga as rs
from juncture.saga import advert
from juncture.saga.adaptors.redis_advert.server import Server
from juncture.saga.advert import (
    CREATE,
    CREATE_PARENTS,
    EXCLUSIVE,
    LOCK,
    OVERWRITE,
    READ,
    RECURSIVE,
    TRUNCATE,
    WRITE,
)

VALUES = [
    "text",
    "",
    "\N{SNOWMAN} \udcff",
    0,
    -(2**70),
    1.5,
    True,
    [1, "a", None, [2.5]],
    {"a": {"b": [False]}},
    b"",
    b"j\x00\xff",
]
NAMES = [
    "a b",
    " ",
    "-rf",
    "a'b\"c",
    "two\nlines",
    "a:b",
    "100%",
    "%41",
    "what?",
    "#1",
    "*",
    "{a,b}",
    "..x",
    "\N{SNOWMAN}",
    "\udcff\udc80",
    "a\\b",
    "@",
]


def names(listing):
    return [rs.url.Url(each).path for each in listing]


@pytest.fixture
def entry(home):
    return home.open("entry", CREATE)


# Attributes -------------------------------------------------------------------------------------


@pytest.mark.parametrize("value", VALUES, ids=repr)
def test_a_value_comes_back_as_it_was(entry, home, value):
    entry["key"] = value
    entry.store_object(value)
    found = home.open("entry")
    assert found["key"] == value
    assert type(found["key"]) is type(value)
    assert found.retrieve_object() == value


@pytest.mark.parametrize(
    "value",
    [{1: 2}, pytest.param(object(), id="object"), {"a": b"x"}, float("nan"), {3}, [{None: 1}]],
    ids=repr,
)
def test_a_value_that_would_not_come_back_is_refused(entry, value):
    with pytest.raises(rs.BadParameter, match="JSON"):
        entry.set_attribute("key", value)
    with pytest.raises(rs.BadParameter, match="JSON"):
        entry.store_object(value)
    assert entry.list_attributes() == []


def test_a_value_that_refers_to_itself_is_refused(entry):
    endless = []
    endless.append(endless)
    with pytest.raises(rs.BadParameter):
        entry["key"] = endless


@pytest.mark.parametrize("name", [*NAMES, "a/b", "x" * 5000], ids=repr)
def test_an_attribute_has_any_name(entry, name):
    entry[name] = 1
    assert entry.as_dict() == {name: 1}
    assert name in entry
    del entry[name]
    assert entry.keys() == []


@pytest.mark.parametrize("name", ["", "a\0b", 3])
def test_no_attribute_has_such_a_name(entry, name):
    with pytest.raises(rs.BadParameter, match="name of an attribute"):
        entry.set_attribute(name, 1)


def test_attributes_as_a_mapping(entry):
    entry["b"], entry["a"] = 2, [1]
    assert list(entry) == ["a", "b"]
    assert len(entry) == 2
    assert entry.items() == [("a", [1]), ("b", 2)]
    assert entry.values() == [[1], 2]
    assert (entry.get("b"), entry.get("c"), entry.get("c", 7)) == (2, None, 7)
    assert entry.get_vector_attribute("a") == [1]
    assert entry.attribute_is_vector("a")
    with pytest.raises(rs.IncorrectState):
        entry.get_vector_attribute("b")
    entry.set_vector_attribute("c", (3, 4))
    assert entry["c"] == [3, 4]
    entry["c"] = None
    assert not entry.attribute_exists("c")
    assert entry
    assert entry.attribute_is_readonly("Change")
    assert entry.attribute_is_writeable("a")
    assert entry.attribute_is_removable("a")
    assert not entry.attribute_is_removable("zz")


def test_a_container_checks_lists_as_a_single_call_does(home):
    entry = home.open("a", CREATE)
    entry.set_attribute("list", [1])
    entry.set_attribute("text", "1")
    container = rs.task.Container()
    listed = entry.get_vector_attribute("list", ttype=rs.TASK)
    other = entry.get_vector_attribute("text", ttype=rs.TASK)
    container.add(listed)
    container.add(other)
    container.run()
    container.wait()
    assert listed.get_result() == [1]
    with pytest.raises(rs.IncorrectState, match="holds no list"):
        other.get_result()


def test_an_attribute_that_is_not_there(entry):
    with pytest.raises(rs.DoesNotExist, match="no attribute `x`"):
        entry["x"]
    with pytest.raises(rs.DoesNotExist, match="no attribute `x`"):
        del entry["x"]


def test_find_attributes(entry):
    for name, value in {"color": "red", "Colour": ["blue", "red"], "n": 3, "d": {"k": 1}}.items():
        entry[name] = value
    assert entry.find_attributes("[cC]ol*") == ["Colour", "color"]
    assert entry.find_attributes("*=blue") == ["Colour"]
    assert entry.find_attributes("*=r?d") == ["Colour", "color"]
    assert entry.find_attributes("n=3") == ["n"]
    assert entry.find_attributes("d=k=*") == ["d"]
    assert entry.find_attributes("{n,d}") == ["d", "n"]


def test_what_attributes_stand_for(entry, home):
    entry["Object"] = {"a": 1}
    entry["TTL"] = 60
    assert entry.object == entry["Object"] == {"a": 1}
    assert 0 < entry.ttl <= 60
    assert 0 < entry["TTL"] <= 60
    assert entry.list_attributes() == []
    for key in ("Attribute", "Change", "New", "Delete"):
        with pytest.raises(rs.BadParameter):
            entry[key] = 1
        with pytest.raises(rs.BadParameter):
            entry[key]
    with pytest.raises(rs.BadParameter, match="directory keeps no object"):
        home["Object"] = 1


def test_directories_have_attributes_too(home):
    home["top"] = 1
    home.make_dir("d")
    folder = home.open_dir("d")
    folder["x"] = "y"
    assert (home.as_dict(), folder.as_dict()) == ({"top": 1}, {"x": "y"})


# Objects ----------------------------------------------------------------------------------------


def test_an_entry_without_an_object(entry):
    for call in (entry.retrieve_object, entry.delete_object):
        with pytest.raises(rs.DoesNotExist, match="keeps no object"):
            call()
    entry.object = None
    assert entry.object is None
    del entry.object
    with pytest.raises(rs.DoesNotExist):
        entry.retrieve_object()


def test_a_large_object(entry):
    data = bytes(range(256)) * (1 << 14)
    entry.store_object(data)
    assert entry.retrieve_object() == data


# Opening ----------------------------------------------------------------------------------------


def test_open_and_create(url):
    with pytest.raises(rs.DoesNotExist, match="`/a` on"):
        advert.Entry(url("/a"))
    advert.Entry(url("/a"), CREATE)
    advert.Entry(url("/a"), CREATE)
    with pytest.raises(rs.AlreadyExists):
        advert.Entry(url("/a"), CREATE | EXCLUSIVE)
    with pytest.raises(rs.BadParameter, match="an entry, not a directory"):
        advert.Directory(url("/a"))
    with pytest.raises(rs.DoesNotExist) as caught:
        advert.Entry(url("/b/c"), CREATE)
    assert "CREATE_PARENTS" in caught.value.hint
    assert advert.Entry(url("/b/c/d"), CREATE_PARENTS).get_cwd().path == "/b/c"
    with pytest.raises(rs.BadParameter, match="a directory, not an entry"):
        advert.Entry(url("/b"))
    with pytest.raises(rs.BadParameter, match=r"`/a` on .* is an entry"):
        advert.Entry(url("/a/x"), CREATE_PARENTS)
    with pytest.raises(rs.NotImplemented):
        advert.Entry(url("/a"), LOCK)
    with pytest.raises(rs.BadParameter, match="OVERWRITE"):
        advert.Entry(url("/a"), OVERWRITE)


def test_truncate_takes_away_what_an_entry_holds(entry, home):
    entry["a"], entry.object = 1, 2
    home.open("entry", TRUNCATE)
    assert entry.as_dict() == {}
    assert home.find("*", None, int) == []


def test_read_alone_changes_nothing_and_write_alone_reads_nothing(entry, home):
    entry["a"], entry.object = 1, 2
    reader, writer = home.open("entry", READ), home.open("entry", WRITE)
    assert reader["a"] == 1
    assert reader.object == 2
    writer["a"] = 3
    for call in (
        lambda: reader.set_attribute("a", 1),
        lambda: reader.store_object(1),
        lambda: reader.set_ttl(3),
        reader.remove,
        lambda: reader.move("b"),
        writer.retrieve_object,
        writer.as_dict,
        lambda: writer["a"],
    ):
        with pytest.raises(rs.PermissionDenied, match="was opened without"):
            call()
    assert entry.as_dict() == {"a": 3}


def test_a_closed_object(entry):
    entry.close()
    with pytest.raises(rs.IncorrectState, match="closed"):
        entry.list_attributes()


# The tree ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES, ids=repr)
def test_a_name_of_any_kind(home, name):
    entry = home.open(name, CREATE)
    entry["x"] = 1
    (listed,) = home.list()
    assert home.open(listed)["x"] == 1
    assert advert.Entry(entry.url)["x"] == 1
    assert home.exists(listed)
    assert home.exists(name)
    assert entry.name == name
    home.copy(listed, "copy of it")
    home.move(listed, "elsewhere")
    assert sorted(map(str, home.list())) == ["copy of it", "elsewhere"]


def test_directories(home):
    home.make_dir("a")
    with pytest.raises(rs.AlreadyExists):
        home.make_dir("a")
    home.make_dir("a", CREATE_PARENTS)
    with pytest.raises(rs.AlreadyExists):
        home.make_dir("a", CREATE_PARENTS | EXCLUSIVE)
    home.make_dir("b/c/d", CREATE_PARENTS)
    with pytest.raises(rs.DoesNotExist):
        home.make_dir("x/y")
    home.open("b/e", CREATE)
    assert list(map(str, home.list())) == ["a", "b"]
    assert list(map(str, home.list("[b-z]"))) == ["b"]
    assert list(map(str, home.list(None, RECURSIVE))) == ["a", "b", "b/c", "b/c/d", "b/e"]
    assert (home.is_dir("b"), home.is_entry("b"), home.is_link("b")) == (True, False, False)
    assert (home.is_dir("b/e"), home.is_entry("b/e"), home.is_dir()) == (False, True, True)
    assert home.get_num_entries() == 2
    assert [str(home.get_entry(n)) for n in (0, 1, -1)] == ["a", "b", "b"]
    with pytest.raises(rs.BadParameter, match="number 2"):
        home.get_entry(2)
    assert [home.exists(each) for each in ("b/e", "b/x", "b/e/x", ".", "/")] == [
        *(True, False, False, True, True)
    ]
    with pytest.raises(rs.DoesNotExist):
        home.is_dir("nothing")
    with pytest.raises(rs.BadParameter, match="no link"):
        home.read_link("a")
    with pytest.raises(rs.NotImplemented):
        home.link("a", "z")


def test_change_dir(home):
    home.make_dir("a/b", CREATE_PARENTS)
    home.change_dir("a")
    assert (home.url.path, home.name, home.cwd.path) == ("/a", "a", "/a")
    assert list(map(str, home.list())) == ["b"]
    home.change_dir("../new", CREATE)
    assert home.url.path == "/new"
    assert home.exists("/a/b")
    with pytest.raises(rs.DoesNotExist):
        home.change_dir("nowhere")
    assert home.url.path == "/new"


def test_remove(home):
    home.open("a/b/c", CREATE_PARENTS)
    with pytest.raises(rs.BadParameter, match="not empty") as caught:
        home.remove("a")
    assert "RECURSIVE" in caught.value.hint
    home.remove("a/b/c")
    home.remove("a/b")
    home.open("a/x/y", CREATE_PARENTS)
    gone = home.open("a/x/y")
    home.remove("a", RECURSIVE)
    assert home.list() == []
    with pytest.raises(rs.DoesNotExist):
        home.remove("a")
    with pytest.raises(rs.DoesNotExist):
        gone["x"] = 1
    with pytest.raises(rs.BadParameter, match="root"):
        home.remove(None, RECURSIVE)


def test_nothing_is_left_of_what_was_removed(home, shared_server):
    entry = home.open("a/b", CREATE_PARENTS)
    entry.set_attribute("x", 1, ttl=1000)
    entry.ttl = 1000
    prefix = dict(part.split("=") for part in home.url.query.split("&"))["prefix"]
    home.remove("a", RECURSIVE)
    left = {key.decode() for key in shared_server.client().keys(f"{{{prefix}}}*")}
    assert left == {f"{{{prefix}}}:v", f"{{{prefix}}}:n/"}


def fill(home):
    entry = home.open("tree/in/leaf", CREATE_PARENTS)
    entry["x"], entry.object = [1], b"2"
    entry.ttl = 1000
    entry.set_attribute("short", 1, ttl=500)
    home.open_dir("tree")["of"] = "the tree"


def check(folder):
    assert folder["of"] == "the tree"
    leaf = folder.open("in/leaf")
    assert (leaf.as_dict(), leaf.object) == ({"x": [1], "short": 1}, b"2")
    assert 0 < leaf.ttl <= 1000


def test_copy(home):
    fill(home)
    with pytest.raises(rs.BadParameter, match="is a directory"):
        home.copy("tree", "copy")
    home.copy("tree", "copy", RECURSIVE)
    check(home.open_dir("copy"))
    check(home.open_dir("tree"))
    home.copy("tree", "copy", RECURSIVE)
    check(home.open_dir("copy/tree"))
    with pytest.raises(rs.BadParameter, match="into itself"):
        home.copy("tree", "tree/in", RECURSIVE)
    with pytest.raises(rs.BadParameter, match="onto itself"):
        home.copy("tree", "tree/../tree/.", RECURSIVE)
    leaf = home.open("tree/in/leaf")
    leaf.copy("../other")
    with pytest.raises(rs.AlreadyExists):
        leaf.copy("../other")
    leaf["x"] = "new"
    leaf.copy("../other", OVERWRITE)
    assert home.open("tree/other")["x"] == "new"
    with pytest.raises(rs.DoesNotExist):
        leaf.copy("/no/where")
    leaf.copy("/no/where", CREATE_PARENTS)
    assert home.exists("no/where")


def test_move(home):
    fill(home)
    home.make_dir("other")
    home.move("tree", "other")
    check(home.open_dir("other/tree"))
    assert not home.exists("tree")
    leaf = home.open("other/tree/in/leaf")
    leaf.move("../moved")
    assert leaf.url.path == "/other/tree/moved"
    assert leaf["x"] == [1]
    home.open("taken", CREATE)
    with pytest.raises(rs.AlreadyExists):
        leaf.move("/taken")
    leaf.move("/taken", OVERWRITE)
    assert home.open("taken").as_dict() == {"x": [1], "short": 1}
    with pytest.raises(rs.BadParameter, match="into itself"):
        home.move("other", "other/tree")
    with pytest.raises(rs.BadParameter, match="root"):
        home.move(None, "x")


def test_between_servers(home, make_server, caplog):
    caplog.set_level("DEBUG", "juncture")
    other = make_server()
    fill(home)
    there = advert.Directory(other.url())
    with pytest.raises(rs.BadParameter, match="is a directory"):
        home.copy("tree", other.url("/copy"))
    home.copy("tree", other.url("/copy"), RECURSIVE)
    check(there.open_dir("copy"))
    ours = home._adaptor._place.server.name
    (told,) = [text for text in caplog.messages if " adverts go " in text]
    way = f"with `/tree` of {ours} to `/copy` of redis+unix:{other.socket}?db=0"
    assert told == f"3 adverts go {way}"
    home.move("tree", other.url("/copy"))
    check(there.open_dir("copy/tree"))
    assert home.list() == []
    with pytest.raises(rs.AlreadyExists):
        home.open_dir("copy", CREATE).copy(None, other.url("/"), RECURSIVE)
    with pytest.raises(rs.BadParameter, match="root"):
        there.copy(None, home.url, RECURSIVE)
    with pytest.raises(rs.IncorrectURL, match="not the URL of an advert"):
        there.copy("copy", "file:///tmp/x", RECURSIVE)


@pytest.mark.parametrize(
    "change",
    [
        lambda tree: tree.open("in/leaf").set_attribute("y", 2),
        lambda tree: tree.open("in/new", CREATE),
        lambda tree: tree.remove("in/leaf"),
    ],
    ids=["attribute", "name", "removal"],
)
def test_what_changes_while_it_moves_to_another_server_is_not_lost(
    home, make_server, monkeypatch, change
):
    fill(home)
    other = advert.Directory(make_server().url())
    ask = Server.call

    def ask_and_change(server, operation, *words):
        reply = ask(server, operation, *words)
        if operation == "import":
            change(home.open_dir("tree"))
        return reply

    monkeypatch.setattr(Server, "call", ask_and_change)
    with pytest.raises(rs.NoSuccess, match="changed while it was moved"):
        home.move("tree", other.url)
    assert list(map(str, other.list())) == ["tree"]
    assert list(map(str, home.list())) == ["tree"]


def test_find(home):
    for path, attributes, thing in (
        ("a/x1", {"color": "red", "n": 1}, "text"),
        ("a/x2", {"color": "blue"}, b"bytes"),
        ("x3", {"color": "red"}, {"k": 1}),
    ):
        entry = home.open(path, CREATE_PARENTS)
        entry.object = thing
        for name, value in attributes.items():
            entry[name] = value
    home.open_dir("a")["color"] = "red"

    def found(*arguments):
        return list(map(str, home.find(*arguments)))

    assert found("x*") == ["a/x1", "a/x2", "x3"]
    assert found("a/*") == ["a/x1", "a/x2"]
    assert found("*", "color=red") == ["a", "a/x1", "x3"]
    assert found("*", ["color=r*", "n"]) == ["a/x1"]
    assert found("*", {"color": "{blue,green}"}) == ["a/x2"]
    assert found("*", None, "bytes") == found("*", None, bytes) == ["a/x2"]
    assert found("*", "color=red", dict) == ["x3"]
    assert found("*", "color", None, 0) == ["a", "x3"]
    assert found("nothing") == []
    with pytest.raises(rs.BadParameter, match="one of the types"):
        home.find("*", None, "picture")


def test_the_time_of_the_last_change(home, entry):
    before = entry.mtime
    entry["x"] = 1
    assert entry.mtime > before
    assert entry.mtime == home.get_mtime("entry")


def test_databases_and_prefixes_are_trees_of_their_own(shared_server):
    for query in ({"db": 1}, {"prefix": "own"}):
        advert.Entry(shared_server.url("/own", **query), CREATE)["x"] = 1
        assert advert.Directory(shared_server.url("/", **query)).exists("own")
    assert not advert.Directory(shared_server.url()).exists("own")


# Tasks ------------------------------------------------------------------------------------------


def test_methods_as_tasks(home):
    entry = advert.Entry.create(home.url, ttype=rs.ASYNC)
    entry.wait()
    assert entry.state == rs.task.FAILED
    entry = home.open("e", CREATE, ttype=rs.ASYNC).get_result()
    entry.set_attribute("a", 1, ttype=rs.SYNC)
    task = entry.get_attribute("a", ttype=rs.TASK)
    task.run()
    assert task.get_result() == 1
    assert list(map(str, home.find("e", ttype=rs.SYNC).get_result())) == ["e"]


def test_bulk_calls_have_outcomes_of_their_own(home):
    entries = [home.open(f"e{n}", CREATE) for n in range(30)]
    home.remove("e7")
    container = rs.task.Container()
    tasks = [e.set_attribute("n", n, ttype=rs.TASK) for n, e in enumerate(entries)]
    bad = entries[0].set_attribute("n", object(), ttype=rs.TASK)
    for task in (*tasks, bad):
        container.add(task)
    container.run()
    container.wait()
    assert [n for n, task in enumerate(tasks) if task.state == rs.task.FAILED] == [7]
    assert isinstance(tasks[7].exception, rs.DoesNotExist)
    assert isinstance(bad.exception, rs.BadParameter)
    reading = rs.task.Container()
    tasks = [e.get_attribute("n", ttype=rs.TASK) for n, e in enumerate(entries) if n != 7]
    for task in tasks:
        reading.add(task)
    reading.run()
    reading.wait()
    assert [task.result for task in tasks] == [n for n in range(30) if n != 7]


def test_bulk_calls_are_pipelined(home, shared_server):
    client = shared_server.client()
    entries = [home.open(f"e{n}", CREATE) for n in range(200)]
    container = rs.task.Container()
    for entry in entries:
        container.add(entry.store_object(1, ttype=rs.TASK))
    before = client.info("stats")["total_reads_processed"]
    container.run()
    container.wait()
    assert client.info("stats")["total_reads_processed"] - before < 50
    assert {task.state for task in container.get_tasks()} == {rs.task.DONE}


@pytest.mark.parametrize("wrong", [17, b"x", ["x", 17]])
def test_what_is_no_pattern_for_attributes(home, wrong):
    home.open("e", CREATE)["x"] = 1
    with pytest.raises(rs.BadParameter, match="a pattern for attributes is text"):
        home.find("*", wrong)
