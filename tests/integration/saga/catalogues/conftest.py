"""Catalogues in both databases; `catalogue` is the URL of an empty one, without a slash at its end.

`oracle` runs SQL past everything of ours.
"""

import sqlite3
from contextlib import closing

import pytest
from processes import PATIENCE_S
from testbed import postgres

import juncture.saga as rs
from juncture.saga import replica


@pytest.fixture(scope="session")
def server(remains):
    if reason := postgres.why_not():
        pytest.skip(reason)
    running = postgres.Server()
    yield running
    running.close()


class Sqlite:
    scheme = "sqlite"

    def __init__(self, folder):
        self.path = folder / "catalogue.db"
        self.root = rs.Url(f"sqlite://{self.path}?busy_timeout_s={PATIENCE_S}")

    def sql(self, text):
        with closing(sqlite3.connect(self.path)) as raw:
            rows = raw.execute(text).fetchall()
            raw.commit()
            return rows


class Postgresql:
    scheme = "postgresql"

    def __init__(self, server):
        self.server = server
        self.name = server.database()
        self.root = rs.Url(server.url(self.name))

    def sql(self, text):
        return self.server.sql(text, self.name)


@pytest.fixture(params=["sqlite", "postgresql"])
def oracle(request, tmp_path):
    if request.param == "sqlite":
        return Sqlite(tmp_path)
    return Postgresql(request.getfixturevalue("server"))


@pytest.fixture
def at(oracle):
    """Return a function that makes the URL of a name in the catalogue."""

    def at(path=""):
        url = rs.Url(oracle.root)
        url.path = url.path + path
        return url

    return at


@pytest.fixture
def root(at):
    """The root of a new catalogue."""
    return replica.LogicalDirectory(at(), replica.CREATE)
