"""Several writers at once, writers that are killed, and servers and files that are not right."""

import logging
import os
import signal
import sqlite3
import subprocess
import sys
import threading
from contextlib import closing
from pathlib import Path

import pytest

import juncture.saga as rs
from juncture.saga.adaptors.sql_replica import postgresql
from juncture.saga.replica import (
    CREATE,
    CREATE_PARENTS,
    READ_WRITE,
    RECURSIVE,
    LogicalDirectory,
    LogicalFile,
)
from juncture.saga.storage.failures import ConnectionLost

WRITER = Path(__file__).parent / "writer.py"
SOURCE = Path(__file__).parents[4] / "src"
PIPES = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
FASTER = """
import os, signal, sys
sys.path.insert(0, sys.argv[1])
from juncture.saga.replica import CREATE, LogicalDirectory
input()
LogicalDirectory(sys.argv[2], CREATE).make_dir("theirs")
os.kill(os.getpid(), signal.SIGKILL)  # the `-wal` stays
"""


@pytest.fixture
def start():
    """Return a function that starts a writer, which waits for a line before it writes."""
    running = []

    def start(*arguments):
        child = subprocess.Popen(
            [sys.executable, str(WRITER), *map(str, arguments)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": str(SOURCE)},
        )
        running.append(child)
        assert child.stdout.readline() == "ready\n"
        return child

    yield start
    for child in running:
        child.kill()
        child.wait()
        child.stdin.close()
        child.stdout.close()


def begin(*children):
    for child in children:
        child.stdin.write("\n")
        child.stdin.flush()


def texts(urls):
    return [rs.storage.paths.path_of(url) for url in urls]


@pytest.mark.parametrize(("writers", "count"), [(3, 60), (20, 15)])
def test_processes_make_one_catalogue_and_write_at_once(at, start, writers, count):
    names = sorted(f"w{number}" for number in range(writers))
    children = [start(at(), name, count) for name in names]
    begin(*children)
    assert [child.wait() for child in children] == [0] * writers
    root = LogicalDirectory(at())
    for number in range(count):
        file = root.open(f"all/{number % 7}/{number}")
        hosts = sorted(url.host for url in file.list_locations())
        assert hosts == sorted(file.list_attributes()) == names
    moved = {f"{name}-{number}" for name in names for number in range(0, count, 10)}
    assert set(texts(root.open_dir("moved").list())) == moved
    assert texts(root.find("*", None, RECURSIVE))[-1] == f"own/{names[-1]}"


def test_what_a_killed_writer_had_not_done_is_not_there(at, start, oracle):
    child = start(at(), "hang")
    begin(child)
    assert child.stdout.readline() == "writing\n"
    child.send_signal(signal.SIGKILL)
    child.wait()
    root = LogicalDirectory(at())
    assert texts(root.find("*", None, RECURSIVE)) == []
    root.open("half", CREATE).add_location("file:///x")
    assert oracle.sql("SELECT count(*) FROM juncture_entries") == [(2,)]


def test_readers_do_not_wait_for_a_writer(root, start):
    root.open("there", CREATE)
    child = start(root.url, "hang")
    begin(child)
    assert child.stdout.readline() == "writing\n"
    assert texts(root.list()) == ["there"]
    begin(child)
    assert child.wait() == 0
    assert texts(root.list()) == ["half", "there"]


def test_many_threads_share_objects(root):
    file = root.open("f", CREATE)
    failed = []

    def work(number):
        try:
            for turn in range(20):
                file.add_location(f"ssh://h{number}/{turn}")
                file.set_attribute("last", str(number))
                file.list_locations()
        except rs.SagaException as error:
            failed.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    assert len(file.list_locations()) == 160


def test_a_child_has_connections_of_its_own(root):
    root.open("before", CREATE)
    child = os.fork()
    if child == 0:
        status = 1
        try:
            root.open("in child", CREATE)
            status = 0
        finally:
            os._exit(status)
    assert os.waitpid(child, 0)[1] == 0
    root.open("after", CREATE)
    assert texts(root.list()) == ["after", "before", "in child"]


def test_what_failed_in_the_middle_was_not_begun(root):
    root.open("s/a", CREATE | CREATE_PARENTS)
    root.open("s/b", CREATE)
    root.open("t/s/b", CREATE | CREATE_PARENTS)
    with pytest.raises(rs.AlreadyExists, match="/t/s/b"):
        root.copy("s", "t", RECURSIVE)
    assert texts(root.find("*")) == ["s", "s/a", "s/b", "t", "t/s", "t/s/b"]


def test_a_newer_schema_is_refused(root, oracle, at):
    root.open("f", CREATE)
    oracle.sql("UPDATE juncture_catalogue SET version = 2")
    forget(root)
    for flags in (0, CREATE):
        with pytest.raises(rs.NoSuccess, match=r"has the schema 2, this juncture knows .* up to 1"):
            LogicalDirectory(at(), flags)
    assert oracle.sql("SELECT version FROM juncture_catalogue") == [(2,)]


def forget(root):
    """Be as a process that has just begun."""
    root._adaptor._place.database.close()


# SQLite -------------------------------------------------------------------------------------------


def test_a_file_that_is_none_of_sqlite(tmp_path):
    path = tmp_path / "notes.db"
    path.write_text("these are notes\n" * 100)
    for flags in (0, CREATE):
        with pytest.raises(rs.BadParameter, match="not a file of SQLite"):
            LogicalDirectory(f"sqlite://{path}", flags)
    assert path.read_text() == "these are notes\n" * 100


def test_a_database_of_something_else(tmp_path):
    path = tmp_path / "other.db"
    with closing(sqlite3.connect(path)) as raw:
        raw.execute("CREATE TABLE songs (title)")
    with pytest.raises(rs.BadParameter, match="something else"):
        LogicalDirectory(f"sqlite://{path}", CREATE)
    with closing(sqlite3.connect(path)) as raw:
        assert raw.execute("SELECT name FROM sqlite_master").fetchall() == [("songs",)]


def test_an_empty_file_becomes_a_catalogue(tmp_path):
    path = tmp_path / "new.db"
    path.touch()
    with pytest.raises(rs.DoesNotExist, match="no catalogue"):
        LogicalDirectory(f"sqlite://{path}")
    LogicalFile(f"sqlite://{path}/f", CREATE)
    assert LogicalFile(f"sqlite://{path}/f").is_file()


def test_a_writer_that_does_not_end_is_not_waited_for_for_ever(tmp_path):
    path = tmp_path / "c.db"
    root = LogicalDirectory(f"sqlite://{path}?busy_timeout_s=0.05", CREATE)
    with closing(sqlite3.connect(path, isolation_level=None)) as raw:
        raw.execute("BEGIN IMMEDIATE")
        with pytest.raises(rs.Timeout, match="others are writing") as caught:
            root.make_dir("d")
        assert "busy_timeout_s" in caught.value.hint
        raw.execute("ROLLBACK")
    root.make_dir("d")


def test_a_file_that_was_exchanged_is_not_written_any_more(tmp_path):
    path = tmp_path / "c.db"
    first = LogicalDirectory(f"sqlite://{path}", CREATE)
    first.make_dir("old")
    for suffix in ("", "-wal", "-shm"):
        os.rename(f"{path}{suffix}", tmp_path / f"kept.db{suffix}")
    with pytest.raises(rs.DoesNotExist, match="no catalogue"):
        first.make_dir("lost")
    LogicalDirectory(f"sqlite://{path}", CREATE)
    first.make_dir("new")
    assert texts(first.list()) == ["new"]
    assert texts(LogicalDirectory(f"sqlite://{tmp_path}/kept.db").list()) == ["old"]


def test_the_journal_of_a_catalogue_that_went_is_not_given_to_a_new_one(tmp_path):
    path = tmp_path / "c.db"
    first = LogicalDirectory(f"sqlite://{path}", CREATE)
    first.make_dir("old")
    path.rename(tmp_path / "kept.db")
    with pytest.raises(rs.BadParameter, match=r"c\.db-wal` has changes of a catalogue"):
        LogicalDirectory(f"sqlite://{path}", CREATE)
    assert not path.exists()


def test_who_is_slower_takes_the_catalogue_that_another_has_made_and_uses(tmp_path, monkeypatch):
    url = f"sqlite://{tmp_path}/c.db"
    faster = subprocess.Popen([sys.executable, "-c", FASTER, str(SOURCE), url], **PIPES)

    def meanwhile(path, islink=os.path.islink):
        if path == f"{tmp_path}/c.db" and not os.path.exists(path):
            faster.communicate(b"\n")
        return islink(path)

    monkeypatch.setattr(os.path, "islink", meanwhile)
    assert texts(LogicalDirectory(url, CREATE).list()) == ["theirs"]
    assert faster.returncode == -signal.SIGKILL


def test_a_link_that_leads_to_nothing_is_no_place_for_a_catalogue(tmp_path):
    path = tmp_path / "c.db"
    path.symlink_to(tmp_path / "gone.db")
    with pytest.raises(rs.BadParameter, match=r"a link that leads to nothing, to `.*gone\.db`"):
        LogicalDirectory(f"sqlite://{path}", CREATE)
    assert os.listdir(tmp_path) == ["c.db"]


@pytest.mark.parametrize("url", ["sqlite://catalogue.db", "sqlite://host/catalogue.db"])
def test_a_url_with_a_slash_too_few(url):
    with pytest.raises(rs.BadParameter, match="this host alone") as caught:
        LogicalDirectory(url, CREATE)
    assert "sqlite:///folder/catalogue.db" in caught.value.hint


def test_a_directory_that_is_not_there(tmp_path):
    with pytest.raises(rs.DoesNotExist, match=r"no catalogue `.*none`") as caught:
        LogicalDirectory(f"sqlite://{tmp_path}/none/c.db", CREATE)
    assert "its directory is there" in caught.value.hint


def test_a_slip_in_the_query(tmp_path):
    with pytest.raises(rs.BadParameter, match="no option `busy_timeout`") as caught:
        LogicalDirectory(f"sqlite://{tmp_path}/c.db?busy_timeout=1", CREATE)
    assert "busy_timeout_s" in caught.value.hint


# PostgreSQL ---------------------------------------------------------------------------------------


def test_no_server(tmp_path):
    with pytest.raises(rs.NoSuccess, match="no server answers") as caught:
        LogicalDirectory(f"postgresql://me@/db?host={tmp_path}")
    assert len(str(caught.value).splitlines()) == 1
    assert "check host and port" in caught.value.hint


def test_a_database_that_is_not_there(server):
    with pytest.raises(rs.DoesNotExist, match="has no database `none`") as caught:
        LogicalDirectory(server.url("none"), CREATE)
    assert "createdb" in caught.value.hint


@pytest.mark.parametrize("how", ["url", "context", "none"])
def test_a_wrong_password(server, how, caplog):
    caplog.set_level(logging.DEBUG)
    url = rs.Url(server.url(server.database(), "asked"))
    session = rs.Session(default=False)
    if how == "url":
        url.password = "hunter2"
    elif how == "context":
        session.add_context(rs.Context("UserPass", user_id="asked", user_pass="hunter2"))
    with pytest.raises(rs.AuthenticationFailed, match="does not let this user into") as caught:
        LogicalDirectory(url, CREATE, session)
    assert "hunter2" not in f"{caught.value} {caught.value.hint} {caplog.text}"


@pytest.mark.parametrize("how", ["url", "context", "context without a name"])
def test_the_right_password(server, how, caplog):
    caplog.set_level(logging.DEBUG)
    url = rs.Url(server.url(server.database(), "asked"))
    session = rs.Session(default=False)
    session.add_context(rs.Context("UserPass", user_id="another", user_pass="wrong"))
    if how == "url":
        url.password = "right"
    elif how == "context":
        session.add_context(rs.Context("UserPass", user_id="asked", user_pass="right"))
    else:
        mine = rs.Context("UserPass", user_pass="right", remote_host=["localhost"])
        session.add_context(mine)
    root = LogicalDirectory(url, CREATE, session)
    assert texts(root.open("f", CREATE).cwd and root.list()) == ["f"]
    assert f" of PostgreSQL on {server.directory} opened for `postgresql:///" in caplog.text
    assert "by `juncture.replica.postgresql`" in caplog.text
    assert "right" not in f"{root!r} {caplog.text}"


@pytest.mark.parametrize(
    "values", [{}, {"remote_host": ["other"]}, {"server": "other:5432"}, {"remote_port": ["1"]}]
)
def test_a_context_is_for_the_hosts_that_it_names(server, values):
    url = server.url(server.database(), "asked")
    session = rs.Session(default=False)
    session.add_context(rs.Context("UserPass", user_pass="right", **values))
    with pytest.raises(rs.AuthenticationFailed) as caught:
        LogicalDirectory(url, CREATE, session)
    assert "`remote_host`" in caught.value.hint
    session.add_context(rs.Context("UserPass", user_pass="right", server="localhost"))
    assert LogicalDirectory(url, CREATE, session).list() == []


@pytest.mark.parametrize(
    ("url", "found"),
    [
        ("postgresql://one/db", ("bob", "1")),
        ("postgresql:///db?host=one", ("bob", "1")),
        ("postgresql://one/db?host=two", ("bob", "1")),
        ("postgresql://one/db?hostaddr=10.9.9.9", (None, None)),
        ("postgresql:///db?host=one,two", (None, None)),
        ("postgresql://two/db", (None, None)),
        ("postgresql://other@one/db", ("other", None)),
        ("postgresql://bob@two/db", ("bob", None)),
        ("postgresql:///db?host=/run/x", ("here", "2")),
        ("postgresql:///db", ("here", "2")),
        ("postgresql:///db?service=one", (None, None)),
    ],
)
def test_which_server_gets_which_credential(url, found, monkeypatch):
    for name in ("PGHOST", "PGHOSTADDR", "PGSERVICE", "PGPORT"):
        monkeypatch.delenv(name, raising=False)
    session = rs.Session(default=False)
    for values in (
        {"user_id": "here", "user_pass": "2", "remote_host": ["localhost:5432"]},
        {"user_id": "bob", "user_pass": "1", "remote_host": ["One"]},
        {"user_pass": "3"},
    ):
        session.add_context(rs.Context("UserPass", **values))
    adaptor = postgresql.Adaptor()
    parameters = adaptor._parameters(rs.Url(url), session)
    assert (parameters.get("user"), parameters.get("password")) == found


@pytest.mark.parametrize("name", ["PGHOST", "PGHOSTADDR", "PGSERVICE"])
def test_a_server_of_the_environment_is_not_this_host(name, monkeypatch):
    monkeypatch.setenv(name, "10.9.9.9")
    session = rs.Session(default=False)
    session.add_context(rs.Context("UserPass", user_pass="2", remote_host=["localhost"]))
    parameters = postgresql.Adaptor()._parameters(rs.Url("postgresql:///db"), session)
    assert "password" not in parameters


def test_queries_of_urls(server):
    url = server.url("postgres")
    with pytest.raises(rs.BadParameter, match="has a password"):
        LogicalDirectory(f"{url}&password=hunter2")
    with pytest.raises(rs.BadParameter, match="libpq does not take"):
        LogicalDirectory(f"{url}&colour=blue")
    with pytest.raises(rs.BadParameter, match="connect_timeout_s"):
        LogicalDirectory(f"{url}&connect_timeout_s=soon")


def test_a_user_without_rights(server):
    name = server.database()
    with pytest.raises(rs.PermissionDenied, match="permission denied"):
        LogicalDirectory(server.url(name, "reader"), CREATE)
    root = LogicalDirectory(server.url(name), CREATE)
    root.open("f", CREATE).add_location("file:///x")
    server.sql("GRANT SELECT ON ALL TABLES IN SCHEMA public TO reader", name)
    reading = LogicalDirectory(server.url(name, "reader"))
    assert len(reading.open("f").list_locations()) == 1
    with pytest.raises(rs.PermissionDenied, match="permission denied"):
        reading.open("f", READ_WRITE).add_location("file:///y")
    assert len(reading.open("f").list_locations()) == 1


@pytest.mark.parametrize("encoding", ["LATIN1", "SQL_ASCII"])
def test_names_do_not_depend_on_the_encoding_of_a_database(server, encoding):
    root = LogicalDirectory(server.url(server.database(encoding)), CREATE)
    for name in ("größe ☃", "\udcff\udcfe"):
        root.open(name, CREATE).set_attribute("ключ", "值")
        assert texts(root.find(name, "ключ=值")) == [name]


def test_a_server_that_goes_and_comes_back(server):
    root = LogicalDirectory(server.url(server.database()), CREATE)
    file = root.open("f", CREATE)
    server.stop()
    with pytest.raises(rs.NoSuccess, match="no server answers"):
        file.add_location("file:///x")
    server.start()
    file.add_location("file:///x")
    assert len(file.list_locations()) == 1


@pytest.mark.parametrize(
    "name",
    ["AdminShutdown", "CrashShutdown", "IdleSessionTimeout", "IdleInTransactionSessionTimeout"],
)
def test_the_last_word_of_a_server_is_the_end_of_the_connection(server, name):
    """It may be read before the connection is seen to be closed."""
    psycopg = pytest.importorskip("psycopg")
    root = LogicalDirectory(server.url(server.database()), CREATE)
    (connection,) = root._adaptor._place.database._kept
    with pytest.raises(ConnectionLost, match=r"connection .* was lost: goodbye"):
        connection.fail(getattr(psycopg.errors, name)("goodbye"))


def test_a_connection_that_is_cut_takes_nothing_half(server):
    name = server.database()
    root = LogicalDirectory(server.url(name), CREATE)

    def cut_off():
        with root._adaptor._place.writing() as catalogue:
            catalogue.make("/half", "directory")
            server.sql(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE application_name = 'juncture'"
            )
            catalogue.make("/half/made", "file")

    with pytest.raises(rs.NoSuccess, match=r"connection .* was lost"):
        cut_off()
    root.make_dir("whole")
    assert texts(root.find("*")) == ["whole"]
