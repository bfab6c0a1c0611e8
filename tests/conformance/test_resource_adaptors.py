"""The shipped resource adaptors keep what a resource adaptor promises."""

import importlib.util

import pytest

import juncture.saga as rs
from juncture.testing import ResourceAdaptorKit

ADAPTOR = "juncture.saga.adaptors.shell_resource"
pytestmark = pytest.mark.skipif(
    importlib.util.find_spec(ADAPTOR) is None, reason=f"`{ADAPTOR}` does not exist yet"
)


@pytest.fixture(autouse=True)
def state(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))


class TestLocal(ResourceAdaptorKit):
    @pytest.fixture
    def manager_url(self):
        return "local://localhost/"

    @pytest.fixture
    def session(self):
        return rs.Session(default=False)
