"""The shipped file adaptors keep what a file adaptor promises, on real file systems and servers."""

import os
import shutil

import pytest
from testbed import sshd

import juncture.saga as rs
from juncture.saga.shell import places
from juncture.saga.storage import ssh
from juncture.testing import FileAdaptorKit, FolderOracle


class TestLocal(FileAdaptorKit):
    @pytest.fixture
    def folder(self, tmp_path):
        folder = tmp_path / "kit 100%"
        folder.mkdir()
        return folder

    @pytest.fixture
    def directory_url(self, folder):
        url = rs.Url("file://localhost/")
        url.path = str(folder).replace("%", "%25")
        return url

    @pytest.fixture
    def oracle(self, folder):
        return FolderOracle(folder)


class TestTree(FileAdaptorKit):
    """An adaptor as an author writes one, without a capability of its own."""

    @pytest.fixture(params=["plain", "bare", "objects"])
    def directory_url(self, request, tmp_path):
        rs.engine.getEngine().register_adaptor("adaptors.saga.tree_file")
        url = f"tree://{request.param}.{os.urandom(8).hex()}/"
        return url


@pytest.fixture(scope="module")
def testbed():
    if reason := sshd.why_not():
        pytest.skip(reason)
    with sshd.Testbed() as running:
        running.bare = running.add_host(ForceCommand="internal-sftp")
        yield running


@pytest.fixture(scope="module")
def runtime(tmp_path_factory):
    """A short directory for the control sockets of shared connections."""
    return tmp_path_factory.mktemp("run")


class TestSSH(FileAdaptorKit):
    """A host with a shell, and one that has SFTP alone."""

    scheme = "ssh"

    @pytest.fixture(params=["shell", "bare"])
    def host(self, request, testbed):
        index = testbed.hosts.index(testbed.bare) if request.param == "bare" else 0
        return f"h{index}"

    @pytest.fixture
    def session(self, testbed):
        session = rs.Session(default=False)
        session.contexts.append(rs.Context("ssh", user_key=str(testbed.key)))
        return session

    @pytest.fixture
    def folder(self, testbed):
        user = testbed.users["bash"]
        folder = user.home / f"kit-{os.urandom(6).hex()}"
        folder.mkdir()
        shutil.chown(folder, user.name)
        yield folder
        shutil.rmtree(folder)

    @pytest.fixture
    def directory_url(self, testbed, host, folder, session, runtime, monkeypatch):
        monkeypatch.setenv("XDG_RUNTIME_DIR", str(runtime))
        monkeypatch.setenv("JUNCTURE_SSH_CONFIG", testbed.config())
        url = f"{self.scheme}://{testbed.users['bash'].name}@{host}{folder}"
        yield url
        master = places.master_of(rs.Url(url), session)
        ssh.store_for(master).close()
        master.close()

    @pytest.fixture
    def oracle(self, folder):
        return FolderOracle(folder, folder.stat().st_uid)


class TestSFTP(TestSSH):
    """The same by its other name."""

    scheme = "sftp"

    @pytest.fixture(params=["shell"])
    def host(self):
        return "h0"
