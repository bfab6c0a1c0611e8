"""What tests of back-end access have left on this machine, and that it is nothing.

While a test runs, its home and its temporary directory are of this run, and its processes carry a
number in their environment, so that they are known whoever's children they have become. What runs
for the users of a testbed has another environment; it is known by its user.
"""

import contextlib
import os
import pwd
import shutil
import tempfile
import time
from pathlib import Path

from processes import PATIENCE_S, ends

from juncture.saga.shell import _ssh_life

_MARK = "JUNCTURE_TEST_RUN"


class Remains:
    """The places and processes of one run; a context manager.

    Args:
        home: An empty directory.

    Attributes:
        environment: For every test.
    """

    def __init__(self, home):
        # Whoever asks later must not get one that goes when this run is over.
        base = tempfile.gettempdir()
        self.home = home
        self.temporary = Path(tempfile.mkdtemp(prefix="jt-", dir=base))  # short: sockets are in it
        self._number = os.urandom(8).hex()
        self.environment = {
            _MARK: self._number,
            "HOME": str(self.home),
            "TMPDIR": str(self.temporary),
        }

    def __enter__(self):
        return self

    def __exit__(self, *_):
        shutil.rmtree(self.temporary, ignore_errors=True)

    def check(self, patience_s=PATIENCE_S):
        """Fail if there is anything that outlives the tests."""
        left = _those_that_stay(self._processes(), patience_s)
        assert not left, f"processes are left: {left}"
        _ssh_life.remove_directory()  # that of this process, which would at its end
        # What killed clients have left, the next one removes.
        _ssh_life._sweep([str(self.temporary)])
        files = os.listdir(self.temporary)
        assert not files, f"files are left: {files}"
        mounts = mounted_below(self.home)
        assert not mounts, f"mounts are left: {mounts}"

    def _processes(self):
        found = {}
        for folder in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):
                pairs = (folder / "environ").read_bytes().split(b"\0")
                if f"{_MARK}={self._number}".encode() in pairs and int(folder.name) != os.getpid():
                    found[int(folder.name)] = (folder / "cmdline").read_bytes()
        return found


def mounted_below(directory):
    """Return what is mounted in a directory."""
    lines = Path("/proc/self/mounts").read_text(encoding="utf-8").splitlines()
    return [line.split()[1] for line in lines if line.split()[1].startswith(f"{directory}/")]


def processes_of(names):
    """Return what still runs for users, but for sshd, when it could have ended."""
    ids = {entry.pw_uid for entry in pwd.getpwall() if entry.pw_name in names}
    found = {}
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if folder.stat().st_uid in ids and "sshd" not in os.readlink(folder / "exe"):
                found[int(folder.name)] = (folder / "cmdline").read_bytes()
    return _those_that_stay(found)


def _those_that_stay(found, patience_s=PATIENCE_S):
    deadline = time.monotonic() + patience_s
    return {
        pid: line
        for pid, line in found.items()
        if not ends(pid, max(0.0, deadline - time.monotonic()))
    }
