"""What FTP servers say when they list a directory, and when they stop in the middle of it."""

import contextlib
import socket
import threading

import pytest

import juncture.saga as rs
from juncture.saga.adaptors.fsspec_file.opening import open_store
from juncture.saga.storage.failures import ConnectionLost
from juncture.saga.url import Url

pytest.importorskip("fsspec")

NAMES = [f"file {number}" for number in range(1000)]
FACTS = ["type=cdir;modify=20240101000000; .", "type=pdir; .."]
LINES = [*FACTS, *[f"Type=file;Size=7;Modify=20240102030405; {name}" for name in NAMES]]
LIST = [f"-rw-r--r-- 1 u g 7 Jan  1 00:00 {name}" for name in NAMES]


class Server:
    """A server of one connection; `lines` of a listing are sent, and then `last` is said."""

    def __init__(self, lines, last="226 Done", mlsd=True):
        self.lines, self.last, self.mlsd = lines, last, mlsd
        self.port = socket.create_server(("127.0.0.1", 0))
        self.thread = threading.Thread(target=self.serve)
        self.thread.start()

    def serve(self):
        control, _ = self.port.accept()
        with control, control.makefile("r", newline="\r\n") as commands:
            self.say(control, "220 Hello")
            for line in commands:
                word, _, path = line.strip().partition(" ")
                if word == "MLST":
                    self.say(control, f"250-Of\r\n type=dir; {path}\r\n250 End")
                elif word == "PASV":
                    data = socket.create_server(("127.0.0.1", 0))
                    high, low = divmod(data.getsockname()[1], 256)
                    self.say(control, f"227 Passive (127,0,0,1,{high},{low})")
                elif word == "MLSD" and not self.mlsd:
                    data.close()
                    self.say(control, "500 What?")
                elif word in {"MLSD", "LIST"}:
                    self.say(control, "150 Here it comes")
                    connection, _ = data.accept()
                    data.close()
                    with connection, contextlib.suppress(OSError):  # nobody wants the rest
                        connection.sendall("".join(f"{each}\r\n" for each in self.lines).encode())
                    if not self.last:
                        return
                    self.say(control, self.last)
                else:
                    self.say(control, {"USER": "331 And?", "PASS": "230 In"}.get(word, "200 Yes"))

    @staticmethod
    def say(control, text):
        with contextlib.suppress(OSError):
            control.sendall(f"{text}\r\n".encode())

    def close(self):
        self.port.close()
        self.thread.join()


@pytest.fixture
def listed():
    """Return a function that starts a server, and returns the store that lists it."""
    servers = []

    def listed(*arguments, **more):
        server = Server(*arguments, **more)
        store = open_store(Url(f"ftp://127.0.0.1:{server.port.getsockname()[1]}/"), None, {})
        servers.append((server, store))
        return store

    yield listed
    for server, store in servers:
        store.close()
        server.close()


def test_a_listing(listed):
    found = dict(listed(LINES).scan("/folder"))
    assert list(found) == NAMES
    assert {(each.kind, each.size_bytes, each.mtime) for each in found.values()} == {
        ("file", 7, 1704164645.0)
    }


def test_a_server_that_knows_no_facts(listed):
    found = dict(listed(LIST, mlsd=False).scan("/folder"))
    assert list(found) == NAMES
    assert {(each.kind, each.size_bytes) for each in found.values()} == {("file", 7)}


def test_a_server_that_knows_no_facts_stops(listed):
    with pytest.raises(ConnectionLost, match="426"):
        list(listed(LIST[:500], "426 Aborted", mlsd=False).names("/"))


@pytest.mark.parametrize("last", ["426 Aborted", "451 Disk fails", ""])
def test_a_listing_that_stops_is_no_listing(listed, last):
    names = listed(LINES[:500], last).names("/folder")
    assert next(names) == "file 0"
    kind = rs.NoSuccess if last.startswith("451") else ConnectionLost
    with pytest.raises(kind, match=last[:3] or "connection was lost"):
        list(names)


def test_a_listing_that_nobody_goes_on_with_holds_no_connection(listed):
    store = listed(LINES)
    names = store.names("/folder")
    assert next(names) == "file 0"
    names.close()
    assert store._idle == []
