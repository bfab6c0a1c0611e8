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
    def directory_url(self, request):
        rs.engine.getEngine().register_adaptor("adaptors.saga.tree_file")
        return f"tree://{request.param}.{os.urandom(8).hex()}/"


@pytest.fixture(scope="module")
def testbed():
    if reason := sshd.why_not():
        pytest.skip(reason)
    with sshd.Testbed() as running:
        running.bare = running.add_host(ForceCommand="internal-sftp")
        yield running


@pytest.fixture(scope="module")
def ssh_session(testbed):
    session = rs.Session(default=False)
    session.contexts.append(rs.Context("ssh", user_key=str(testbed.key)))
    return session


@pytest.fixture(scope="module", params=["ssh", "sftp"])
def ssh_home(request, testbed, ssh_session, tmp_path_factory):
    """The URL of a home directory, with a connection that all tests share."""
    index = testbed.hosts.index(testbed.bare) if request.param == "sftp" else 0
    user = testbed.users["bash"]
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("XDG_RUNTIME_DIR", str(tmp_path_factory.mktemp("run")))
        environment.setenv("JUNCTURE_SSH_CONFIG", testbed.config())
        url = f"{request.param}://{user.name}@h{index}{user.home}"
        yield url
        master = places.master_of(rs.Url(url), ssh_session)
        ssh.store_for(master).close()
        master.close()


class TestSSH(FileAdaptorKit):
    """`ssh://` to a host with a shell, and `sftp://` to one that has SFTP alone."""

    @pytest.fixture
    def session(self, ssh_session):
        return ssh_session

    @pytest.fixture
    def folder(self, testbed):
        user = testbed.users["bash"]
        folder = user.home / f"kit-{os.urandom(6).hex()}"
        folder.mkdir()
        shutil.chown(folder, user.name)
        yield folder
        shutil.rmtree(folder)

    @pytest.fixture
    def directory_url(self, ssh_home, folder):
        return f"{ssh_home}/{folder.name}"

    @pytest.fixture
    def oracle(self, folder):
        return FolderOracle(folder, folder.stat().st_uid)
