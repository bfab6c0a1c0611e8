"""A MyProxy server with a certificate authority of its own, on a free port of loopback.

It keeps a credential of `bob` for whoever has its password. Its clients find what they need to
trust it in `environment`.
"""

import os
import shutil
import signal
import subprocess
from pathlib import Path

from job_oracle import until
from processes import ends

_PATH = os.environ.get("PATH", os.defpath) + ":/usr/sbin:/sbin"
_PROGRAMS = ("openssl", "myproxy-server", "myproxy-init", "myproxy-logon")
_SETTINGS = """accepted_credentials "*"
authorized_retrievers "*"
default_retrievers "*"
"""
_POLICY = """access_id_CA X509 '/O=Test/CN=CA'
pos_rights globus CA:sign
cond_subjects globus '"/O=Test/*"'
"""


def why_not():
    """Return why there can be no server here, or an empty string."""
    for program in _PROGRAMS:
        if not shutil.which(program, path=_PATH):
            return f"`{program}` is not installed"
    return ""


class MyProxyServer:
    """A server that holds a credential; a context manager.

    Args:
        directory: An empty directory of this account alone.
        password: That of the credential of `bob`.
    """

    def __init__(self, directory, password):
        self.directory = Path(directory)
        self.environment = {
            "X509_CERT_DIR": str(self.directory / "trusted"),
            "MYPROXY_SERVER_DN": "/O=Test/CN=server",
        }
        self._password = password
        self._pid = None

    def __enter__(self):
        self._make_authority()
        for name in ("server", "bob"):
            self._make_certificate(name)
        self._start()
        try:
            self._store("bob")
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        if self._pid is not None:
            self.signal(signal.SIGCONT)
            self.signal(signal.SIGTERM)
            assert ends(self._pid)
            self._pid = None

    @property
    def address(self):
        """Host and port."""
        return f"localhost:{self.port}"

    @property
    def authority(self):
        """The certificate that all others are checked by."""
        return self.directory / "ca.pem"

    def signal(self, number):
        """Send it a signal."""
        os.kill(self._pid, number)

    def _start(self):
        (self.directory / "store").mkdir(mode=0o700)
        (self.directory / "settings").write_text(_SETTINGS)
        port, pid = self.directory / "port", self.directory / "pid"
        words = ["-l", "127.0.0.1", "-p", "0", "-z", port, "-P", pid]
        words += ["-c", self.directory / "settings", "-s", self.directory / "store"]
        self._run("myproxy-server", *words, **self._credential("server"))
        # It listens already, and writes these files meanwhile.
        until(lambda: all(file.exists() and file.read_text().strip() for file in (port, pid)))
        self._pid, self.port = int(pid.read_text()), int(port.read_text())

    def _store(self, name):
        words = ["-S", "--pshost", "localhost", "--psport", str(self.port), "-l", name]
        said = f"{self._password}\n"
        self._run("myproxy-init", *words, said=said, **self._credential(name))

    def _make_authority(self):
        new = ["-newkey", "rsa:2048", "-nodes", "-keyout", "ca.key", "-out", "ca.pem"]
        self._run("openssl", "req", "-x509", *new, "-subj", "/O=Test/CN=CA", "-days", "2")
        found = self._run("openssl", "x509", "-in", "ca.pem", "-noout", "-hash").strip()
        trusted = self.directory / "trusted"
        trusted.mkdir()
        shutil.copy(self.authority, trusted / f"{found}.0")
        (trusted / f"{found}.signing_policy").write_text(_POLICY)

    def _make_certificate(self, name):
        new = ["-newkey", "rsa:2048", "-nodes", "-keyout", f"{name}.key", "-out", f"{name}.csr"]
        self._run("openssl", "req", *new, "-subj", f"/O=Test/CN={name}")
        signed = ["-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "2"]
        self._run("openssl", "x509", "-req", "-in", f"{name}.csr", *signed, "-out", f"{name}.pem")
        (self.directory / f"{name}.key").chmod(0o600)

    def _credential(self, name):
        return {
            "X509_USER_CERT": str(self.directory / f"{name}.pem"),
            "X509_USER_KEY": str(self.directory / f"{name}.key"),
        }

    def _run(self, program, *words, said="", **more):
        done = subprocess.run(
            [shutil.which(program, path=_PATH), *words],
            cwd=self.directory,
            env={"PATH": _PATH, "HOME": str(self.directory), **self.environment, **more},
            input=said,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, (program, done.stdout, done.stderr)
        return done.stdout
