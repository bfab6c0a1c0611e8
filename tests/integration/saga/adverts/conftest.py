"""Redis servers: one for all tests, and others that a test may ill-treat."""

import itertools
import queue

import pytest
from processes import PATIENCE_S
from testbed import redis_server

from juncture.saga import advert

_numbers = itertools.count()


@pytest.fixture(scope="session")
def shared_server(remains):
    with redis_server.running() as server:
        yield server


@pytest.fixture
def make_server():
    """Return a function that starts a server of this test's own."""
    if reason := redis_server.why_not():
        pytest.skip(reason)
    servers = []

    def make(*settings, **more):
        server = redis_server.RedisServer(*settings, **more)
        servers.append(server)
        return server.start()

    yield make
    for server in servers:
        server.close()


@pytest.fixture
def url(shared_server):
    """Return a function that gives URLs in a tree of this test's own."""
    prefix = f"t{next(_numbers)}"
    return lambda path="/": shared_server.url(path, prefix=prefix)


@pytest.fixture
def home(url):
    with advert.Directory(url()) as directory:
        yield directory


class Heard:
    """A callback that keeps what it is told, and lets others wait for it."""

    def __init__(self, stays=True):
        self.told = queue.Queue()
        self.stays = stays

    def __call__(self, obj, key, value):
        self.told.put((obj, key, value))
        return self.stays

    def next(self):
        return self.told.get(timeout=PATIENCE_S)[1:]


@pytest.fixture
def heard():
    return Heard
