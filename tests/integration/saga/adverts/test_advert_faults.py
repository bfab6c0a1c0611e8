"""Servers that are missing, silent, gone in the middle, full, read-only, or that know nobody."""

import logging
import re
import shutil
import signal
import socket
import subprocess
from pathlib import Path

import pytest

import juncture.saga as rs
from juncture.saga import advert
from juncture.saga.advert import CREATE, RECURSIVE

KEPT = ("appendonly yes", "appendfsync always")
"""What lets a server begin again after a crash with all that it had confirmed."""


# Out of reach -----------------------------------------------------------------------------------


def test_a_missing_server_is_one_clear_error(tmp_path):
    with pytest.raises(rs.NoSuccess, match="no Redis server answers at") as caught:
        advert.Entry(f"redis+unix:///x?socket={tmp_path}/none", CREATE)
    assert len(caught.value.exceptions) == 1
    assert caught.value.hint
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound and not listening: nobody else gets it
        port = taken.getsockname()[1]
        with pytest.raises(rs.NoSuccess, match=f"no Redis server answers at `redis://.*{port}"):
            advert.Directory(f"redis://127.0.0.1:{port}/")


def test_a_host_that_nobody_knows():
    with pytest.raises(rs.NoSuccess, match=r"nobody knows|no Redis server answers"):
        advert.Directory("redis://no-such-host.invalid/")


@pytest.mark.parametrize("scheme", ["redis", "rediss"])
def test_a_server_that_says_nothing(scheme):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        with pytest.raises(rs.Timeout, match="does not answer in time"):
            advert.Directory(f"{scheme}://127.0.0.1:{port}/?timeout=0.2")


def test_a_server_that_stops_answering(make_server):
    server = make_server()
    entry = advert.Entry(server.url("/e"), CREATE)
    # From now on: until then it is to answer however slowly.
    pool = entry._adaptor._place.server.client().connection_pool
    pool.connection_kwargs |= {"socket_timeout": 0.2, "socket_connect_timeout": 0.2}
    pool.disconnect()
    pool.reset()
    server.signal(signal.SIGSTOP)
    with pytest.raises(rs.Timeout):
        entry.set_attribute("x", 1)
    server.signal(signal.SIGCONT)
    patient = advert.Entry(server.url("/e"))
    patient["x"] = 2
    assert patient["x"] == 2


@pytest.mark.parametrize(
    "url", ["redis+unix:///x", "redis+unix://host/x?socket=/s", "redis://localhost/x#y"]
)
def test_a_url_that_cannot_be_served(url):
    with pytest.raises(rs.BadParameter):
        advert.Entry(url)


@pytest.mark.parametrize("option", ["db=one", "db=-1", "timeout=0", "timeout=-1", "timeout=nan"])
def test_an_option_that_cannot_be(option):
    with pytest.raises(rs.BadParameter, match=f"`{option.partition('=')[0]}`"):
        advert.Entry(f"redis://localhost/x?{option}")


def test_a_slip_in_the_query():
    with pytest.raises(rs.BadParameter, match="no option `tiemout`") as caught:
        advert.Entry("redis://localhost/x?tiemout=3")
    assert "timeout" in caught.value.hint


# Gone in the middle -----------------------------------------------------------------------------


def test_a_server_that_crashes_and_comes_back(make_server, heard):
    server = make_server(*KEPT)
    folder = advert.Directory(server.url())
    entry = folder.open("e", CREATE)
    entry["x"] = "before"
    callback, gone, new = heard(), heard(), heard()
    entry.add_callback("x", callback)
    folder.add_callback("Delete", gone)
    folder.add_callback("New", new)
    server.kill()
    for call in (lambda: entry.set_attribute("x", 1), folder.list, lambda: entry.object):
        with pytest.raises(rs.NoSuccess, match=r"broke the connection|no Redis server answers"):
            call()
    with pytest.raises(rs.NoSuccess, match="no Redis server answers"):
        entry.add_callback("y", heard())
    server.start()
    assert entry["x"] == "before"
    entry["x"] = "after"
    assert callback.next() == ("x", "after")  # pushed, or seen to have been missed
    entry["x"] = "again"
    assert callback.next() == ("x", "again")
    folder.open("e3", CREATE)
    assert new.next()[0] == "New"
    assert all(value is None for _, _, value in gone.told.queue)  # it may have missed something


def test_the_log_says_when_changes_are_not_told_and_when_they_are_again(make_server, heard, caplog):
    server = make_server(*KEPT)
    entry = advert.Entry(server.url("/e"), CREATE)
    callback = heard()
    entry.add_callback("x", callback)
    server.kill()
    server.start()
    entry["x"] = 1
    assert callback.next() == ("x", 1)
    name = f"changes of redis+unix:{server.socket}?db=0: "
    lost, again = [each for each in caplog.records if each.getMessage().startswith(name)]
    assert lost.levelname == again.levelname == "WARNING"
    assert lost.getMessage().startswith(f"{name}lost for now: ")
    assert again.getMessage() == f"{name}told again, and what was missed"


def test_what_was_missed_is_told_once(make_server, heard):
    """The subscribing connections are cut while another changes things, again and again."""
    server = make_server()
    client = server.client()
    entry = advert.Entry(server.url("/e"), CREATE)
    entry["x"] = 0
    callback, change = heard(), heard()
    entry.add_callback("x", callback)
    entry.add_callback("Change", change)
    for value in range(1, 6):
        pipeline = client.pipeline(transaction=True)
        pipeline.execute_command("CLIENT", "KILL", "TYPE", "pubsub")
        pipeline.hset("{juncture}:n/e", mapping={"ax": f"j{value}", "w": 10**17 + value})
        pipeline.execute()
        assert callback.next() == ("x", value)
        assert change.next() == ("Change", None)
    assert callback.told.empty()
    assert change.told.empty()


def test_nothing_is_told_twice_after_a_lost_connection(make_server, heard):
    server = make_server()
    entry = advert.Entry(server.url("/e"), CREATE)
    callback = heard()
    entry.add_callback("x", callback)
    entry["x"] = 1
    assert callback.next() == ("x", 1)
    server.client().execute_command("CLIENT", "KILL", "TYPE", "pubsub")
    marker = heard()
    other = advert.Entry(server.url("/other"), CREATE)
    other.add_callback("y", marker)  # by the next connection
    other["y"] = 2
    assert marker.next() == ("y", 2)
    assert callback.told.empty()


def test_a_server_that_lost_its_data(make_server, heard):
    server = make_server()
    entry = advert.Entry(server.url("/e"), CREATE)
    entry["x"] = 1
    callback = heard()
    entry.add_callback("x", callback)
    server.kill()
    server.start()
    assert callback.next() == ("x", None)
    with pytest.raises(rs.DoesNotExist):
        entry["x"]
    advert.Entry(server.url("/e"), CREATE)["x"] = 2
    assert callback.next() == ("x", 2)


def test_a_lost_script_is_sent_again(make_server):
    server = make_server()
    entry = advert.Entry(server.url("/e"), CREATE)
    server.client().script_flush()
    entry["x"] = 1
    server.client().script_flush()
    container = rs.task.Container()
    for number in range(3):
        container.add(entry.set_attribute(f"k{number}", number, ttype=rs.TASK))
    container.run()
    container.wait()
    assert len(entry) == 4


def test_bulk_calls_on_a_server_that_is_gone(make_server):
    server = make_server()
    entry = advert.Entry(server.url("/e"), CREATE)
    container = rs.task.Container()
    tasks = [entry.set_attribute("x", n, ttype=rs.TASK) for n in range(3)]
    for task in tasks:
        container.add(task)
    server.kill()
    container.run()
    container.wait()
    assert {type(task.exception).__name__ for task in tasks} <= {"NoSuccess", "ConnectionLost"}
    assert all(task.state == rs.task.FAILED for task in tasks)


# Refusing ---------------------------------------------------------------------------------------


def test_a_replica_can_be_read(make_server):
    server = make_server()
    folder = advert.Directory(server.url())
    entry = folder.open("e", CREATE)
    entry["x"] = 1
    short = folder.open("short", CREATE)
    short.set_ttl(0.001)
    server.client().replicaof("127.0.0.1", 1)
    for call in (
        lambda: entry.set_attribute("x", 2),
        lambda: folder.open("new", CREATE),
        lambda: folder.move("e", "f"),
        lambda: folder.remove("e"),
    ):
        with pytest.raises(rs.PermissionDenied, match="it is a replica") as caught:
            call()
        assert "primary" in caught.value.hint
    assert entry.as_dict() == {"x": 1}
    assert folder.exists("e")
    server.client().replicaof("NO", "ONE")
    entry["x"] = 2


def test_what_ended_is_not_there_on_a_replica_either(make_server, heard):
    server = make_server()
    folder = advert.Directory(server.url())
    folder.open("e", CREATE)
    folder.set_ttl("e", 0.05)
    client = server.client()
    client.replicaof("127.0.0.1", 1)
    ended = heard()
    other = advert.Directory(server.url("/", db=1))  # its own tree, to wait by the server's clock
    client.replicaof("NO", "ONE")
    other.open("clock", CREATE)
    other.add_callback("Delete", ended)
    other.set_ttl("clock", 0.1)
    client.replicaof("127.0.0.1", 1)
    client.replicaof("NO", "ONE")
    assert ended.next() == ("Delete", "clock")
    client.replicaof("127.0.0.1", 1)
    assert not folder.exists("e")
    with pytest.raises(rs.DoesNotExist):
        folder.open("e")


def test_a_server_without_memory(make_server):
    server = make_server("maxmemory-policy noeviction")
    folder = advert.Directory(server.url())
    entry = folder.open("d/e", advert.CREATE_PARENTS)
    entry["x"] = 1
    client = server.client()
    client.config_set("maxmemory", 1)
    for call in (
        lambda: entry.store_object(b"x" * 1000),
        lambda: entry.set_attribute("x", 2),
        lambda: folder.copy("d", "copy", RECURSIVE),
        lambda: folder.move("d", "moved"),
        lambda: folder.make_dir("new"),
        lambda: entry.set_ttl(5),
    ):
        with pytest.raises(rs.NoSuccess, match="no memory left"):
            call()
    assert list(map(str, folder.list(None, RECURSIVE))) == ["d", "d/e"]
    assert entry.as_dict() == {"x": 1}
    assert entry.ttl is None
    del entry["x"]
    folder.remove("d", RECURSIVE)
    assert folder.list() == []
    client.config_set("maxmemory", 0)
    folder.make_dir("new")


def test_a_server_that_is_no_redis():
    with socket.create_server(("127.0.0.1", 0)) as other:
        import threading

        def answer():
            peer, _ = other.accept()
            with peer:
                peer.recv(1000)
                peer.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

        thread = threading.Thread(target=answer)
        thread.start()
        with pytest.raises(rs.NoSuccess):
            advert.Directory(f"redis://127.0.0.1:{other.getsockname()[1]}/")
        thread.join()


def test_a_server_that_takes_no_more_connections(make_server):
    server = make_server()
    holds = server.client()
    holds.config_set("maxclients", 1)
    with pytest.raises(rs.NoSuccess, match=r"broke the connection \("):
        advert.Directory(server.url())
    holds.config_set("maxclients", 100)
    assert advert.Directory(server.url()).list() == []


def test_what_another_program_has_written_there(make_server):
    server = make_server()
    folder = advert.Directory(server.url())
    entry = folder.open("e", CREATE)
    entry["x"] = 1
    server.client().hset("{juncture}:n/e", "aforeign", "no JSON")
    assert entry.list_attributes() == ["foreign", "x"]
    assert entry["x"] == 1
    for call in (lambda: entry["foreign"], entry.as_dict, lambda: folder.find("*", "x")):
        with pytest.raises(rs.NoSuccess, match="neither bytes nor JSON"):
            call()
    server.client().set("{juncture}:n/taken", "text")
    with pytest.raises(rs.NoSuccess, match="has something else under the names") as caught:
        folder.open("taken", CREATE)
    assert "prefix" in caught.value.hint


# Credentials ------------------------------------------------------------------------------------

SECRET = "s3cret/w?rd"

RULES = re.search(
    r"^user (adverts on .*)$",
    (Path(__file__).parents[4] / "docs/how-to/keep-adverts-on-redis.md").read_text(),
    re.MULTILINE,
)[1]
"""What the documentation says that a user for adverts needs."""


@pytest.fixture
def guarded(make_server):
    return make_server(
        f"requirepass {SECRET}",
        f"user {RULES.replace('PASSWORD', 'enough')}",
        f"user alice on >{SECRET} ~* &* +@all",
        "user reader on >read ~* &* +@read +@connection",
        "user looker on >look ~* &* +@read +@connection +@scripting",
        "user other on >other ~other* &* +@all",
        port=True,
    )


def with_context(**values):
    session = rs.Session(default=False)
    session.add_context(rs.Context("UserPass", **values))
    return session


def test_who_is_let_in(guarded):
    quoted = SECRET.replace("/", "%2F").replace("?", "%3F")
    place = f"127.0.0.1:{guarded.port}/e"
    advert.Entry(f"redis://:{quoted}@{place}", CREATE)
    advert.Entry(f"redis://alice:{quoted}@{place}")
    alice = with_context(user_id="alice", user_pass=SECRET)
    advert.Entry(f"redis://alice@{place}", session=alice)
    here = with_context(user_pass=SECRET, server=f"127.0.0.1:{guarded.port}")
    advert.Entry(f"redis://{place}", session=here)
    for_it = with_context(user_pass=SECRET, remote_host=["127.0.0.1"])
    entry = advert.Entry(f"redis://{place}", session=for_it)
    entry.add_callback("x", lambda *_: True)
    entry.copy("copy")
    for url, session in (
        (f"redis://{place}", None),
        (f"redis://alice:wrong@{place}", None),
        (f"redis://bob@{place}", with_context(user_id="alice", user_pass=SECRET)),
        (f"redis://{place}", with_context(user_pass=SECRET, remote_host=["other"])),
        (f"redis://{place}", with_context(user_pass=SECRET)),
        (f"redis://{place}", alice),
        (
            f"redis://{place}",
            with_context(user_pass=SECRET, remote_host=["127.0.0.1"], remote_port=["1"]),
        ),
    ):
        with pytest.raises(rs.AuthenticationFailed, match="does not accept the") as caught:
            advert.Entry(url, session=session)
        assert "`remote_host`" in caught.value.hint


@pytest.mark.parametrize("user", ["reader:read", "looker:look", "other:other"])
def test_a_user_who_may_too_little(guarded, user):
    with pytest.raises(rs.AuthorizationFailed, match="does not let this user") as caught:
        advert.Entry(f"redis://{user}@127.0.0.1:{guarded.port}/e", CREATE)
    assert "what a user needs" in caught.value.hint


def test_a_user_who_may_just_enough(guarded, heard):
    folder = advert.Directory(f"redis://adverts:enough@127.0.0.1:{guarded.port}/")
    entry = folder.open("a/e", advert.CREATE_PARENTS)
    callback = heard()
    entry.add_callback("x", callback)
    entry.set_attribute("x", 1, ttl=0.05)
    entry.store_object(2)
    assert [callback.next(), callback.next()] == [("x", 1), ("x", None)]
    folder.copy("a", "b", RECURSIVE)
    folder.move("b", "c")
    assert list(map(str, folder.find("e", None, int))) == ["a/e", "c/e"]
    entry.delete_object()
    folder.remove("a", RECURSIVE)
    container = rs.task.Container()
    container.add(folder.make_dir("d", ttype=rs.TASK))
    container.run()
    container.wait()
    assert folder.exists("d")


def test_the_password_is_nowhere(guarded, caplog, heard):
    caplog.set_level(logging.DEBUG)
    session = with_context(user_pass=SECRET, remote_host=["127.0.0.1"])
    entry = advert.Entry(f"redis://127.0.0.1:{guarded.port}/e", CREATE, session)
    callback = heard()
    entry.add_callback("x", callback)
    entry["x"] = 1
    callback.next()
    quoted = SECRET.replace("/", "%2F").replace("?", "%3F")
    other = advert.Entry(f"redis://:{quoted}@127.0.0.1:{guarded.port}/e")
    server = entry._adaptor._place.server
    shown = [repr(each) for each in (entry, other, server, server.location)]
    guarded.kill()
    for each in (entry, other):
        with pytest.raises(rs.SagaException) as caught:
            each.list_attributes()
        shown += [str(caught.value), caught.value.hint, caught.value.traceback]
    text = "".join(shown) + caplog.text
    name = f"redis://127.0.0.1:{guarded.port}"
    assert f"server {name}?db=0 taken for `{name}/e` by `juncture.advert.redis`" in text
    assert SECRET not in text
    assert quoted not in text
    entry.close()


# TLS --------------------------------------------------------------------------------------------


@pytest.fixture
def certificate(tmp_path):
    """A certificate for 127.0.0.1 that only who has it trusts, and its key."""
    program = shutil.which("openssl")
    if program is None:
        pytest.skip("`openssl` is not installed")
    paths = tmp_path / "cert.pem", tmp_path / "key.pem"
    words = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=x"
    more = ["-addext", "subjectAltName=IP:127.0.0.1", "-out", paths[0], "-keyout", paths[1]]
    subprocess.run([program, *words.split(), *more], check=True, capture_output=True)
    return paths


def test_tls(make_server, certificate, heard):
    server = make_server(port=True, tls=certificate)
    place = f"rediss://127.0.0.1:{server.port}/e"
    with pytest.raises(rs.NoSuccess, match="cannot be reached by TLS"):
        advert.Entry(place, CREATE)
    entry = advert.Entry(f"{place}?ca_certs={certificate[0]}", CREATE)
    callback = heard()
    entry.add_callback("x", callback)
    entry["x"] = 1
    assert callback.next() == ("x", 1)
    entry.close()
    with pytest.raises(rs.SagaException):
        advert.Entry(f"redis://127.0.0.1:{server.port}/e")
