"""Large bodies are read from their sockets, and everything else by aiohttp."""

import os
import socket
import threading

import pytest

from juncture.saga import filesystem as files
from juncture.saga.adaptors.fsspec_file.http import HttpReader
from juncture.saga.adaptors.fsspec_file.http_body import Body
from juncture.saga.storage.failures import ConnectionLost

LARGE = os.urandom(17 << 20)


def rest(reader):
    """Read all that is left, and close."""
    data = b"".join(iter(lambda: reader.read(1 << 18), b""))
    reader.close()
    return data


@pytest.mark.parametrize(
    ("size", "lengths", "offset", "kind"),
    [
        (len(LARGE), True, 0, Body),
        (len(LARGE), True, 1000, Body),
        (len(LARGE), True, len(LARGE) - 10, HttpReader),
        (len(LARGE), False, 0, HttpReader),
        (1 << 20, True, 0, HttpReader),
    ],
)
def test_who_reads_what(http, size, lengths, offset, kind):
    http.lengths = lengths
    url = http.put("/file", LARGE[:size])
    store = files.File(url)._adaptor._place.store
    reader = store.open_read("/file", offset)
    assert type(reader) is kind
    assert rest(reader) == LARGE[offset:size]
    assert reader.read(1) == b""
    assert store.stat("/file").size_bytes == size


def test_a_body_that_is_given_up_disturbs_no_other(http):
    store = files.File(http.put("/file", LARGE))._adaptor._place.store
    for _ in range(20):
        reader = store.open_read("/file")
        assert reader.read(10) == LARGE[:10]
        reader.close()
    assert rest(store.open_read("/file")) == LARGE


def test_many_threads_read_at_once(http):
    store = files.File(http.put("/file", LARGE))._adaptor._place.store
    found = []
    threads = [
        threading.Thread(target=lambda: found.append(rest(store.open_read("/file")) == LARGE))
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [True] * 8


@pytest.mark.parametrize("how", ["silent", "ended"])
def test_a_body_that_stops_in_the_middle(how):
    closed = []
    ours, theirs = socket.socketpair()
    with theirs:
        ours.settimeout(0.05)
        body = Body(b"ab", ours, 10, ("/file", "http://h"), lambda: closed.append(True))
        theirs.sendall(b"cd")
        if how == "ended":
            theirs.shutdown(socket.SHUT_WR)
        assert (body.read(10), body.read(10)) == (b"ab", b"cd")
        with pytest.raises(ConnectionLost, match="`/file` on http://h"):
            body.read(10)
    assert closed == [True]
    body.close()
    assert closed == [True]


def test_what_follows_a_body_is_not_read():
    ours, theirs = socket.socketpair()
    with theirs:
        theirs.sendall(b"content HTTP/1.1 200")
        body = Body(b"", ours, 7, ("/file", "http://h"), lambda: None)
        assert rest(body) == b"content"
