"""A host behind ssh, for the rows about back-end access: an OpenSSH server of this run on loopback.

It has a key and a port of its own and lets in only the account that runs the benchmark, with a key
of this run. Every process that it starts gets a home in the scratch directory, so that nothing is
read or left in the account's own. Follows sshd_config(5).
"""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path

from suite.side import CommandError

SSHD = shutil.which("sshd", path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin")
LONGEST_START_S = 10.0
MARK = "JUNCTURE_BENCH_HOST"


@dataclass(slots=True)
class Host:
    """The host; `start` it before use, any number of times, and `stop` it once."""

    scratch: Path
    port: int = 0
    _server: subprocess.Popen[bytes] | None = None
    _directory: Path = field(init=False)

    def __post_init__(self) -> None:
        self._directory = self.scratch / "host"

    @property
    def config(self) -> Path:
        """The client configuration that knows the host and has the key."""
        return self._directory / "ssh_config"

    @property
    def programs(self) -> Path:
        """A directory with an `ssh` that always uses `config`, for who cannot be told of it."""
        return self._directory / "bin"

    @property
    def mark(self) -> str:
        """What the environment of every process there has in it."""
        return f"{MARK}={self.scratch}"

    @property
    def url(self) -> str:
        """The URL of its job service."""
        return f"ssh://{_account()}@127.0.0.1:{self.port}/"

    def command(self, *words: str, shared: bool = False) -> list[str]:
        """Return the command that runs another over there.

        Args:
            words: That one.
            shared: Use the connection that `share` has made.
        """
        own = ("-o", f"ControlPath={self._directory}/cm" if shared else "ControlPath=none")
        target = ("-p", str(self.port), f"{_account()}@127.0.0.1")
        return ["ssh", "-F", str(self.config), *own, *target, "--", *words]

    def why_not(self) -> str:
        """Return why there can be no such host here, or an empty text."""
        if os.geteuid() != 0:
            return "skipped: only root starts the ssh server of the benchmark"
        missing = [name for name in ("ssh", "ssh-keygen") if not shutil.which(name)]
        missing += [] if SSHD else ["sshd"]
        return f"skipped: {', '.join(missing)} not installed" if missing else ""

    def start(self) -> None:
        """Start the server, unless it runs.

        Raises:
            CommandError: it does not answer.
        """
        if self._server is not None:
            return
        self._prepare()
        self._server = subprocess.Popen(
            [SSHD or "sshd", "-D", "-e", "-f", self._directory / "sshd_config"],
            stdin=subprocess.DEVNULL,
            stderr=(self._directory / "log").open("wb"),
        )
        deadline = time.monotonic() + LONGEST_START_S
        while self._server.poll() is None and time.monotonic() < deadline:
            try:
                with socket.create_connection(("127.0.0.1", self.port), timeout=1) as peer:
                    if peer.recv(4) == b"SSH-":
                        break
            except OSError:
                time.sleep(0.02)  # there is no event for a port that begins to listen
        else:
            said = (self._directory / "log").read_text(errors="replace")[-500:]
            raise CommandError(f"sshd does not answer: {said}")
        words = self.command("true")
        subprocess.run(
            [words[0], "-M", "-N", "-f", "-S", f"{self._directory}/cm", *words[1:-2]], check=True
        )

    def stop(self) -> None:
        """End the server and its sessions."""
        if self._server is None:
            return
        control = ["ssh", "-S", f"{self._directory}/cm", "-O", "exit", "127.0.0.1"]
        subprocess.run(control, capture_output=True, check=False)
        self._server.terminate()
        self._server.wait()
        self._server = None

    def _prepare(self) -> None:
        self._directory.mkdir(mode=0o700)
        self.programs.mkdir()
        for name in ("host_key", "key"):
            words = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", self._directory / name]
            subprocess.run(words, check=True)
        with socket.socket() as listener:
            listener.bind(("127.0.0.1", 0))
            self.port = listener.getsockname()[1]
        Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)  # where it separates its privileges
        public = (self._directory / "host_key.pub").read_text(encoding="ascii")
        self._write("known_hosts", f"[127.0.0.1]:{self.port} {public}")
        self._write("sshd_config", self._server_config())
        self._write(
            "ssh_config",
            "Host *\n"
            f"  IdentityFile {self._directory}/key\n  IdentitiesOnly yes\n  IdentityAgent none\n"
            f"  UserKnownHostsFile {self._directory}/known_hosts\n  GlobalKnownHostsFile none\n"
            "  StrictHostKeyChecking yes\n  LogLevel ERROR\n",
        )
        ssh = self.programs / "ssh"
        ssh.write_text(f'#!/bin/sh\nexec {shutil.which("ssh")} -F {self.config} "$@"\n')
        ssh.chmod(0o700)

    def _server_config(self) -> str:
        return (
            f"Port {self.port}\nListenAddress 127.0.0.1\nHostKey {self._directory}/host_key\n"
            f"PidFile none\nAuthorizedKeysFile {self._directory}/key.pub\nStrictModes no\n"
            f"AllowUsers {_account()}\nPermitRootLogin prohibit-password\nUsePAM no\nUseDNS no\n"
            "PasswordAuthentication no\nKbdInteractiveAuthentication no\nPrintMotd no\n"
            "PrintLastLog no\nMaxStartups 100:30:200\nMaxSessions 100\n"
            "Subsystem sftp internal-sftp\n"
            f"SetEnv HOME={self.scratch}/home {self.mark}\n"
        )

    def _write(self, name: str, text: str) -> None:
        (self._directory / name).write_text(text, encoding="utf-8")


def _account() -> str:
    return pwd.getpwuid(os.geteuid()).pw_name
