"""OpenSSH servers on loopback with users of their own, for tests; only as root.

Each host is an address of 127.0.0.0/8 with a free port, its own host key and log. The users get
random names and passwords, so that a machine on which this runs is open to nobody, and are removed
again. What `start` needs and does not find it tells by `why_not`, which is the reason to skip.
"""

import base64
import contextlib
import hashlib
import hmac
import os
import pwd
import re
import shutil
import signal
import socket
import struct
import subprocess
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

from job_oracle import state_of, until
from processes import ends
from testbed.ports import free_port

SSHD = shutil.which("sshd", path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin")
SHELLS = ("bash", "dash", "zsh", "fish", "tcsh")
NOISE = r"""echo "*** Welcome ***"
echo "$ # > % unbalanced \"quotes" >&2
printf "\001\377no newline"
"""
_SECOND_FACTOR = "pam_google_authenticator.so"
_PREFIX = "juncture-sshd-"
_START_S = 60
_TRIES = 3
_FAR_PORT = 2200
_NO_SUCH_USER = 6  # userdel(8), EXIT VALUES


def why_not():
    """Return why there can be no servers here, or an empty string."""
    if os.geteuid() != 0:
        return "only root can start sshd with other users"
    for program in ("useradd", "userdel", "chpasswd", "ssh", "ssh-keygen"):
        if not shutil.which(program):
            return f"`{program}` is not installed"
    return "" if SSHD else "`sshd` is not installed"


def why_no_second_factor():
    """Return why there can be no one-time codes here, or an empty string."""
    places = Path("/").glob("lib*/**/security/" + _SECOND_FACTOR)
    return "" if any(places) else f"`{_SECOND_FACTOR}` is not installed"


@dataclass
class User:
    """Somebody who may log in."""

    name: str
    home: Path
    password: str = field(repr=False)


@dataclass
class Host:
    """One server."""

    address: str
    port: int
    directory: Path
    enter: tuple = ()
    process: subprocess.Popen | None = None

    @property
    def log(self):
        """What the server has said."""
        return (self.directory / "log").read_text(encoding="utf-8", errors="replace")

    def logins(self):
        """Return how many connections were let in."""
        return len(re.findall(r"Accepted \S+ for ", self.log))

    def connections(self):
        """Return the processes that serve connections; what a client is told they may log later."""
        return {*_descendants(self.process.pid)}


class Testbed:
    """Servers and users; a context manager."""

    __test__ = False

    def __init__(self):
        self.users = {}
        self.hosts = []
        self._tag = os.urandom(3).hex()
        self._service = f"juncture-test-{self._tag}"
        self.totp_secret = base64.b32encode(os.urandom(16)).decode("ascii").rstrip("=")

    def __enter__(self):
        _remove_left()
        self.directory = Path(tempfile.mkdtemp(prefix=_PREFIX))
        self.directory.chmod(0o755)
        note = self.directory / "note"
        note.write_text(f"{os.getpid()} {self._tag}")
        note.rename(self.directory / "left")  # whole when another run sees it
        try:
            self._make_keys()
            self._make_users()
            self._make_pam_service()
            for _ in range(2):
                self.add_host()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        for host in self.hosts:
            self.stop(host)
        _remove(self._tag, self.directory)

    def remains(self):
        """Return what is still there of a testbed that is over."""
        users = [entry.pw_name for entry in pwd.getpwall() if self._tag in entry.pw_name]
        places = [self.directory, Path("/etc/pam.d", self._service)]
        servers = [host.address for host in self.hosts if host.process is not None]
        return users + [str(place) for place in places if place.exists()] + servers

    @property
    def key(self):
        """A private key without a passphrase that everybody with a key login accepts."""
        return self.directory / "key"

    @property
    def locked_key(self):
        """One with the passphrase `key passphrase`."""
        return self.directory / "locked_key"

    def totp(self):
        """Return the one-time code of now (RFC 6238)."""
        padded = self.totp_secret + "=" * (-len(self.totp_secret) % 8)
        digest = hmac.new(
            base64.b32decode(padded), struct.pack(">Q", int(time.time()) // 30), hashlib.sha1
        ).digest()
        at = digest[-1] & 15
        number = struct.unpack(">I", digest[at : at + 4])[0] & 0x7FFFFFFF
        return f"{number % 10**6:06d}"

    def config(self, *, known=True, lines=()):
        """Write an ssh configuration for the hosts h0, h1 and `behind`, which is h1 behind h0."""
        number = len(list(self.directory.glob("config-*")))
        path = self.directory / f"config-{number}"
        known_hosts = self.directory / f"known-{number}"
        known_hosts.write_text(
            "".join(self._known_line(host) for host in self.hosts) if known else ""
        )
        text = "".join(f"{line}\n" for line in lines)
        for index, host in enumerate(self.hosts):
            text += f"Host h{index}\n  HostName {host.address}\n  Port {host.port}\n"
        text += (
            f"Host behind\n  HostName {self.hosts[1].address}\n  Port {self.hosts[1].port}\n"
            f"  ProxyJump {self.users['bash'].name}@h0\n"
            f"Host *\n  UserKnownHostsFile {known_hosts}\n  GlobalKnownHostsFile none\n"
        )
        path.write_text(text)
        return str(path)

    def add_host(self, wire=None, **options):
        """Start one more server, on this host or at the far end of a wire."""
        number = len(self.hosts)
        directory = self.directory / f"host{number}"
        directory.mkdir()
        _run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", directory / "host_key")
        address = f"127.{os.getpid() % 200 + 20}.{number // 200}.{number % 200 + 1}"
        host = Host(address, 0, directory)
        if wire is not None:
            host = Host(wire.there, _FAR_PORT + number, directory, tuple(wire.enter))
        self.hosts.append(host)
        self.start(host, **options)
        return host

    def start(self, host, **options):
        """Start a server, on a port that nobody else took meanwhile."""
        deadline = time.monotonic() + _START_S
        Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)  # where it separates its privileges
        for _ in range(_TRIES):
            host.port = host.port or free_port(host.address)
            self._write_config(host, options)
            with Path(host.directory, "log").open("ab") as log:
                host.process = subprocess.Popen(
                    [
                        *host.enter,
                        self.directory / self._service,
                        "-D",
                        "-e",
                        "-f",
                        host.directory / "config",
                    ],
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    start_new_session=True,
                )
            if _answers(host, deadline):
                return
            self.stop(host)
            host.port = host.port if host.enter else 0
        raise AssertionError(f"sshd does not start:\n{host.log}")

    def stop(self, host):
        """Kill a server and everything that it serves, and return when all that has ended."""
        if host.process is None:
            return
        killed = _end(host.process.pid)
        host.process.kill()
        host.process.wait()
        host.process = None
        assert all(map(ends, killed))

    def lose(self, host):
        """Kill a server and its connections, but not what runs for them."""
        killed = _end(host.process.pid, _is_sshd)
        host.process.kill()
        host.process.wait()
        host.process = None
        assert all(map(ends, killed))

    def new_host_key(self, host):
        """Give a stopped host another key."""
        for name in ("host_key", "host_key.pub"):
            Path(host.directory, name).unlink()
        _run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", host.directory / "host_key")

    def _known_line(self, host):
        kind, key = Path(host.directory, "host_key.pub").read_text().split()[:2]
        return f"[{host.address}]:{host.port} {kind} {key}\n"

    def _make_keys(self):
        _run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", self.key)
        _run("ssh-keygen", "-q", "-t", "ed25519", "-N", "key passphrase", "-f", self.locked_key)
        keys = self.directory / "authorized_keys"
        keys.write_text(
            self.key.with_suffix(".pub").read_text() + Path(f"{self.locked_key}.pub").read_text()
        )

    def _make_users(self):
        shells = {name: shutil.which(name) for name in SHELLS}
        wanted = {name: shell for name, shell in shells.items() if shell}
        wanted |= {"noisy": shells["bash"], "password": shells["bash"], "code": shells["bash"]}
        for kind, shell in wanted.items():
            self.users[kind] = self._make_user(kind, shell)
        (self.users["noisy"].home / ".bashrc").write_text(NOISE)
        secret = self.users["code"].home / ".totp"
        secret.write_text(f'{self.totp_secret}\n" WINDOW_SIZE 5\n" TOTP_AUTH\n')
        secret.chmod(0o400)
        shutil.chown(secret, self.users["code"].name, self.users["code"].name)

    def _make_user(self, kind, shell):
        user = User(f"jt{self._tag}{kind}", self.directory / "home" / kind, os.urandom(9).hex())
        user.home.parent.mkdir(exist_ok=True)
        user.home.parent.chmod(0o755)
        words = ("-m", "-U", "-d", user.home, "-s", shell, user.name)
        assert _change_accounts("useradd", *words), f"useradd {user.name} fails"
        said = f"{user.name}:{user.password}\n".encode()
        assert _change_accounts("chpasswd", said=said), f"chpasswd fails for {user.name}"
        return user

    def _make_pam_service(self):
        # sshd's PAM service is the name it was called by.
        os.symlink(SSHD, self.directory / self._service)
        secret = f"secret={self.users['code'].home}/.totp"
        others = f"quiet user != {self.users['code'].name}"
        lines = [
            f"auth [success=1 default=ignore] pam_succeed_if.so {others}",
            f"auth required {_SECOND_FACTOR} {secret}",
            "auth required pam_unix.so",
            "account required pam_unix.so",
            "session required pam_permit.so",
        ]
        if why_no_second_factor():
            lines = lines[2:]
        Path("/etc/pam.d", self._service).write_text("".join(f"{line}\n" for line in lines))

    def _write_config(self, host, options):
        settings = {
            "Port": host.port,
            "ListenAddress": host.address,
            "HostKey": host.directory / "host_key",
            "PidFile": "none",
            "AuthorizedKeysFile": self.directory / "authorized_keys",
            "StrictModes": "no",
            "UsePAM": "yes",
            "UseDNS": "no",
            "PrintMotd": "no",
            "PrintLastLog": "no",
            "MaxStartups": "100:30:200",
            "LogLevel": "VERBOSE",
            "Subsystem": "sftp internal-sftp",
            "PasswordAuthentication": "yes",
            "KbdInteractiveAuthentication": "yes",
            **options,
        }
        text = "".join(f"{name} {value}\n" for name, value in settings.items())
        for kind, methods in (("password", "password"), ("code", "keyboard-interactive")):
            text += f"Match User {self.users[kind].name}\n  AuthenticationMethods {methods}\n"
        Path(host.directory, "config").write_text(text)


def _remove(tag, directory):
    """Remove the users of a testbed and all that they have."""
    for entry in pwd.getpwall():
        if entry.pw_name.startswith(f"jt{tag}"):
            _run("pkill", "-KILL", "-u", entry.pw_name, check=False)
            # By force: what has been killed may not have ended yet.
            _change_accounts("userdel", "--force", entry.pw_name, good=(0, _NO_SUCH_USER))
    Path("/etc/pam.d", f"juncture-test-{tag}").unlink(missing_ok=True)
    shutil.rmtree(directory, ignore_errors=True)


def _change_accounts(*argv, said=b"", good=(0,)):
    """Change /etc/passwd, whose lock another test run may hold for long; say whether that went."""
    deadline = time.monotonic() + _START_S
    while _run(*argv, check=False, said=said) not in good:
        if time.monotonic() > deadline:
            return False
    return True


def _remove_left():
    """Remove what a test run has left that was killed."""
    for note in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*/left"):
        try:
            (pid, tag), owner = note.read_text().split(), note.stat().st_uid
        except FileNotFoundError:  # another run has just removed its own
            continue
        if owner == 0 and not Path(f"/proc/{pid}").exists():
            for process in Path("/proc").glob("[0-9]*"):
                with contextlib.suppress(OSError):
                    if str(note.parent).encode() in (process / "cmdline").read_bytes():
                        os.kill(int(process.name), signal.SIGKILL)
            _remove(tag, note.parent)


def _answers(host, deadline):
    """Wait until our own server listens and say whether it does."""
    while host.process.poll() is None and time.monotonic() < deadline:
        with (
            contextlib.suppress(OSError),
            socket.create_connection((host.address, host.port), timeout=1) as peer,
        ):
            return peer.recv(4) == b"SSH-"
    return False


def _end(pid, is_meant=lambda _: True):
    """Kill a process and those below it that are meant, all in one moment; return which."""
    found, stopped = {pid}, set()
    while new := found - stopped:  # none sees another's end, and none starts one more
        _signal_all(new, signal.SIGSTOP)
        until(lambda: all(map(_is_still, new)), "they are stopped")
        stopped |= new
        found = {*filter(is_meant, _descendants(pid))}
    _signal_all(stopped, signal.SIGKILL)
    return stopped


def _signal_all(pids, signum):
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signum)


def _is_still(pid):
    """Whether a process is stopped, has ended, or waits for one of these in the kernel."""
    try:
        return state_of(pid) in "TtZXD"
    except OSError:
        return True


def _is_sshd(pid):
    try:
        return os.path.basename(os.readlink(f"/proc/{pid}/exe")).startswith("sshd")
    except OSError:
        return False


def _descendants(pid):
    found = []
    for task in Path(f"/proc/{pid}/task").glob("*"):
        with contextlib.suppress(OSError):
            for child in (task / "children").read_text(encoding="ascii").split():
                found += [*_descendants(int(child)), int(child)]
    return found


def _run(*argv, check=True, said=b""):
    return subprocess.run(argv, check=check, capture_output=True, input=said).returncode
