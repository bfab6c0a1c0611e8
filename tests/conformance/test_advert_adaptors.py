"""The shipped advert adaptor keeps what an advert adaptor promises, on a real server."""

import os

import pytest
from testbed import redis_server

from juncture.testing import AdvertAdaptorKit


@pytest.fixture(scope="module")
def server():
    with redis_server.running() as server:
        yield server


class TestRedis(AdvertAdaptorKit):
    @pytest.fixture
    def directory_url(self, server):
        return server.url("/", prefix=f"kit-{os.urandom(6).hex()}")
