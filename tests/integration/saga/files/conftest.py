"""Stores of real ssh hosts, and directories over there that a test may fill."""

import contextlib
import os
import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest

from juncture.saga.storage.ssh import SshStore


@dataclass
class Place:
    """A directory on a host: as its store sees it, and as root sees it from here."""

    store: SshStore
    path: str
    here: Path
    user: str

    def at(self, name):
        """Return the path of a name, for the store."""
        return f"{self.path}/{name}"

    def put(self, name, data=b"", mode=0o644):
        """Write a file behind the store's back."""
        path = os.path.join(os.fsencode(self.here), os.fsencode(name))
        with open(path, "wb") as file:
            file.write(data)
        os.chmod(path, mode)
        shutil.chown(path, self.user)

    def get(self, name):
        """Return what is in a file, behind the store's back."""
        path = os.path.join(os.fsencode(self.here), os.fsencode(name))
        with open(path, "rb") as file:
            return file.read()

    def names(self):
        """Return the names that are there."""
        return sorted(os.fsdecode(name) for name in os.listdir(os.fsencode(self.here)))

    def own(self):
        """Give everything to the user."""
        for folder, folders, files in os.walk(self.here):
            for name in (*folders, *files):
                os.chown(os.path.join(folder, name), *self._ids(), follow_symlinks=False)

    def _ids(self):
        info = self.here.stat()
        return info.st_uid, info.st_gid


@pytest.fixture(scope="session")
def bare(testbed):
    """A host that has SFTP and no shell."""
    host = testbed.add_host(ForceCommand="internal-sftp")
    yield host
    testbed.stop(host)


@pytest.fixture
def place_on(testbed, connect, tmp_path):
    """Return a function that gives a directory of this test's on a host."""
    with contextlib.ExitStack() as left:

        def make(host=None, user="bash", **options):
            account = testbed.users[user]
            here = account.home / f"files-{os.urandom(4).hex()}"
            here.mkdir(mode=0o755)
            left.callback(shutil.rmtree, here, ignore_errors=True)
            shutil.chown(here, account.name, account.name)
            index = testbed.hosts.index(host) if host else 0
            store = SshStore(connect(user, f"h{index}", **options))
            left.callback(store.close)
            return Place(store, str(here), here, account.name)

        yield make


@pytest.fixture(params=["shell", "bare"])
def place(request, place_on):
    """A directory on a host with a shell, and on one without."""
    host = request.getfixturevalue("bare") if request.param == "bare" else None
    return place_on(host)
