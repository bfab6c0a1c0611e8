"""Redis servers for tests, in directories of their own, as `nobody` where root starts them.

A server listens on a Unix socket, and with `port` also on a free port of loopback. It is ready when
it says so. `kill` ends it as a crash would; `start` begins again with what it had written.
"""

import contextlib
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path

import pytest
from processes import PATIENCE_S
from testbed.ports import free_port

PROGRAM = shutil.which("redis-server")
_ACCOUNT = "nobody"


def why_not():
    """Return why there can be no server here, or an empty string."""
    if PROGRAM is None:
        return "`redis-server` is not installed"
    try:
        __import__("redis")
    except ImportError:
        return "the Python package `redis` is not installed"
    return ""


@contextlib.contextmanager
def running():
    """Give a server that runs until the end of the block; skip the test where there can be none."""
    if reason := why_not():
        pytest.skip(reason)
    server = RedisServer()
    try:
        yield server.start()
    finally:
        server.close()


class RedisServer:
    """One server; its `settings` are lines of its configuration."""

    def __init__(self, *settings, port=False, tls=()):
        self.directory = Path(tempfile.mkdtemp(prefix="jredis-"))
        self.socket = self.directory / "s"
        self.port = free_port() if port else 0
        self.process = None
        lines = [
            f"dir {self.directory}",
            f"unixsocket {self.socket}",
            "unixsocketperm 777",
            "bind 127.0.0.1",
            f"tls-port {self.port}" if tls else f"port {self.port}",
            *(("port 0", "tls-auth-clients no") if tls else ()),
            'save ""',
            *settings,
        ]
        own = [shutil.copy(each, self.directory) for each in tls]
        for setting, place in zip(("tls-cert-file", "tls-key-file"), own, strict=False):
            lines.append(f"{setting} {place}")
        self._file = self.directory / "conf"
        self._file.write_text("\n".join(lines) + "\n")
        self._user = {}
        if os.geteuid() == 0:
            account = pwd.getpwnam(_ACCOUNT)
            for place in (self.directory, self._file, *own):
                os.chown(place, account.pw_uid, account.pw_gid)
            self._user = {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}

    def url(self, path="/", **query):
        """Return the URL of an advert, by the socket; who has it waits as long as a test does."""
        query = {"timeout": PATIENCE_S, **query}
        more = "".join(f"&{name}={value}" for name, value in query.items())
        return f"redis+unix://{path}?socket={self.socket}{more}"

    def start(self):
        """Start it, and return when it takes connections."""
        self.process = subprocess.Popen(
            [PROGRAM, self._file], stdout=subprocess.PIPE, text=True, **self._user
        )
        said = []
        for line in self.process.stdout:
            said.append(line)
            if "eady to accept connections" in line:
                return self
        raise AssertionError("".join(said))

    def client(self, **more):
        """Return a client of it."""
        import redis

        return redis.Redis(unix_socket_path=str(self.socket), protocol=2, **more)

    def signal(self, number):
        """Send it a signal."""
        self.process.send_signal(number)

    def kill(self):
        """End it as a crash does."""
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()

    def close(self):
        """End it, and remove what it has left."""
        if self.process is not None and self.process.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                self.process.send_signal(signal.SIGCONT)
            self.kill()
        shutil.rmtree(self.directory)
