"""An HTTP server whose faults are asked for: no ranges, lies about lengths, cut connections."""

import contextlib
import threading
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import quote, unquote

PIECE = 1 << 16


class Handler(BaseHTTPRequestHandler):
    """One connection; `web` is set by a class of the server's own."""

    protocol_version = "HTTP/1.1"
    web = None

    def do_HEAD(self):
        self.answer(body=False)

    def do_GET(self):
        self.answer(body=True)

    def answer(self, *, body):
        web = self.web
        path = unquote(self.path.partition("?")[0], errors="surrogateescape")
        web.seen.append((self.command, path, dict(self.headers)))
        web.targets.append((self.command, self.path))
        status = self.refusal(path, body)
        if status:
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()
        elif path in web.redirects:
            self.redirect(web.redirects[path])
        elif path in web.files:
            self.send(web.files[path], path, body=body)
        elif web.is_folder(path):
            self.send(web.page(path), path, body=body, kind="text/html")
        else:
            self.redirect(quote(path) + "/")

    def refusal(self, path, body):
        web = self.web
        if not body and not web.heads:
            return 405
        if web.account and self.headers.get("Authorization") != web.account:
            return 401
        if path in web.statuses:
            return web.statuses[path]
        known = path in web.files or path in web.redirects
        return 0 if known or web.is_folder(path) or web.is_folder(path + "/") else 404

    def redirect(self, where):
        self.send_response(302)
        self.send_header("Location", where)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def send(self, data, path, *, body, kind="application/octet-stream"):
        data = self.begin(data)
        if data is None:
            return
        web = self.web
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

    def begin(self, data):
        """Send the status line, and return what of the file was asked for."""
        wanted, total = self.headers.get("Range", ""), len(data)
        if not (self.web.ranges and wanted.startswith("bytes=")):
            self.send_response(200)
            return data
        begin, _, end = wanted[6:].partition("-")
        begin = int(begin) + (self.web.shift if int(begin) else 0)
        last = min(int(end), total - 1) if end else total - 1
        if begin >= total:
            self.send_response(416)
            self.send_header("Content-Range", f"bytes */{total}")
            self.send_header("Content-Length", "0")
            self.end_headers()
            return None
        self.send_response(206)
        self.send_header("Content-Range", f"bytes {begin}-{last}/{total}")
        return data[begin : last + 1]

    def stream(self, data, path):
        if self.web.on_get is not None:
            self.web.on_get(path)
        cuts = self.web.cut_after.get(path)
        end = cuts.pop(0) if cuts else None
        with contextlib.suppress(OSError):
            for at in range(0, len(data) if end is None else min(end, len(data)), PIECE):
                self.wfile.write(data[at : at + PIECE])
        if end is not None:
            self.close_connection = True

    def log_message(self, *arguments):
        pass


class Web:
    """The server: files in memory, and what goes wrong with them.

    Args:
        tls: The context with which it speaks TLS; None: it does not.
    """

    def __init__(self, tls=None):
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
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), type("Own", (Handler,), {"web": self}))
        self.server.daemon_threads = True
        if tls is not None:
            self.server.socket = tls.wrap_socket(self.server.socket, server_side=True)
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
def serving(tls=None):
    web = Web(tls)
    try:
        yield web
    finally:
        web.close()
