"""An HTTP server whose faults are asked for: no ranges, lies about lengths, cut connections."""

import contextlib
import threading
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import quote, unquote

PIECE = 1 << 16


class Web:
    """The server: files in memory, and what goes wrong with them."""

    def __init__(self):
        self.files = {}
        self.ranges = True
        self.heads = True
        self.lengths = True
        self.cut_after = {}
        """Path -> bytes of a body after which the connection is cut, one entry an answer."""
        self.lie_in_head = 0
        """How much longer HEAD says that a file is."""
        self.shift = 0
        """How much later than asked a range begins."""
        self.statuses = {}
        self.redirects = {}
        self.account = None
        """User name and password as `Authorization` has them."""
        self.seen = []
        """Method, path and headers of each request."""
        self.targets = []
        """Method and target of each, as it came."""
        self.on_get = None
        """Called with the path before the body is sent."""
        self.mtime = 1_700_000_000
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self.server.daemon_threads = True
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()

    @property
    def port(self):
        return self.server.server_port

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def put(self, path, data):
        self.files[path] = data
        return f"{self.url}{quote(path)}"

    def gets(self, path):
        """Return the `Range` of each GET of a path."""
        return [head.get("Range") for method, p, head in self.seen if (method, p) == ("GET", path)]

    def close(self):
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()

    def is_folder(self, path):
        return path.endswith("/") and any(name.startswith(path) for name in self.files)

    def page(self, path):
        names = {
            name[len(path) :].partition("/")[0] + ("/" if "/" in name[len(path) :] else "")
            for name in self.files
            if name.startswith(path)
        }
        links = "".join(f'<a href="{quote(name)}">x</a>\n' for name in sorted(names))
        return f"<html><a href='../'>up</a>\n{links}</html>".encode()


@contextlib.contextmanager
def serving():
    web = Web()
    try:
        yield web
    finally:
        web.close()


def _handler(web):
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_HEAD(self):
            self.answer(body=False)

        def do_GET(self):
            self.answer(body=True)

        def answer(self, *, body):
            path = unquote(self.path.partition("?")[0], errors="surrogateescape")
            web.seen.append((self.command, path, dict(self.headers)))
            web.targets.append((self.command, self.path))
            if not body and not web.heads:
                return self.refuse(405)
            if web.account and self.headers.get("Authorization") != web.account:
                return self.refuse(401)
            if path in web.statuses:
                return self.refuse(web.statuses[path])
            if path in web.redirects:
                return self.redirect(web.redirects[path])
            if path not in web.files and web.is_folder(path + "/"):
                return self.redirect(quote(path) + "/")
            if web.is_folder(path):
                return self.send(web.page(path), path, body=body, kind="text/html")
            if path not in web.files:
                return self.refuse(404)
            return self.send(web.files[path], path, body=body)

        def refuse(self, status):
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def redirect(self, where):
            self.send_response(302)
            self.send_header("Location", where)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def send(self, data, path, *, body, kind="application/octet-stream"):
            begin, total = 0, len(data)
            wanted = self.headers.get("Range", "")
            if web.ranges and wanted.startswith("bytes="):
                begin, _, end = wanted[6:].partition("-")
                begin = int(begin) + (web.shift if int(begin) else 0)
                last = min(int(end), total - 1) if end else total - 1
                if begin >= total:
                    self.send_response(416)
                    self.send_header("Content-Range", f"bytes */{total}")
                    self.send_header("Content-Length", "0")
                    self.end_headers()
                    return
                data = data[begin : last + 1]
                self.send_response(206)
                self.send_header("Content-Range", f"bytes {begin}-{last}/{total}")
            else:
                self.send_response(200)
            self.send_header("Content-Type", kind)
            self.send_header("Last-Modified", formatdate(web.mtime, usegmt=True))
            if web.lengths:
                size = len(data) + (0 if body else web.lie_in_head)
                self.send_header("Content-Length", str(size))
            else:
                self.send_header("Connection", "close")
                self.close_connection = True
            self.end_headers()
            if body:
                self.stream(data, path)

        def stream(self, data, path):
            if web.on_get is not None:
                web.on_get(path)
            cuts = web.cut_after.get(path)
            end = cuts.pop(0) if cuts else None
            with contextlib.suppress(OSError):
                for at in range(0, len(data) if end is None else end, PIECE):
                    self.wfile.write(data[at : at + PIECE])
            if end is not None:
                self.close_connection = True

        def log_message(self, *arguments):
            pass

    return Handler
