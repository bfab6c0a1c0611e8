"""An HTTP server of one directory, with ranges: `http_server.py DIRECTORY` prints its port.

It ends at the end of its input. The bytes go from the file to the socket in the kernel, so that
the server is not what is measured.
"""

from __future__ import annotations

import os
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

DIRECTORY = sys.argv[1]


class Handler(BaseHTTPRequestHandler):
    """Serves files by their names."""

    protocol_version = "HTTP/1.1"

    def do_HEAD(self) -> None:
        """Tell about a file."""
        self._serve(with_body=False)

    def do_GET(self) -> None:
        """Send a file, or a range of it."""
        self._serve(with_body=True)

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def _serve(self, *, with_body: bool) -> None:
        try:
            file = open(os.path.join(DIRECTORY, os.path.basename(self.path)), "rb")  # noqa: SIM115 - see below
        except OSError:
            self.send_error(404)
            return
        with file:
            size = os.fstat(file.fileno()).st_size
            begin, end = self._range(size)
            self.send_response(200 if (begin, end) == (0, size) else 206)
            self.send_header("Content-Length", str(end - begin))
            self.send_header("Accept-Ranges", "bytes")
            self.send_header("ETag", f'"{size}"')
            if (begin, end) != (0, size):
                self.send_header("Content-Range", f"bytes {begin}-{end - 1}/{size}")
            self.end_headers()
            if with_body:
                self.wfile.flush()
                self.connection.sendfile(file, begin, end - begin)

    def _range(self, size: int) -> tuple[int, int]:
        begin, _, end = self.headers.get("Range", "bytes=0-").removeprefix("bytes=").partition("-")
        return int(begin), min(size, int(end) + 1 if end else size)


def main() -> None:
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        print(server.server_address[1], flush=True)
        sys.stdin.read()
        server.shutdown()


if __name__ == "__main__":
    main()
