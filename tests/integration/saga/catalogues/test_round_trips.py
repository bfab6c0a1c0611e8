"""How often a catalogue on a server is asked for one answer: libpq's own trace counts."""

import pytest

import juncture.saga as rs
from juncture.saga import replica
from juncture.saga.replica import CREATE, CREATE_PARENTS


@pytest.fixture
def root(server):
    root = replica.LogicalDirectory(server.url(server.database()), CREATE)
    file = root.open("d/f", CREATE | CREATE_PARENTS)
    file.add_location("file:///x")
    file.set_attribute("run", 1)
    root.link("d", "l")
    return root


@pytest.fixture
def asked(root, tmp_path):
    """Return a function that makes a call, and says how often the server was asked for it."""
    (connection,) = root._adaptor._place.database._kept

    def asked(call):
        with open(tmp_path / "trace", "w+") as trace:
            connection.raw.pgconn.trace(trace.fileno())
            try:
                call()
            finally:
                connection.raw.pgconn.untrace()
            trace.seek(0)
            return trace.read().count("ReadyForQuery")

    return asked


@pytest.mark.parametrize(
    "call",
    [
        lambda root, _: root.is_dir("d"),
        lambda root, _: root.is_link("l"),
        lambda root, _: root.exists("d/f"),
        lambda root, _: root.read_link("l"),
        lambda root, _: root.list(),
        lambda root, _: root.open("d/f"),
        lambda root, _: root.open_dir("d"),
        lambda _, file: file.is_file(),
        lambda _, file: file.list_locations(),
        lambda _, file: file.get_attribute("run"),
        lambda _, file: file.list_attributes(),
    ],
)
def test_what_one_query_answers_is_asked_once(root, asked, call):
    file = root.open("d/f")
    assert asked(lambda: call(root, file)) == 1


def test_what_is_not_there_is_asked_twice(root, asked):
    assert asked(lambda: root.exists("none")) == 2


def test_what_takes_several_queries_is_of_one_moment(root, asked):
    """A transaction is begun and ended, with whatever there is to be asked between them."""
    assert asked(lambda: root.is_dir("l")) > 3
    assert asked(lambda: root.find("*", "run=1")) > 3


def test_links_change_nothing_of_what_is_found(root):
    file = root.open("l/f")
    assert [str(url) for url in file.list_locations()] == ["file:///x"]
    assert file.get_attribute("run") == "1"
    assert [str(url) for url in root.open_dir("l").list()] == ["f"]
    with pytest.raises(rs.DoesNotExist, match="no attribute `none`"):
        file.get_attribute("none")
    root.remove("d", replica.RECURSIVE)
    for call in (file.list_locations, file.list_attributes, lambda: file.get_attribute("run")):
        with pytest.raises(rs.DoesNotExist, match="not in the catalogue"):
            call()
