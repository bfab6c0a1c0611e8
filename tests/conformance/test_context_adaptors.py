"""The shipped context adaptors keep what a context adaptor promises."""

import shutil
import subprocess

import pytest

import juncture.saga as rs
from juncture.testing import ContextAdaptorKit


@pytest.fixture(autouse=True)
def home(monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    (tmp_path / "home").mkdir()


class TestUserPass(ContextAdaptorKit):
    @pytest.fixture
    def context(self):
        return rs.Context("UserPass", user_id="moon", user_pass="behind the moon")


class TestSSH(ContextAdaptorKit):
    @pytest.fixture
    def context(self, tmp_path):
        if not shutil.which("ssh-keygen"):
            pytest.skip("`ssh-keygen` is not installed")
        key = tmp_path / "key"
        make = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key)]
        subprocess.run(make, check=True, stdin=subprocess.DEVNULL)
        return rs.Context("ssh", user_key=str(key))


class TestX509(ContextAdaptorKit):
    @pytest.fixture
    def context(self, tmp_path):
        proxy = tmp_path / "proxy"
        proxy.write_text("a proxy")
        proxy.chmod(0o600)
        return rs.Context("X509", user_proxy=str(proxy))
