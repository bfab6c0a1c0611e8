"""How often a Redis server is asked: once for each call, and once for the many of a container."""

import contextlib
import socket
import threading

import pytest
from testbed import redis_server

import juncture.saga as rs
from juncture.saga import advert
from juncture.saga.advert import CREATE, CREATE_PARENTS, RECURSIVE

MARK = "end-of-what-is-counted"


@pytest.fixture(scope="module")
def shared_server(remains):
    """A server of this module's own: what others have done to theirs may not be over."""
    with redis_server.running() as server:
        yield server


@pytest.fixture
def asked(shared_server):
    """Return a function that makes a call, and says which commands the server was sent for it."""

    def asked(call):
        client = shared_server.client()
        with client.monitor() as monitor:
            call()
            shared_server.client().echo(MARK)
            found = []
            for told in monitor.listen():
                if MARK in told["command"]:
                    return found
                if told["client_type"] != "lua":  # which the script sends to itself
                    found.append(told["command"].split()[0])
        raise AssertionError(found)

    return asked


@pytest.fixture
def folder(home):
    entry = home.open("in/e", CREATE | CREATE_PARENTS)
    entry.object = {"a": [1, b"".hex()]}
    entry["x"] = 1
    home.make_dir("out")
    return home


@pytest.mark.parametrize(
    "call",
    [
        lambda _, e: e.set_attribute("x", 2),
        lambda _, e: e.set_attribute("x", 2, ttl=100),
        lambda _, e: e.get_attribute("x"),
        lambda _, e: e.remove_attribute("x"),
        lambda _, e: e.get_attributes(),
        lambda _, e: e.list_attributes(),
        lambda _, e: e.find_attributes("x=*"),
        lambda _, e: e.attribute_exists("x"),
        lambda _, e: e.store_object([1, 2]),
        lambda _, e: e.retrieve_object(),
        lambda _, e: e.delete_object(),
        lambda _, e: e.set_ttl(100),
        lambda _, e: e.get_ttl(),
        lambda _, e: e.get_mtime(),
        lambda _, e: e.is_dir(),
        lambda _, e: e.copy("/out"),
        lambda _, e: e.move("/out"),
        lambda _, e: e.remove(),
        lambda d, _: d.list(),
        lambda d, _: d.list("*", RECURSIVE),
        lambda d, _: d.find("*"),
        lambda d, _: d.find("*", None, dict),
        lambda d, _: d.exists("in/e"),
        lambda d, _: d.get_num_entries(),
        lambda d, _: d.get_entry(0),
        lambda d, _: d.make_dir("a/b", CREATE_PARENTS),
        lambda d, _: d.change_dir("in"),
        lambda d, _: d.open("in/e"),
        lambda d, _: d.open("new/f", CREATE | CREATE_PARENTS),
        lambda d, _: d.open_dir("in"),
        lambda d, _: d.copy("in", "out", RECURSIVE),
        lambda d, _: d.move("in", "out"),
        lambda d, _: d.set_ttl("in", 100),
        lambda d, _: d.get_ttl("in"),
        lambda d, _: d.remove("in", RECURSIVE),
    ],
)
def test_a_call_is_one_command(folder, asked, call):
    entry = folder.open("in/e")
    assert asked(lambda: call(folder, entry)) == ["EVALSHA"]


def test_what_attributes_say_is_one_command_more_for_many(folder, asked):
    for number in range(20):
        folder.open(f"in/{number}", CREATE)["x"] = number % 2
    sent = asked(lambda: folder.find("*", "x=1"))
    assert sent == ["EVALSHA", "SCRIPT", *["EVALSHA"] * 23]


class Holding:
    """A way to a server on which nothing goes on before `left` calls have come."""

    def __init__(self, server):
        self.server = server
        self.left = 0
        self.port = socket.create_server(("127.0.0.1", 0))
        self.thread = threading.Thread(target=self.carry)
        self.thread.start()

    def carry(self):
        source, _ = self.port.accept()
        with source, socket.socket(socket.AF_UNIX) as target:
            target.connect(str(self.server.socket))
            back = threading.Thread(target=relay, args=(target, source))
            back.start()
            held = b""
            with contextlib.suppress(OSError):
                while data := source.recv(1 << 16):
                    held += data
                    if held.count(b"\r\nEVALSHA\r\n") >= self.left:
                        self.left = 0
                        target.sendall(held)
                        held = b""
            target.shutdown(socket.SHUT_RDWR)
            back.join()

    def close(self):
        self.port.close()
        self.thread.join()


def relay(source, target):
    with contextlib.suppress(OSError):
        while data := source.recv(1 << 16):
            target.sendall(data)


def test_the_calls_of_a_container_wait_for_nothing_before_all_are_sent(make_server):
    """The first one is one of a hundred, and its answer would not come before the last is sent."""
    server = make_server()
    with advert.Directory(server.url()) as folder:
        for number in range(100):
            folder.open(str(number), CREATE)
    way = Holding(server)
    try:
        there = advert.Directory(f"redis://127.0.0.1:{way.port.getsockname()[1]}/")
        tasks = rs.task.Container()
        way.left = 100
        for number in range(100):
            tasks.add(there.exists(str(number), ttype=rs.TASK))
        tasks.run()
        tasks.wait()
        assert {task.result for task in tasks.get_tasks()} == {True}
        assert way.left == 0
        there._adaptor._place.server.client().close()
    finally:
        way.close()
