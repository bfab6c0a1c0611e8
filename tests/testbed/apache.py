"""Apache with mod_dav, as `nobody` where root starts it: a second WebDAV server."""

import base64
import contextlib
import hashlib
import os
import pwd
import shutil
import subprocess
import tempfile
from pathlib import Path

from processes import end_group
from testbed.ports import free_port
from testbed.shares import LOGIN, PASSWORD, USER

_PROGRAM = shutil.which("apache2") or shutil.which("apache2", path="/usr/sbin")
_MODULES = "/usr/lib/apache2/modules"
_NAMES = ("mpm_event", "authn_core", "authn_file", "authz_core", "authz_user", "auth_basic")


def why_not():
    """Return why there can be no server here, or an empty string."""
    if _PROGRAM is None or not os.path.isfile(f"{_MODULES}/mod_dav_fs.so"):
        return "Apache with mod_dav is not installed"
    try:
        __import__("webdav4")
    except ImportError:
        return "the Python package `webdav4` is not installed"
    return ""


class Apache:
    """One server; what it serves is in `folder`."""

    def __init__(self):
        self.directory = Path(tempfile.mkdtemp(prefix="jdav-"))
        self.directory.chmod(0o755)
        self.folder = self.directory / "files"
        self.uid = pwd.getpwnam("nobody").pw_uid if os.geteuid() == 0 else os.geteuid()
        for name in ("files", "locks"):
            (self.directory / name).mkdir()
            os.chown(self.directory / name, self.uid, -1)
        self.port = free_port()
        self._conf = self.directory / "conf"
        self._conf.write_text(self._settings())
        digest = base64.b64encode(hashlib.sha1(PASSWORD.encode()).digest()).decode()  # noqa: S324
        (self.directory / "users").write_text(f"{USER}:{{SHA}}{digest}\n")
        self.process = None

    def url(self, path):
        """Return the URL of a path in the share."""
        return f"webdav://{LOGIN}:{self.port}/{path}"

    def _settings(self):
        names = [*_NAMES, "dav", "dav_fs", "dav_lock"]
        loads = [f"LoadModule {name}_module {_MODULES}/mod_{name}.so" for name in names]
        return (
            "\n".join(loads)
            + f"""
ServerRoot {self.directory}
ServerName localhost
Listen 127.0.0.1:{self.port}
PidFile {self.directory}/pid
ErrorLog /dev/stderr
DefaultRuntimeDir {self.directory}
Mutex fcntl:{self.directory}
User nobody
Group nogroup
DavLockDB {self.directory}/locks/locks
DocumentRoot {self.folder}
AcceptPathInfo Off
AllowEncodedSlashes Off
<Directory {self.folder}>
  Dav On
  AuthType Basic
  AuthName kit
  AuthUserFile {self.directory}/users
  Require valid-user
</Directory>
"""
        )

    def start(self):
        """Start it, and return when it takes connections."""
        command = [_PROGRAM, "-f", str(self._conf), "-DFOREGROUND"]
        self.process = subprocess.Popen(
            command, stderr=subprocess.PIPE, text=True, start_new_session=True
        )
        said = []
        for line in self.process.stderr:
            said.append(line)
            if "resuming normal operations" in line:
                return self
        raise AssertionError("".join(said))

    def close(self):
        """End it, and remove what it has left."""
        if self.process is not None:
            end_group(self.process)
            self.process.stderr.close()
        shutil.rmtree(self.directory)


@contextlib.contextmanager
def serving():
    """Serve a directory by WebDAV."""
    server = Apache()
    try:
        yield server.start()
    finally:
        server.close()
