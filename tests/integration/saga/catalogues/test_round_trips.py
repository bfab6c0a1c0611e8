"""How often a catalogue on a server is asked for one answer: libpq's own trace counts."""

import re
from itertools import pairwise

import pytest

import juncture.saga as rs
from juncture.saga import replica
from juncture.saga.replica import CREATE, CREATE_PARENTS, READ_WRITE

SAID = re.compile(r"\tF\t\d+\t(\w+)")
"""A message to the server in the trace."""


def waits(trace):
    """Return how often the server was waited for: libpq asks for all answers by these messages.

    At the end of a pipeline it does so by two of them, of which the first one would do.
    """
    said = ["", *SAID.findall(trace)]
    ends = [(before, each) for before, each in pairwise(said) if each in {"Query", "Sync", "Flush"}]
    return len([each for each in ends if each != ("Sync", "Flush")])


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
            return waits(trace.read())

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
    file = root.open("d/f", READ_WRITE)
    assert asked(lambda: call(root, file)) == 1


def test_what_is_not_there_is_asked_twice(root, asked):
    assert asked(lambda: root.exists("none")) == 2


def test_what_takes_several_queries_is_of_one_moment(root, asked):
    """A transaction is begun and ended, with whatever there is to be asked between them."""
    assert asked(lambda: root.is_dir("l")) > 3
    assert asked(lambda: root.find("*", "run=1")) > 3


def many(root, size):
    """Return so many logical files, of which each has a location and an attribute."""
    found = [root.open(f"many/{number}", CREATE | CREATE_PARENTS) for number in range(size)]
    tasks = rs.task.Container()
    for file in found:
        tasks.add(file.add_location("file:///x", ttype=rs.TASK))
    tasks.run()
    tasks.wait()
    return found


@pytest.mark.parametrize(
    "call",
    [
        lambda file: file.add_location("file:///y"),
        lambda file: file.add_location("file:///x"),
        lambda file: file.remove_location("file:///x"),
        lambda file: file.update_location("file:///x", "file:///y"),
        lambda file: file.set_attribute("run", 2),
        lambda file: file.set_attribute("new", ["a", "b", "c"]),
        lambda file: file.remove_attribute("run"),
    ],
    ids=["add", "again", "remove", "update", "attribute", "vector", "unset"],
)
def test_a_change_is_asked_for_once_and_made_once(root, asked, call):
    """One trip brings what there is, with its claim; the other takes the change and the end."""
    file = root.open("d/f", READ_WRITE)
    assert asked(lambda: call(file)) == 2


def test_a_replica_is_recorded_like_any_change(root, asked, tmp_path):
    (tmp_path / "source").write_bytes(b"x")
    file = root.open("d/f", READ_WRITE)
    file.update_location("file:///x", f"file://{tmp_path}/source")
    assert asked(lambda: file.replicate(f"file://{tmp_path}/target")) == 3  # one looks it up
    assert (tmp_path / "target").read_bytes() == b"x"


def test_a_link_costs_what_leads_to_its_target(root, asked):
    file = root.open("l/f", READ_WRITE)
    assert asked(lambda: file.add_location("file:///y")) == 6
    assert len(root.open("d/f").list_locations()) == 2


@pytest.mark.parametrize("size", [10, 1000])
@pytest.mark.parametrize(
    ("call", "trips"),
    [
        (lambda file: file.add_location("file:///y", ttype=rs.TASK), 3),
        (lambda file: file.remove_location("file:///x", ttype=rs.TASK), 3),
        (lambda file: file.set_attribute("run", 3, ttype=rs.TASK), 2),
        (lambda file: file.list_locations(ttype=rs.TASK), 3),
    ],
    ids=["add", "remove", "attribute", "list"],
)
def test_a_thousand_changes_cost_no_more_trips_than_ten(root, asked, size, call, trips):
    tasks = rs.task.Container()
    for file in many(root, size):
        tasks.add(call(file))

    def run():
        tasks.run()
        tasks.wait()

    assert asked(run) == trips
    assert {task.state for task in tasks.get_tasks()} == {rs.task.DONE}


def test_a_thousand_replicas_cost_few_trips(root, asked, tmp_path):
    source, target = tmp_path / "source", tmp_path / "target"
    source.write_bytes(b"x")
    target.mkdir()
    tasks = rs.task.Container()
    for file in many(root, 100):
        file.update_location("file:///x", f"file://{source}")
        tasks.add(file.replicate(f"file://{target}", ttype=rs.TASK))

    def run():
        tasks.run()
        tasks.wait()

    assert asked(run) == 5  # three look all up, two record them
    assert {task.state for task in tasks.get_tasks()} == {rs.task.DONE}
    assert len(list(target.iterdir())) == 100


def test_a_change_in_a_file_is_four_statements(tmp_path):
    """Begin, what there is, the change, commit."""
    root = replica.LogicalDirectory(f"sqlite://{tmp_path}/catalogue.db", CREATE)
    file = root.open("f", CREATE)
    (connection,) = root._adaptor._place.database._kept
    said = []
    connection.raw.set_trace_callback(said.append)
    file.add_location("file:///x")
    assert [each.split()[0] for each in said] == ["BEGIN", "SELECT", "INSERT", "COMMIT"]


def test_what_the_server_refuses_late_is_told_and_nothing_is_done(root, server):
    """The refusal of a change comes with the commit, which waits for both."""
    file = root.open("d/f", READ_WRITE)
    database = root._adaptor._place.database
    server.sql(
        "ALTER TABLE juncture_locations ADD CHECK (length(url) < 20)",
        database._parameters["dbname"],
    )
    with pytest.raises(rs.NoSuccess, match=r"refuses: .*violates check constraint"):
        file.add_location("file:///a-name-that-is-too-long")
    assert len(file.list_locations()) == 1
    file.add_location("file:///short")
    assert len(file.list_locations()) == 2
    assert len(database._kept) == 1


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


def test_a_client_without_pipelines_does_the_same(root, monkeypatch):
    psycopg = pytest.importorskip("psycopg")
    monkeypatch.setattr(psycopg.Pipeline, "is_supported", lambda: False)
    file = root.open("d/f", READ_WRITE)
    file.add_location("file:///y")
    file.remove_location("file:///x")
    file.set_attribute("run", [1, 2])
    with pytest.raises(rs.DoesNotExist):
        file.remove_location("file:///x")
    assert [str(url) for url in file.list_locations()] == ["file:///y"]
    assert file.get_vector_attribute("run") == ["1", "2"]
