"""What WebDAV requests say: paths percent-encoded, in the request and in its `Destination`."""

import contextlib
import threading
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

import pytest

import juncture.saga as rs
from juncture.saga.adaptors.fsspec_file.opening import open_store
from juncture.saga.storage.failures import Changed, ConnectionLost
from juncture.saga.url import Url

NAMES = {
    "what?#": "what%3F%23",
    "new\nline": "new%0Aline",
    "100%": "100%25",
    "%41": "%2541",
    "a b": "a%20b",
    "größe": "gr%C3%B6%C3%9Fe",
}


class Recorder(BaseHTTPRequestHandler):
    """Says that all is done, and that what was moved last is there; keeps what was asked."""

    def answer(self):
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        headers = self.headers
        told = (self.command, self.path, headers.get("Destination"), headers.get("Overwrite"))
        self.server.told.append(told)
        self.end(201)

    def do_PROPFIND(self):
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        there = self.server.there
        moved = [target for method, _, target, _ in self.server.told if method == "MOVE"]
        is_there = urlsplit(moved[-1]).path == self.path if moved else self.path == there
        self.end(207, known(there).replace(b"<D:collection/>", b"")) if is_there else self.end(404)

    def end(self, status, body=b""):
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_MOVE = answer  # noqa: N815 - as above

    def log_message(self, *arguments):
        pass


class Answering(BaseHTTPRequestHandler):
    """Answers as its server's `replies` say, by method, and keeps what it was asked."""

    protocol_version = "HTTP/1.1"

    def answer(self):
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.server.told.append((self.command, self.path, dict(self.headers)))
        status, headers, body = self.server.replies[self.command]
        self.send_response(status)
        if "Connection" not in headers:
            headers = {"Content-Length": str(len(body)), **headers}
        for name, text in headers.items():
            self.send_header(name, text)
        self.end_headers()
        self.wfile.write(body)
        self.close_connection = True

    do_PROPFIND = do_GET = answer  # noqa: N815 - as above

    def log_message(self, *arguments):
        pass


@contextlib.contextmanager
def answering(**replies):
    with ThreadingHTTPServer(("127.0.0.1", 0), Answering) as server:
        server.told, server.replies = [], replies
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


def known(*names, size=7):
    """Return what a server tells of names: the first one is a directory, the others are files."""
    kinds = ["<D:collection/>", *[""] * (len(names) - 1)]
    each = "".join(
        f"<D:response><D:href>{name}</D:href><D:propstat><D:prop><D:resourcetype>{kind}"
        f"</D:resourcetype><D:getcontentlength>{size}</D:getcontentlength></D:prop>"
        "<D:status>HTTP/1.1 200 OK</D:status></D:propstat></D:response>"
        for name, kind in zip(names, kinds, strict=True)
    )
    return f'<?xml version="1.0"?><D:multistatus xmlns:D="DAV:">{each}</D:multistatus>'.encode()


def store_of(server, login=""):
    return open_store(Url(f"webdav://{login}127.0.0.1:{server.server_port}/"), None, {})


@pytest.mark.parametrize("status", [301, 307, 308])
def test_credentials_do_not_follow_a_redirect_to_another_server(needs, status):
    needs("webdav4")
    whole = (207, {}, known("/", "/a%20b"))
    with answering(PROPFIND=whole, GET=(200, {}, b"content")) as there:
        where = {"Location": f"http://127.0.0.1:{there.server_port}/"}
        with answering(PROPFIND=(status, where, b""), GET=(status, where, b"")) as here:
            store = store_of(here, "bob:s3cret@")
            assert list(store.names("/")) == ["a b"]
            there.replies["PROPFIND"] = (207, {}, known_file())
            with closing(store.open_read("/a b")) as reader:
                assert reader.read(100) == b"content"
            store.close()
            assert all("Authorization" in headers for *_, headers in here.told)
        assert {method for method, *_ in there.told} == {"PROPFIND", "GET"}
        assert not [headers for *_, headers in there.told if "Authorization" in headers]


def known_file():
    return known("/a%20b").replace(b"<D:collection/>", b"")


@pytest.mark.parametrize("length", [True, False], ids=["length", "none"])
def test_a_listing_that_is_cut_is_no_listing(needs, length):
    needs("webdav4")
    whole = known("/", *[f"/{number}" for number in range(1000)])
    headers = {"Content-Length": str(len(whole))} if length else {"Connection": "close"}
    with answering(PROPFIND=(207, headers, whole[: len(whole) // 2])) as server:
        store = store_of(server)
        names = store.names("/")
        assert next(names) == "0"
        with pytest.raises(ConnectionLost, match=r"`/` on webdav://.*connection was lost"):
            list(names)
        store.close()


def test_a_range_from_elsewhere_is_noticed(needs):
    needs("webdav4")
    more = {"Content-Range": "bytes 5-6/7"}
    with answering(PROPFIND=(207, {}, known_file()), GET=(206, more, b"nt")) as server:
        store = store_of(server)
        with pytest.raises(Changed, match="from byte 3 on, and came from byte 5"):
            store.open_read("/a b", 3)
        store.close()


def test_what_is_no_webdav_server(needs):
    needs("webdav4")
    with answering(PROPFIND=(200, {}, b"<html/>")) as server:
        store = store_of(server)
        with pytest.raises(rs.NoSuccess, match="answers PROPFIND with status 200"):
            store.stat("/")
        store.close()


@pytest.fixture
def recorder(needs):
    needs("webdav4")
    with ThreadingHTTPServer(("127.0.0.1", 0), Recorder) as server:
        server.told = []
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.mark.parametrize("replace", [True, False])
@pytest.mark.parametrize("name", NAMES, ids=ascii)
def test_both_names_of_a_move_are_encoded_and_whether_it_replaces(recorder, name, replace):
    store = open_store(Url(f"webdav://127.0.0.1:{recorder.server_port}/"), None, {})
    recorder.there = f"/folder/{NAMES[name]}"
    store.rename(f"/folder/{name}", f"/other/{name}", replace=replace)
    store.close()
    ((_, path, target, overwrite),) = [each for each in recorder.told if each[0] == "MOVE"]
    assert (path, overwrite) == (f"/folder/{NAMES[name]}", "T" if replace else "F")
    assert urlsplit(target)[2:] == (f"/other/{NAMES[name]}", "", "")


@pytest.mark.parametrize("name", ["what?", "a;b", "new\nline"], ids=ascii)
@pytest.mark.parametrize("is_there", [False, True])
def test_a_name_that_the_server_takes_for_another_is_told(webdav_share, tmp_path, name, is_there):
    store = open_store(Url(webdav_share.base), None, {})
    if is_there:
        webdav_share.put(name, b"old")
    with pytest.raises(rs.NoSuccess, match="the server took it for another one"):
        store.write_whole(f"/{name}", b"new content", None, replace=True)
    assert (tmp_path / "webdav-share" / name).exists() is is_there
    store.close()
