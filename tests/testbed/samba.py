"""A Samba server for tests, in a directory of its own: no guests, two accounts, one free port.

It is ready when it says so, as to systemd, by `READY=1` on a socket, and then answers a ping: only
what listens does. Files belong to `nobody`, who is
the user `bob` to clients; `reader` may only read.
"""

import contextlib
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from pathlib import Path
from urllib.parse import quote

from processes import end_group
from testbed.ports import free_port

USER, READER, PASSWORD = "bob", "reader", "s3cret/pass:word"
ACCOUNTS = {"nobody": USER, "games": READER}
SHARE = "share"
LOGIN = f"{USER}:{quote(PASSWORD, safe='')}@127.0.0.1"
_SMBD, _PDBEDIT, _SMBCONTROL = map(shutil.which, ("smbd", "pdbedit", "smbcontrol"))
_START_S = 60


def why_not():
    """Return why there can be no server here, or an empty string."""
    if None in (_SMBD, _PDBEDIT, _SMBCONTROL):
        return "Samba is not installed"
    if os.geteuid() != 0:
        return "only root can start `smbd`"
    try:
        __import__("smbclient")
    except ImportError:
        return "the Python package `smbprotocol` is not installed"
    return ""


class Samba:
    """One server with one share, whose files are in `folder`."""

    def __init__(self):
        self.directory = Path(tempfile.mkdtemp(prefix="jsmb-"))
        self.directory.chmod(0o755)
        self.folder = self.directory / "share"
        self.uid = pwd.getpwnam("nobody").pw_uid
        self.port = free_port()
        self.process = None
        for name in ("share", "private", "state", "run"):
            (self.directory / name).mkdir(mode=0o755)
        os.chown(self.folder, self.uid, -1)
        users = [f"{account} = {user}\n" for account, user in ACCOUNTS.items()]
        (self.directory / "users").write_text("".join(users))
        self._conf = self.directory / "smb.conf"
        self._conf.write_text(self._settings())
        for account in ACCOUNTS:
            command = [_PDBEDIT, "-s", self._conf, "-a", "-t", account]
            twice = f"{PASSWORD}\n{PASSWORD}\n"
            subprocess.run(command, input=twice, capture_output=True, text=True, check=True)

    def _settings(self):
        place = self.directory
        return f"""
[global]
server role = standalone server
interfaces = 127.0.0.1/8
bind interfaces only = yes
smb ports = {self.port}
disable netbios = yes
private dir = {place}/private
passdb backend = tdbsam:{place}/private/passdb.tdb
state directory = {place}/state
cache directory = {place}/state
lock directory = {place}/state
pid directory = {place}/run
ncalrpc dir = {place}/run/ncalrpc
log file = {place}/log
username map = {place}/users
map to guest = Never
load printers = no
printcap name = /dev/null
disable spoolss = yes
rpc start on demand helpers = no

[{SHARE}]
path = {self.folder}
read only = no
guest ok = no
read list = games
"""

    def url(self, path=""):
        """Return the URL of a path in the share."""
        return f"smb://{LOGIN}:{self.port}/{quote(f'{SHARE}/{path}'.rstrip('/'))}"

    def start(self):
        """Start it, and return when it takes connections."""
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as told:
            told.bind(str(self.directory / "run" / "ready"))
            told.settimeout(_START_S)
            environment = {**os.environ, "NOTIFY_SOCKET": str(self.directory / "run" / "ready")}
            command = [_SMBD, "--foreground", "--no-process-group", "-s", self._conf]
            self.process = subprocess.Popen(
                command,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
            while b"READY=1" not in told.recv(4096):
                pass
        (self.directory / "run" / "ready").unlink()
        ping = [_SMBCONTROL, "-s", self._conf, "-t", str(_START_S), str(self.process.pid), "ping"]
        answer = subprocess.run(ping, capture_output=True, text=True, check=True).stdout
        assert "PONG" in answer, answer
        return self

    def end(self):
        """End it and all its processes at once, in the middle of whatever they do."""
        end_group(self.process)

    def close(self):
        """End it, and remove what it has left."""
        if self.process is not None:
            self.end()
        shutil.rmtree(self.directory)


@contextlib.contextmanager
def serving():
    """Serve a share."""
    server = Samba()
    try:
        yield server.start()
    finally:
        server.close()
