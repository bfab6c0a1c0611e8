"""The shipped job adaptors keep what a job adaptor promises, on real hosts."""

import pytest
from testbed import sshd

import juncture.saga as rs
from juncture.testing import JobAdaptorKit


@pytest.fixture(autouse=True)
def state(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))


class TestLocal(JobAdaptorKit):
    @pytest.fixture
    def service_url(self):
        return "fork://localhost/"


@pytest.fixture(scope="module")
def testbed():
    if reason := sshd.why_not():
        pytest.skip(reason)
    with sshd.Testbed() as running:
        yield running


class TestSSH(JobAdaptorKit):
    @pytest.fixture
    def user(self, testbed, monkeypatch):
        monkeypatch.setenv("JUNCTURE_SSH_CONFIG", testbed.config())
        return testbed.users["bash"]

    @pytest.fixture
    def service_url(self, user):
        return f"ssh://{user.name}@h0/"

    @pytest.fixture
    def session(self, testbed):
        session = rs.Session(default=False)
        session.contexts.append(rs.Context("ssh", user_key=str(testbed.key)))
        return session

    @pytest.fixture
    def folder(self, user, tmp_path):
        folder = user.home / f"kit-{tmp_path.name}"
        folder.mkdir(mode=0o777)
        folder.chmod(0o777)
        return folder
