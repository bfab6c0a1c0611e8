"""What WebDAV requests say: paths percent-encoded, in the request and in its `Destination`."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

import pytest

from juncture.saga.adaptors.fsspec_file.opening import open_store
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
    """Says that nothing is there, that all is done, and keeps what was asked."""

    def answer(self):
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.server.told.append((self.command, self.path, self.headers.get("Destination")))
        self.send_response(404 if self.command == "PROPFIND" else 201)
        self.send_header("Content-Length", "0")
        self.end_headers()

    do_PROPFIND = do_MOVE = answer  # noqa: N815 - so the standard library has it

    def log_message(self, *arguments):
        pass


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


@pytest.mark.parametrize("name", NAMES, ids=ascii)
def test_both_names_of_a_move_are_encoded(recorder, name):
    store = open_store(Url(f"webdav://127.0.0.1:{recorder.server_port}/"), None, {})
    store.rename(f"/folder/{name}", f"/other/{name}", replace=True)
    store.close()
    ((_, path, target),) = [each for each in recorder.told if each[0] == "MOVE"]
    assert path == f"/folder/{NAMES[name]}"
    assert urlsplit(target)[2:] == (f"/other/{NAMES[name]}", "", "")
