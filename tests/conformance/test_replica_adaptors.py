"""The shipped replica adaptors keep what a replica adaptor promises, on real databases."""

import pytest
from testbed import postgres

from juncture.testing import ReplicaAdaptorKit


class TestSqlite(ReplicaAdaptorKit):
    @pytest.fixture
    def catalogue_url(self, tmp_path):
        return f"sqlite://{tmp_path}/catalogue.db"


@pytest.fixture(scope="module")
def server():
    if reason := postgres.why_not():
        pytest.skip(reason)
    running = postgres.Server()
    yield running
    running.close()


class TestPostgresql(ReplicaAdaptorKit):
    @pytest.fixture
    def catalogue_url(self, server):
        return server.url(server.database())
